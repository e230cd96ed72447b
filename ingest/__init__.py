"""From a file's bytes to redacted chunks: `pipeline` calls the rooms in order.

Knows no database, index or queue: `service.build_document` publishes what comes out.
"""
