"""Rows about search indexes: what serves, how far each follows the journal, vectors and the journal's pruning.

Knows no engine: `retrieval` reads these rows and does the work.
"""
