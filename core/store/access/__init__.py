"""Who may call, and what they did: keys, sessions of the pages, the audit trail, replies to repeated requests.

Knows no document: what a caller may read is decided in `core.store.reading`.
"""
