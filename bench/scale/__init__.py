"""Measure Vouch on corpora of growing size: `python -m bench.scale`."""
