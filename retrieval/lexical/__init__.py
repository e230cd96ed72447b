"""BM25 with tantivy: text and questions to terms, and the index of them.

Knows no caller: `retrieval.search` says which ids are allowed.
"""
