"""What the report holds for a file that hides nothing."""

from __future__ import annotations

from tests.ingest import files
from tests.ingest.conftest import Read


def test_an_ordinary_file_reports_nothing(read: Read) -> None:
    assert read(files.pdf([files.manual_page(1)]), "a.pdf").unseen == {}
    assert read(files.word([("Normal", "Rinse daily.")]), "a.docx").unseen == {}
