"""Answers as units that can be acted on: a fact, all steps of a procedure, rows of a table, code, a list, a definition.

Knows parts that a reader has judged, and the blocks around them. Whether they answer is decided in
`generation.refusal`.
"""
