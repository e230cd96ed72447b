"""Measures parsing: documents beside the HTML they were made from, and what of its structure comes out of them.

Knows no reader and no database.
"""
