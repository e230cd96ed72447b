"""The use cases: ask, upload, build a document, train, review, keys, forget. `compose` opens what they need.

Plain functions over the values of `core`. Only `api`, `cli` and `workers` know HTTP, the terminal and the queue.
"""
