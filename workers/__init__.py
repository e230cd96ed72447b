"""Celery: the queue, its tasks, and what one worker process keeps open.

Translates hints into calls of `service`; what a job does stands there.
"""
