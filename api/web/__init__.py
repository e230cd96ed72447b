"""The web pages: static files, served as they are on disk.

Knows no data: the pages call `/v1` like every client.
"""
