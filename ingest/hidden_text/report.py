"""Counts the hidden text of one document: text that a person does not see, by how it was hidden.

Readers and `ingest.cleaning` record each place where they leave such text out; `ingest.readers.parse` collects
the report of one document. Text that a format never shows (comments, scripts, metadata) is not read and not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.marks import addresses_model
from ingest.account import left_out

INSTRUCTIONS = "instructions"
"""Counts places of hidden text that address a language model: nobody hides that by accident."""
DESCRIPTIONS: dict[str, str] = {
    "hidden": "hidden by its style",
    "transparent": "transparent",
    "no_size": "too small to read",
    "same_colour": "in the colour of its background",
    "off_page": "outside the page",
    "covered": "covered or cut off",
    "invisible_print": "printed invisibly",
    "hidden_sheet": "on hidden sheets",
    "hidden_row": "in hidden rows",
    "hidden_column": "in hidden columns",
    "hidden_slide": "on hidden slides",
    "characters": "in invisible characters",
    "title": "in the file's title",
}
"""Each way of hiding, in words for a warning."""
MAX_CHECKED = 4000
"""Characters of one place that are checked for orders to a model."""

HiddenTextReport = Counter[str]
"""Places of hidden text by how it was hidden, and under `INSTRUCTIONS` how many of them address a model."""

_current: ContextVar[HiddenTextReport | None] = ContextVar("hidden_text_report", default=None)


@contextmanager
def collected() -> Iterator[HiddenTextReport]:
    """Count into a new report while the block runs."""
    report: HiddenTextReport = Counter()
    token = _current.set(report)
    try:
        yield report
    finally:
        _current.reset(token)


def record(kind: str, text: str) -> None:
    """Count one place of hidden text; a place without a letter or digit is ignored."""
    report = _current.get()
    if report is None or not any(char.isalnum() for char in text):
        return
    report[kind] += 1
    left_out("hidden", text)
    if addresses_model(text[:MAX_CHECKED]):
        report[INSTRUCTIONS] += 1
