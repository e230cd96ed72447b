"""Judged corpora: load one from disk, ingest it like an upload, in a home of its own.

Knows no metric and asks no question.
"""
