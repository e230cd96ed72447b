"""Plain text: headings, lists and wrapped lines."""

from __future__ import annotations

from core.errors import LimitExceeded
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_plain_text_keeps_headings_paragraphs_and_lists(read: Read) -> None:
    text = "User Guide\n==========\n\nThis line was wrapped by an editor at about sixty columns and\n"
    text += "goes on here.\n\n1. First\n2. Second\n"

    assert shape(read(text.encode("utf-16"), "a.txt")) == [
        ("title", "User Guide"),
        ("text", "This line was wrapped by an editor at about sixty columns and goes on here."),
        ("list_item", "1. First"),
        ("list_item", "2. Second"),
    ]


def test_a_huge_text_is_read_or_stopped_but_never_crashes(read: Read) -> None:
    try:
        parsed = read(b"A line of text that is repeated.\n" * 600_000, "a.txt")
    except LimitExceeded:
        return
    assert len(parsed.elements) >= 1
