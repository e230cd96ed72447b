"""Hidden text in PDFs: left out, counted and reported."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.hidden_text.texts import ORDER, texts


def printed(draw: Callable[[Canvas], object]) -> bytes:
    """Return a PDF of one page: a line, what `draw` draws, a line."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 700, "Press it before you start.")
    canvas.saveState()
    draw(canvas)
    canvas.restoreState()
    canvas.drawString(60, 400, "Then wait for the lamp.")
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(60, 600, ORDER)


def dark_on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.4)
    canvas.rect(50, 580, 300, 40, fill=1)
    canvas.drawString(60, 600, ORDER)


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(60, 600, ORDER)


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(60, 600)
    text.setTextRenderMode(3)
    text.textOut(ORDER)
    text.setTextRenderMode(0)
    canvas.drawText(text)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(60, 600, ORDER)


def off_the_page(canvas: Canvas) -> None:
    canvas.drawString(60, 2000, ORDER)


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (white, "same_colour"),
        (dark_on_dark, "same_colour"),
        (tiny, "no_size"),
        (invisible, "invisible_print"),
        (transparent, "transparent"),
        (off_the_page, "off_page"),
    ],
)
def test_hidden_text_on_a_pdf_page_is_left_out_and_reported(
    read: Read, draw: Callable[[Canvas], object], kind: str
) -> None:
    parsed = read(printed(draw), "a.pdf")

    assert " ".join(texts(parsed)) == "Press it before you start. Then wait for the lamp."
    assert parsed.unseen == {kind: 1, "instructions": 1}


def test_white_text_on_a_dark_background_is_read(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(50, 580, 300, 40, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(60, 600, "Mind the hot plate.")

    parsed = read(printed(draw), "a.pdf")

    assert "Mind the hot plate." in " ".join(texts(parsed))
    assert parsed.unseen == {}


def test_the_invisible_text_of_a_scan_is_read(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(files.picture("Mind the hot plate.")), 40, 500, width=500, height=150)
        text = canvas.beginText(70, 600)
        text.setTextRenderMode(3)
        text.textOut("Mind the hot plate.")
        text.setTextRenderMode(0)
        canvas.drawText(text)

    parsed = read(printed(draw), "a.pdf")

    assert "Mind the hot plate." in " ".join(texts(parsed))
    assert parsed.unseen == {}
