"""The use cases: ask, upload, build a document, train, review, keys, forget. `compose` opens what they need.

Plain functions over core's values; HTTP, terminal and queue are known to `api`, `cli` and `workers` alone.
"""
