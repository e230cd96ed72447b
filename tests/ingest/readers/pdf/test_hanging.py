"""Numbers without a dot in a column of their own: steps where they count, a table where they name rows."""

from __future__ import annotations

import io
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate

from tests.ingest.readers.pdf.printed import items, read, shape, tables

STEPS = ["Switch off the pump and pull the plug.", "Close both valves.", "Take out the filter and clean it well."]


def lines(*rows: tuple[float, list[tuple[float, str]]], size: float = 11) -> bytes:
    """Return a page with texts at these places: (points from the top, [(points from the left, text)])."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setFont("Helvetica", size)
    for top, texts in rows:
        for left, text in texts:
            canvas.drawString(left, A4[1] - top, text)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def listed(*parts: str, kind: str) -> ListFlowable:
    style = getSampleStyleSheet()["BodyText"]
    flow: list[Any] = [ListItem(Paragraph(part, style)) for part in parts]
    return ListFlowable(flow, bulletType=kind)


def test_steps_that_a_program_sets_with_hanging_numbers_are_a_list() -> None:
    body = getSampleStyleSheet()["BodyText"]
    inner = listed("Rinse it.", "Dry it.", kind="a")
    last: Any = ListItem([Paragraph("Then:", body), inner])
    flow: list[Any] = [*(ListItem(Paragraph(text, body)) for text in STEPS), last]
    steps = ListFlowable(flow, bulletType="1")
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer).build([Paragraph("Do this.", body), steps])

    found = items(read(buffer.getvalue()))

    assert [(depth, number) for depth, number, _ in found] == [
        (1, "1."), (1, "2."), (1, "3."), (1, "4."), (2, "a."), (2, "b."),
    ]  # fmt: skip
    assert tables(buffer.getvalue()) == []


def test_a_step_that_wraps_keeps_its_lines() -> None:
    data = lines(
        (100, [(70, "1"), (90, "Turn the cover counter-clockwise and take out the filter, which is")]),
        (114, [(90, "behind the grey cover.")]),
        (130, [(70, "2"), (90, "Close the cover.")]),
    )

    assert [text for _, _, text in items(read(data))] == [
        "1. Turn the cover counter-clockwise and take out the filter, which is behind the grey cover.",
        "2. Close the cover.",
    ]


def test_numbers_under_a_head_are_a_table() -> None:
    rows = [(100.0, [(70.0, "No"), (110.0, "Part")])]
    rows += [(100.0 + 16 * n, [(70.0, str(n)), (110.0, part)]) for n, part in enumerate(("Cover", "Seal", "Pump"), 1)]

    assert items(read(lines(*rows))) == []


def test_numbered_rows_with_columns_are_a_table() -> None:
    parts = [
        ("Cover", "4711", "12 EUR"),
        ("Seal", "4712", "3 EUR"),
        ("Pump", "4713", "80 EUR"),
        ("Hose", "4714", "9 EUR"),
    ]
    rows = [
        (100.0 + 16 * n, [(70.0, str(n)), (100.0, part), (220.0, number), (320.0, price)])
        for n, (part, number, price) in enumerate(parts, 1)
    ]

    assert items(read(lines(*rows))) == []


def test_rows_of_values_are_no_steps() -> None:
    rows = [
        (100.0 + 16 * n, [(70.0, str(n)), (90.0, value)]) for n, value in enumerate(("1 0", "0 0.5", "0 1", "4 1"), 1)
    ]

    assert items(read(lines(*rows))) == []


def test_numbers_that_do_not_count_from_one_are_left_alone() -> None:
    data = lines((100, [(70, "5"), (90, "bar is the pressure.")]), (116, [(70, "9"), (90, "bar is the limit.")]))

    assert items(read(data)) == []


def test_a_foot_with_a_page_label_is_no_text_on_a_single_page_either() -> None:
    data = lines((100, [(70, "Open the valve.")]), (810, [(70, "Pump guide"), (480, "Page 1")]))

    assert shape(data) == [("paragraph", "Open the valve.")]
