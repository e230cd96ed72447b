"""Build the chapters that are not Markdown from `src/`: the keys as PDF, the reviewer's handbook as DOCX.

The demonstration loads this folder, so each chapter is in it once. Times are fixed: the same sources give the same
bytes, and a test compares them.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from docx import Document
from reportlab.lib import pagesizes
from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

HERE = Path(__file__).parent
MADE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
ZIP_TIME = (2026, 1, 1, 0, 0, 0)
CHAPTERS = ("05-keys.pdf", "06-review.docx")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (with its level), a paragraph, or the rows of a table."""

    kind: Literal["heading", "text", "table"]
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def build(name: str) -> bytes:
    """Return the bytes of a chapter by its file name."""
    blocks = list(read_blocks((HERE / "src" / name).with_suffix(".md").read_text()))
    return to_pdf(blocks) if name.endswith(".pdf") else to_docx(blocks)


def read_blocks(markdown: str) -> Iterator[Block]:
    """Yield the blocks of Markdown that the sources use: headings, paragraphs, tables."""
    for part in re.split(r"\n{2,}", markdown.strip()):
        if heading := re.match(r"(#+) (.+)", part):
            yield Block("heading", heading.group(2), level=len(heading.group(1)))
        elif part.startswith("|"):
            lines = [line for line in part.splitlines() if not re.fullmatch(r"[|\-\s]+", line)]
            yield Block("table", rows=tuple(tuple(c.strip() for c in line.strip("|").split("|")) for line in lines))
        else:
            yield Block("text", " ".join(part.split()))


def to_pdf(blocks: list[Block]) -> bytes:
    """Return the blocks as a PDF of A4 pages."""
    sheet = getSampleStyleSheet()
    body = ParagraphStyle("body", parent=sheet["BodyText"], fontSize=10.5, leading=15, spaceAfter=6)
    headings = [ParagraphStyle("heading", parent=sheet[f"Heading{level or 1}"]) for level in range(4)]
    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=pagesizes.A4,
        title=blocks[0].text,
        author="Vouch",
        invariant=1,
        leftMargin=2.5 * cm,
        rightMargin=2.5 * cm,
        topMargin=2.2 * cm,
        bottomMargin=2.2 * cm,
    )
    template.build([_flowable(block, body, headings[block.level]) for block in blocks])
    return buffer.getvalue()


def to_docx(blocks: list[Block]) -> bytes:
    """Return the blocks as a Word document with Word's own heading styles."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.author = blocks[0].text, "Vouch"
    properties.created = properties.modified = MADE.replace(tzinfo=None)
    for block in blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level)
        elif block.kind == "text":
            paragraph = document.add_paragraph()
            for text, is_code in _runs(block.text):
                paragraph.add_run(text).font.name = "Courier New" if is_code else None
        else:
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_fixed_times(buffer.getvalue())


def _flowable(block: Block, body: ParagraphStyle, heading: ParagraphStyle) -> Flowable:
    if block.kind == "heading":
        return Paragraph(block.text, heading)
    if block.kind == "text":
        return Paragraph(_marked_up(block.text), body)
    cells = [[Paragraph(_marked_up(text), body) for text in row] for row in block.rows]
    lines = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, HexColor("#999999")), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return Table(cells, colWidths=[3 * cm, 13 * cm], style=lines, spaceAfter=8, repeatRows=1)


def _marked_up(text: str) -> str:
    """Return a text in reportlab's own markup."""
    return "".join(f'<font name="Courier">{escape(run)}</font>' if code else escape(run) for run, code in _runs(text))


def _runs(text: str) -> list[tuple[str, bool]]:
    """Cut a text at its backticks into runs and whether each is code."""
    return [(run, place % 2 == 1) for place, run in enumerate(text.split("`")) if run]


def _with_fixed_times(package: bytes) -> bytes:
    """Pack a zip again with one fixed time for all members: python-docx writes the current time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, ZIP_TIME), source.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def main() -> None:
    for name in CHAPTERS:
        (HERE / name).write_bytes(build(name))


if __name__ == "__main__":
    main()
