"""From a caller's question to ranked passages: `search` is the way, the rooms are its steps.

Knows nothing of answers: what the passages say is decided in `generation`.
"""
