"""Measure what readers find and how fast: `python -m bench.parsing`, and `peer` against unstructured's defaults."""
