"""Writes values of cells and charts as Excel shows them."""
