"""The schema's versions, applied in order by Alembic when a database is opened.

A migration knows only the tables as they were then, never the code of today.
"""
