"""Pages of PDFs: headings, columns, running heads, hyphens, raised digits, footnotes, rotation, right-to-left text."""

from __future__ import annotations

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from core.errors import DocumentRejected
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse
from tests.ingest import files
from tests.ingest.conftest import needs_ocr
from tests.ingest.readers.pdf.printed import BODY, BOLD, MONO, drawn, lines, read, shape

LEFT = [
    "The dryer must stand on a level", "floor. Turn the four feet until it", "no longer rocks. Lock the feet",
    "with the nuts. Never place it on", "a carpet, because the air inlet", "is below the machine.",
]  # fmt: skip
RIGHT = [
    "Clean the lint filter after each", "load. Wash it under warm water", "once a month and let it dry for",
    "two hours. The dryer does not", "start without the filter. Order", "number of the filter: DF-220.",
]  # fmt: skip


def test_a_manual_keeps_its_structure() -> None:
    parsed = parse(files.pdf([files.manual_page(n) for n in (1, 2, 3)]), "application/pdf", "a.pdf", Ocr())
    found = parsed.elements

    first = [(element.kind, element.text) for element in found if element.page == 1]
    assert first == [
        ("heading", "Chapter 1"),
        (
            "paragraph",
            "Fill the tank of part 1 with clean water before you switch the machine on and "
            "wait until the green lamp is lit.",
        ),
        ("list", "Empty the tray.\nRinse the tank."),
    ]
    assert parsed.account is not None
    assert {each.reason: each.words for each in parsed.account.left_out} == {"running_head": 3 * 4, "page_number": 3}
    assert parsed.account.unexplained == 0


def test_text_that_was_written_row_by_row_is_read_column_by_column() -> None:
    def page(canvas: Canvas) -> None:
        for n, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(60, A4[1] - 120 - 13 * n, left)
            canvas.drawString(310, A4[1] - 120 - 13 * n, right)

    assert shape(drawn(page)) == [("paragraph", " ".join(LEFT)), ("paragraph", " ".join(RIGHT))]


def test_columns_below_a_title_and_above_a_foot() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(BOLD, 18)
        canvas.drawString(60, A4[1] - 80, "Installing and caring for the dryer at home")
        canvas.setFont(BODY, 10)
        lines(canvas, 310, 120, RIGHT)
        lines(canvas, 60, 120, LEFT)
        lines(
            canvas,
            60,
            240,
            ["All of this is said again in the leaflet that comes with the machine, on its second page."],
        )

    assert [text for _, text in shape(drawn(page))][1:3] == [" ".join(LEFT), " ".join(RIGHT)]


def test_larger_type_is_a_higher_heading() -> None:
    page = [
        (60, 100, "Manual", BODY, 24),
        (60, 150, "Care", BODY, 16),
        *((60, 190.0 + 14 * n, "Plain text runs here.", BODY, 11) for n in range(6)),
    ]

    titles = [(element.text, element.block.level) for element in read(files.pdf([page])) if element.kind == "heading"]

    assert titles == [("Manual", 1), ("Care", 2)]


def test_raised_digits_stay_raised() -> None:
    def page(canvas: Canvas) -> None:
        words = canvas.beginText(72, A4[1] - 100)
        words.textOut("The resistance is 10")
        words.setRise(4)
        words.setFont(BODY, 7)
        words.textOut("6")
        words.setRise(0)
        words.setFont(BODY, 10)
        words.textOut(" ohms at least.")
        canvas.drawText(words)

    assert shape(drawn(page)) == [("paragraph", "The resistance is 10⁶ ohms at least.")]


def test_a_word_hyphenated_at_a_line_end_is_joined() -> None:
    found = read(
        files.pdf(
            [[(60, 100, "Clean the fil-", BODY, 11), (60, 113, "ter once a week. The filter is blue.", BODY, 11)]]
        )
    )

    assert found[0].text == "Clean the filter once a week. The filter is blue."


