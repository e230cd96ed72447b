"""PDFs: headings by size, paragraphs, lists and tables by gaps, running headers by repetition, boxes on the page."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from core.types import Element
from ingest.readers.ocr import Ocr
from ingest.readers.pdf import read_pdf
from tests.ingest import files
from tests.ingest.conftest import needs_ocr

BODY = "Helvetica"


def elements(data: bytes) -> list[Element]:
    return list(read_pdf(data, Ocr()).elements)


def test_a_manual_keeps_its_structure() -> None:
    found = elements(files.pdf([files.manual_page(n) for n in (1, 2, 3)]))

    first = [(element.kind, element.text) for element in found if element.page == 1]
    assert first == [
        ("header", "Acme X100 User Manual"),
        ("title", "Chapter 1"),
        (
            "text",
            "Fill the tank of part 1 with clean water before you switch the machine on and "
            "wait until the green lamp is lit.",
        ),
        ("list_item", "• Empty the tray."),
        ("list_item", "• Rinse the tank."),
        ("footer", "1"),
    ]


def test_boxes_are_fractions_of_the_page_from_its_top_left() -> None:
    box = elements(files.pdf([[(59.5, 84.2, "Top left tenth", BODY, 12)]]))[0].boxes[0]

    assert box.page == 1
    assert box.x0 == pytest.approx(0.1, abs=0.01)
    assert box.y0 < 0.1 < box.y1 + 0.01
    assert 0 < box.y1 - box.y0 < 0.03


def test_a_word_hyphenated_at_a_line_end_is_joined() -> None:
    found = elements(
        files.pdf(
            [[(60, 100, "Clean the fil-", BODY, 11), (60, 113, "ter once a week. The filter is blue.", BODY, 11)]]
        )
    )

    assert found[0].text == "Clean the filter once a week. The filter is blue."


def test_aligned_cells_are_a_table() -> None:
    rows = [("Part", "Price", "Stock"), ("Filter", "12", "yes"), ("Pump", "80", "no"), ("Hose", "5", "yes")]
    page = [
        (60.0 + 150 * c, 100.0 + 16 * r, text, BODY, 11) for r, row in enumerate(rows) for c, text in enumerate(row)
    ]

    table = elements(files.pdf([page]))[0]

    assert table.kind == "table"
    assert table.text.splitlines() == ["Part | Price | Stock", "Filter | 12 | yes", "Pump | 80 | no", "Hose | 5 | yes"]


def test_larger_type_is_a_higher_heading() -> None:
    page = [
        (60, 100, "Manual", BODY, 24),
        (60, 150, "Care", BODY, 16),
        *((60, 190.0 + 14 * n, "Plain text runs here.", BODY, 11) for n in range(6)),
    ]

    titles = [(element.text, element.level) for element in elements(files.pdf([page])) if element.kind == "title"]

    assert titles == [("Manual", 1), ("Care", 2)]


def test_the_title_comes_from_the_metadata() -> None:
    assert read_pdf(files.pdf([files.manual_page(1)], title="The Acme Manual"), Ocr()).title == "The Acme Manual"


def test_a_pdf_with_a_password_is_rejected() -> None:
    with pytest.raises(DocumentRejected, match="encrypted with a password"):
        read_pdf(files.pdf([files.manual_page(1)], password="secret"), Ocr())


def test_a_broken_pdf_is_rejected() -> None:
    with pytest.raises(DocumentRejected, match="damaged or truncated"):
        read_pdf(b"%PDF-1.7\nnothing of the kind", Ocr())


@needs_ocr
def test_a_scanned_page_is_read_by_ocr_with_boxes() -> None:
    found = elements(files.scanned_pdf("Press the green button"))

    assert found[0].text == "Press the green button"
    assert found[0].boxes[0].y0 < 0.5
    assert found[0].page == 1


def test_without_ocr_a_scanned_pdf_is_rejected_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(DocumentRejected, match="apt install tesseract-ocr"):
        read_pdf(files.scanned_pdf("Press the green button"), Ocr())
