"""The tree of a document as readers build it, how it is written as text, and how it is cut.

Knows no file format, no model and no database.
"""