def test_a_hyphen_that_belongs_to_the_word_stays() -> None:
    texts = ["A double-click opens it. Then use the double-", "click on the second window to close it again."]

    assert shape(drawn(lambda canvas: lines(canvas, 72, 100, texts))) == [
        ("paragraph", " ".join(texts).replace("- ", "-"))
    ]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(turn: int) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setPageRotation(turn)
        if turn == 90:
            canvas.rotate(90)
            canvas.translate(0, -A4[0])
        elif turn == 180:
            canvas.translate(*A4)
            canvas.rotate(180)
        else:
            canvas.rotate(-90)
            canvas.translate(-A4[0], 0)
        canvas.drawString(50, 300, "Read this line first,")
        canvas.drawString(50, 287, "and this one after it.")

    found = read(drawn(page))

    assert [each.text for each in found] == ["Read this line first, and this one after it."]
    assert found[0].boxes[0].x0 < 0.2


def test_text_that_lies_on_its_side_is_read_in_its_own_direction() -> None:
    def page(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawString(100, -200, "The whole table lies on its side,")
        canvas.drawString(100, -213, "and so does this line.")

    found = read(drawn(page))

    assert [each.text for each in found] == ["The whole table lies on its side, and so does this line."]
    assert found[0].boxes[0].y1 - found[0].boxes[0].y0 > found[0].boxes[0].x1 - found[0].boxes[0].x0


def test_code_keeps_its_lines_and_indents() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 72, 100, ["Write this into the file:"])
        canvas.setFont(MONO, 9)
        lines(canvas, 72, 125, ["if ready:", "    start()", "        # now", "stop()"], 11)

    assert shape(drawn(page))[1] == ("code", "if ready:\n    start()\n        # now\nstop()")


def test_a_footnote_is_a_footnote() -> None:
    def page(canvas: Canvas) -> None:
        lines(
            canvas, 72, 100, ["The frame is optional in some countries, and it is never in the box of the machine."] * 4
        )
        words = canvas.beginText(72, 100)
        words.setFont(BODY, 5)
        words.setRise(3)
        words.textOut("1")
        words.setRise(0)
        words.setFont(BODY, 8)
        words.textOut(" Only with the wide frame.")
        canvas.drawText(words)

    found = read(drawn(page))[-1]

    assert (found.kind, found.block.number, found.text) == ("footnote", "1", "1 Only with the wide frame.")


def test_a_sentence_goes_on_over_a_page() -> None:
    def first(canvas: Canvas) -> None:
        lines(
            canvas,
            72,
            700,
            ["The machine heats the water in the boiler until it is hot enough, and then it", "pumps the"],
        )

    found = read(drawn(first, lambda canvas: lines(canvas, 72, 100, ["water through the coffee into the cup."])))

    assert len(found) == 1
    assert found[0].text.endswith("and then it pumps the water through the coffee into the cup.")
    assert [box.page for box in found[0].boxes] == [1, 2]


def test_boxes_are_fractions_of_the_page_from_its_top_left() -> None:
    box = read(files.pdf([[(59.5, 84.2, "Top left tenth", BODY, 12)]]))[0].boxes[0]

    assert box.page == 1
    assert box.x0 == pytest.approx(0.1, abs=0.01)
    assert box.y0 < 0.1 < box.y1 + 0.01
    assert 0 < box.y1 - box.y0 < 0.03


def test_the_title_comes_from_the_metadata() -> None:
    data = files.pdf([files.manual_page(1)], title="The Acme Manual")

    assert parse(data, "application/pdf", "a.pdf", Ocr()).title == "The Acme Manual"


def test_a_pdf_with_a_password_is_rejected() -> None:
    with pytest.raises(DocumentRejected, match="encrypted with a password"):
        read(files.pdf([files.manual_page(1)], password="secret"))


def test_a_broken_pdf_is_rejected() -> None:
    with pytest.raises(DocumentRejected, match="damaged or truncated"):
        read(b"%PDF-1.7\nnothing of the kind")


@needs_ocr
def test_a_scanned_page_is_read_by_ocr_with_boxes() -> None:
    found = read(files.scanned_pdf("Press the green button"))

    assert found[0].text == "Press the green button"
    assert found[0].boxes[0].y0 < 0.5
    assert found[0].page == 1


def test_without_ocr_a_scanned_pdf_is_rejected_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(DocumentRejected, match="apt install tesseract-ocr"):
        read(files.scanned_pdf("Press the green button"))
