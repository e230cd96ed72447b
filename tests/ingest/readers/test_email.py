"""Messages: subject, body, and the names of attachments."""

from __future__ import annotations

from tests.elements import element
from tests.ingest import files
from tests.ingest.conftest import Read


def test_a_message_names_its_attachments(read: Read) -> None:
    parsed = read(
        files.mail("Filters", "plain", html="<p>Use the <b>blue</b> one.</p>", attachment="plan.pdf"), "a.eml"
    )

    assert parsed.title == "Filters"
    assert parsed.elements[-1] == element("text", "Use the blue one.")
    assert "plan.pdf" in parsed.warnings[0]
