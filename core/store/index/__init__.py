"""Rows about search indexes: the serving pair, each engine's position in the journal, vectors, pruning.

Knows no engine: `retrieval` reads these rows and does the work.
"""
