"""One reader for each format, from bytes to elements; `parse` picks the reader.

Runs inside the sandbox's child and knows nothing of limits, redaction or chunks.
"""
