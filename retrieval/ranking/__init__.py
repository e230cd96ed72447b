"""Two lists of hits to one order: candidates, fusion, reranking, near-duplicates, and why.

Works on lists and passages; knows no engine and no model's runtime.
"""
