"""Word, PowerPoint and Excel files, through the sandbox as an upload goes."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_a_word_file_keeps_its_structure(read: Read) -> None:
    data = files.word(
        [("Heading 1", "Care"), ("Normal", "Rinse daily."), ("List Bullet", "Tray"), ("Heading 2", "Drying")],
        [("Part", "Price"), ("Pump", "80")],
    )

    parsed = read(data, "a.docx")

    assert shape(parsed) == [
        ("title", "Care"),
        ("text", "Rinse daily."),
        ("list_item", "Tray"),
        ("title", "Drying"),
        ("table", "Part | Price\nPump | 80"),
    ]
    assert [element.level for element in parsed.elements if element.kind == "title"] == [1, 2]


def test_each_slide_is_a_page(read: Read) -> None:
    parsed = read(files.slides([("First", "hello there"), ("Second", "goodbye then")]), "a.pptx")

    assert [(element.page, element.text) for element in parsed.elements if element.kind == "title"] == [
        (1, "First"),
        (2, "Second"),
    ]
    assert parsed.pages == 2


def test_each_sheet_is_a_table_under_its_name(read: Read) -> None:
    parsed = read(files.workbook({"Prices": [["Part", "Price"], ["Pump", 80], ["Hose", 5]]}), "a.xlsx")

    assert shape(parsed) == [("title", "Prices"), ("table", "Part | Price\nPump | 80\nHose | 5")]


def test_a_package_whose_parts_are_missing_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match=r"damaged|could not be read"):
        read(files.package({"[Content_Types].xml": b"<Types/>", "word/other.xml": b"<a/>"}), "a.docx")
