"""Hostile prompts in manuals: `python -m bench.injection` puts them there and asks."""
