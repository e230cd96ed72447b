"""Vouch's retrieval beside other systems': `python -m bench.peers`."""
