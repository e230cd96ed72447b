"""The warnings that a document with hidden text gets."""

from __future__ import annotations

from core.types import Parsed
from ingest.suspect import find_suspect_content
from tests.elements import element


def test_the_warning_counts_hidden_text_and_does_not_quote_it() -> None:
    parsed = Parsed((element("text", "x"),), unseen={"hidden_row": 2, "instructions": 1, "no_size": 1})

    found = find_suspect_content(parsed, [])

    assert found.warnings[0] == "Text that readers do not see was left out: in hidden rows (2), too small to read (1)."
    assert "addressed to a language model" in found.warnings[1]
