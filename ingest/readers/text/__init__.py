"""Plain text and its markups: `blocks.py` finds blocks in lines; `plain.py`, `rst.py`, `org.py` know the dialects."""

from ingest.readers.text.plain import read_text as read_text
