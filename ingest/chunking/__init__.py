"""Splits redacted elements into chunks along the document's own structure.

Knows no model and no index.
"""
