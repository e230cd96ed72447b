"""Layers around every route: limits on bodies, the early check of an upload's key, logs and metrics.

Pure ASGI: they know requests, not what a route does.
"""
