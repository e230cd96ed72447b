"""PDFs with a text layer: words and lines drawn on pages become a tree of headings, lists, tables and paragraphs.

`read.py` is the entry; it knows pdfium through `page`, `tables.structure` and `annotations`.
"""
