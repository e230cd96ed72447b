"""What readers keep, and in what time: `python -m bench.parsing`, and `peer` beside unstructured's defaults."""
