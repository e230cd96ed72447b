"""Verbatim spans of passages, scored and chosen as quotes, and the citations made of them.

Knows no generator: whether quotes suffice is `generation.refusal`'s to say.
"""
