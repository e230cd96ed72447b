"""Turns bytes into elements, with one reader a format; `parse` picks the reader.

Runs inside the sandbox's child and knows nothing of limits, redaction or chunks.
"""
