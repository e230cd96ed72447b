"""Verbatim spans of passages, scored and chosen as quotes, and the citations made of them.

Knows no generator. Whether the quotes are enough for an answer is decided in `generation.refusal`.
"""
