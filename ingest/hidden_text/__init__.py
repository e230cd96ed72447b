"""Text that a reader of the page would not see: found by format, left out, and reported.

Knows no chunk: `ingest.suspect` turns the report into warnings for the document's owner.
"""
