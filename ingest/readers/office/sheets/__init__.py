"""Reads workbooks: what each format shows in its cells, and one layout of sheets for all of them."""
