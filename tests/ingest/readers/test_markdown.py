"""Markdown: front matter, headings, lists, tables, code."""

from __future__ import annotations

from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_markdown_keeps_its_structure(read: Read) -> None:
    text = b"---\ntitle: Guide\n---\n# One\n\nText *with* [a link](http://x).\n\n"
    text += b"- a\n- b\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"

    parsed = read(text, "a.md")

    assert parsed.title == "Guide"
    assert shape(parsed) == [
        ("title", "One"),
        ("text", "Text with a link."),
        ("list_item", "a"),
        ("list_item", "b"),
        ("table", "h | i\n1 | 2"),
        ("code", "code"),
    ]
