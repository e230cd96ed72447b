"""Reads one scanned page: which way it lies, its words, its columns, tables and paragraphs, and how sure that is.

`ingest.readers.ocr` opens pictures and says which languages are read. tesseract alone recognises characters.
"""
