"""Turns a file's bytes into redacted chunks: `pipeline` runs the steps in order.

Knows no database, index or queue: `service.build_document` publishes the chunks.
"""
