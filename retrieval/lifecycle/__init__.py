"""How an index is built, served, kept up to date, migrated and deleted.

Knows snapshots, pointers and the journal; `retrieval.ranking` orders the hits.
"""
