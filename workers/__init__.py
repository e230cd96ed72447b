"""Celery: the queue, its tasks, and what a worker process keeps open.

Turns hints into calls of `service`, which does the work.
"""
