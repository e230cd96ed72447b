"""An account of what was read: the words in a file's own text against the words that are stored.

Readers say what they leave out and why (`left_out`); `ingest.readers.parse` collects it. Hidden text has its own report
(`ingest.hidden_text.report`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.types import LeftOut

REASONS: dict[str, str] = {
    "struck": "struck out",
    "deleted": "deleted, with the change recorded",
    "inserted": "inserted, with the change recorded, and left out because the original was asked for",
    "comment": "in comments",
    "navigation": "menus and navigation",
    "control": "buttons and form controls",
    "running_head": "running heads and feet",
    "page_number": "page numbers",
    "repeated_header": "a table's header that comes again on the next page",
    "bullet": "bullets and other marks of a list",
    "gibberish": "could not be read",
    "nested": "nested too deeply",
    "attachment": "attached files",
    "formula": "formulas without a stored value",
    "field": "codes of fields",
    "script": "scripts and styles",
    "placeholder": "empty placeholders of a template",
}
"""Each reason why words are left out, in words for the account."""
MAX_EXAMPLE = 80
"""Characters of what was left out that are kept as an example; it is redacted with the document."""

_current: ContextVar[dict[str, LeftOut] | None] = ContextVar("left_out", default=None)


@contextmanager
def collected() -> Iterator[dict[str, LeftOut]]:
    """Collect by reason what readers leave out while the block runs."""
    found: dict[str, LeftOut] = {}
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def left_out(reason: str, text: str) -> None:
    """Count the words of a text that a reader leaves out; `reason` is a key of `REASONS`."""
    assert reason in REASONS, reason
    found = _current.get()
    words = text.split()
    if found is None or not words:
        return
    known = found.get(reason)
    example = known.example if known else " ".join(words)[:MAX_EXAMPLE]
    found[reason] = LeftOut(reason, (known.words if known else 0) + len(words), example)
