"""The bodies of requests and responses, as clients send and see them.

Know core's values and no database.
"""
