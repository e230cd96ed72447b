"""How an index comes, serves, follows changes, moves and goes.

Knows snapshots, pointers and the journal; how a search ranks is `retrieval.ranking`.
"""
