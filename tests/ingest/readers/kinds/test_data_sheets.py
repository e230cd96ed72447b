"""Data sheets and parts lists as PDF: values in the columns Min, Typ and Max; rows that go on in the next column."""

from __future__ import annotations

import io
from typing import Any

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from tests.ingest.readers.kinds.rows import rows, value
from tests.ingest.readers.pdf.printed import STYLES, laid_out, read

SENSOR = [
    ["Parameter", "Symbol", "Conditions", "Min", "Typ", "Max", "Unit"],
    ["Supply voltage", "VDD", "", "4.75", "5.0", "5.25", "V"],
    ["Supply current", "IDD", "idle", "", "1.2", "2.0", "mA"],
    ["", "", "measuring", "", "6.8", "9.5", ""],
    ["Response time", "tR", "10 % to 90 %", "", "", "4", "ms"],
    ["Start-up time", "tS", "after power-on", "", "35", "", "ms"],
    ["Storage temperature", "TS", "", "-40", "", "125", "°C"],
]
LINES: list[Any] = [
    ("LINEABOVE", (0, 0), (-1, 1), 1, colors.black), ("LINEBELOW", (0, 1), (-1, -1), 0.4, colors.grey),
    ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"), ("SPAN", (0, 2), (0, 3)), ("SPAN", (1, 2), (1, 3)),
    ("SPAN", (6, 2), (6, 3)), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("ALIGN", (3, 0), (-1, -1), "CENTER"),
]  # fmt: skip
ORDERING = "The positions are those of the exploded view on the page before. Order by part number, not by position."
PARTS = [[str(n), f"40-{1000 + 37 * n}", f"Part with the name {chr(64 + n)}", str(n % 4 + 1)] for n in range(1, 25)]


@pytest.mark.parametrize(
    ("name", "least", "usual", "most"),
    [("Response time", "", "", "4"), ("Start-up time", "", "35", ""), ("Storage temperature", "-40", "", "125")],
)
def test_a_single_value_is_in_its_own_column(name: str, least: str, usual: str, most: str) -> None:
    heading = Paragraph("Electrical characteristics", STYLES["Heading2"])
    (table,) = [
        each for each in read(laid_out(heading, Table(SENSOR, style=TableStyle(LINES)))) if each.kind == "table"
    ]

    assert [value(table, column, name) for column in ("Min", "Typ", "Max")] == [least, usual, most]


def parts_list() -> bytes:
    """Return a page with two columns, and one table that goes on in the second."""
    buffer = io.BytesIO()
    frames = [Frame(left, 60, 250, A4[1] - 220, id=str(left)) for left in (40, 305)]

    def head(canvas: Canvas, _: object) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(46, A4[1] - 60, "Spare parts for the pump P-40")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(46, A4[1] - 90, ORDERING)

    template = PageTemplate(frames=frames, onPage=head)
    look = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")])
    names = ["Pos.", "Part no.", "Description", "Qty"]
    table = Table([names, *PARTS], [32, 72, 110, 30], [20] + [44] * len(PARTS), style=look, repeatRows=1)
    BaseDocTemplate(buffer, pagesize=A4, pageTemplates=[template]).build([table, Spacer(1, 1)])
    return buffer.getvalue()


def test_a_parts_list_goes_on_in_the_next_column_without_joined_rows() -> None:
    heading, sentence, *others = read(parts_list())

    assert (heading.kind, sentence.text) == ("heading", ORDERING)
    assert [row for table in others for row in rows(table) if row[0] != "Pos."] == PARTS
    assert value(next(t for t in others if PARTS[16] in rows(t)), "Qty", "17") == PARTS[16][3]
