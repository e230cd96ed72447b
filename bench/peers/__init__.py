"""Compare Vouch's retrieval with other systems': `python -m bench.peers`."""
