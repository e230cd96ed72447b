"""Elements to chunks along the document's own structure.

Knows no model and no index; takes elements that are redacted already.
"""
