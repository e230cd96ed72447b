"""Receipts of forgetting: count what is left in every place, sign it, and check it later against the live system.

`service.forget` erases; `core.store.erasure` has the queries and the chain.
"""
