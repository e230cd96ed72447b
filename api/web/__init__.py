"""The pages for people: static files, served as they lie on disk.

Knows no data: the pages call `/v1` like any client.
"""
