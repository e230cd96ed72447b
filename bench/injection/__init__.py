"""Measure what hostile prompts in manuals do to answers: `python -m bench.injection`."""
