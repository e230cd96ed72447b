"""A small filled database of every released schema, as SQL, and what makes and opens them.

`REVISION.sql` is never changed: it is what an installation of that time holds. `make.py` writes the next one.
"""
