"""The step from a media type to its reader, and what is found out about the whole document."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from ingest.formats import media
from ingest.sandbox.parent import Sandbox
from tests.ingest.conftest import Read
from tests.ingest.hidden_text.texts import ORDER


def rejection(sandbox: Sandbox, media_type: str) -> str:
    """Return why a file of one letter is rejected, empty where it is read."""
    try:
        sandbox(b"x", media_type, "a")
    except DocumentRejected as rejected:
        return rejected.message
    return ""


@pytest.mark.parametrize("media_type", sorted(media.BY_TYPE))
def test_every_type_that_may_be_uploaded_has_a_reader(sandbox: Sandbox, media_type: str) -> None:
    assert "crashed" not in rejection(sandbox, media_type)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The machine must be cleaned every week with warm water.", "en"),
        ("Die Maschine muss jede Woche mit warmem Wasser gereinigt werden.", "de"),
        ("12 34", None),
    ],
)
def test_the_language_is_reported_where_it_is_clear(read: Read, text: str, language: str | None) -> None:
    assert read(text.encode(), "a.txt").language == language


def test_a_title_that_is_an_order_to_a_model_is_not_used(read: Read) -> None:
    parsed = read(f"<html><head><title>{ORDER}</title></head><body><p>Press it.</p></body></html>".encode(), "a.html")

    assert parsed.title is None
    assert parsed.unseen == {"title": 1, "instructions": 1}
