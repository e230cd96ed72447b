"""Parses hostile files in a child process without network, with limited memory and time.

Knows no file format: the child calls `ingest.readers`.
"""
