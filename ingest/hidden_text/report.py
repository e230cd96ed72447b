"""The book of text that a reader of the page would not see: what a reader of files leaves out, and how it was hidden.

Readers and `ingest.readers.cleaning` write into it wherever they drop such text; `ingest.readers.parse` opens it for
one document. Text that every format hides by its nature (comments, scripts, metadata) is never read and not told of
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.marks import addresses_model

ORDERS = "instructions"
"""How often the text that was left out spoke to a language model: nobody hides that by accident."""
HIDDEN: dict[str, str] = {
    "hidden": "hidden by its style",
    "transparent": "transparent",
    "no_size": "too small to read",
    "same_colour": "in the colour of what it stands on",
    "off_page": "outside the page",
    "invisible_print": "printed invisibly",
    "hidden_sheet": "on hidden sheets",
    "hidden_row": "in hidden rows",
    "hidden_column": "in hidden columns",
    "hidden_slide": "on hidden slides",
    "characters": "in invisible characters",
    "title": "in the file's title",
}
"""Each way of hiding as people call it."""
MOST = 4000
"""Characters of one place that are looked at for orders to a model."""

_book: ContextVar[Counter[str] | None] = ContextVar("unseen", default=None)


@contextmanager
def opened() -> Iterator[Counter[str]]:
    """Count into a new book while the block runs."""
    book: Counter[str] = Counter()
    token = _book.set(book)
    try:
        yield book
    finally:
        _book.reset(token)


def note(kind: str, text: str) -> None:
    """Write down one place of text that is left out; a place without a letter or digit is none."""
    book = _book.get()
    if book is None or not any(char.isalnum() for char in text):
        return
    book[kind] += 1
    if addresses_model(text[:MOST]):
        book[ORDERS] += 1
