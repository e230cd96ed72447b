"""Two lists of hits become one order: candidates, fusion, reranking, near-duplicates, and the explanation.

Works on lists and passages; knows no engine and no model's runtime.
"""
