"""Pictures of text, read by OCR."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read, needs_ocr


@needs_ocr
def test_a_picture_is_read_by_ocr(read: Read) -> None:
    parsed = read(files.scan("Turn the dial to nine"), "a.png")

    assert parsed.elements[0].text == "Turn the dial to nine"
    assert parsed.elements[0].boxes[0].page == 1


@needs_ocr
def test_a_damaged_picture_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="damaged"):
        read(files.scan("x")[:300], "a.png")
