"""The schema's versions, applied in order by Alembic when a database is opened.

A migration knows only the tables as they were then, never the code of today. `tests/core/store/schemas` holds a filled
database of every schema before the newest; `python -m tests.core.store.schemas.make REVISION` writes one.
"""
