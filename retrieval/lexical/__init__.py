"""BM25 with tantivy: turns texts and questions into terms, and holds the index of them.

Knows no caller: `retrieval.search` says which ids are allowed.
"""
