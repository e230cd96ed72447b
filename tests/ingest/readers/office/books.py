"""Small workbooks made with the usual libraries."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from core.types import Block, Parsed


def book(fill: Callable[[Any, Any], None], **options: object) -> bytes:
    """Return an XLSX with one sheet, `Sheet1`, that `fill(book, sheet)` writes."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    fill(made, made.add_worksheet())
    made.close()
    return buffer.getvalue()


def rows(*lines: Sequence[object], bold: Sequence[int] = ()) -> bytes:
    """Return an XLSX with the given rows; None is an empty cell; some rows are bold."""

    def fill(made: Any, sheet: Any) -> None:
        strong = made.add_format({"bold": True})
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if value is not None:
                    sheet.write(row, column, value, strong if row in bold else None)

    return book(fill)


def texts(parsed: Parsed) -> list[tuple[str, str]]:
    """Return kind and text of each element below the sheet's name."""
    return [(element.kind, element.text) for element in parsed.elements[1:]]


def tables(parsed: Parsed) -> list[tuple[int, int, str]]:
    """Return for each table its header rows, its header columns and its text."""
    found = []
    for element in parsed.elements:
        if element.kind == "table":
            lines = [block for block in element.block.children if block.kind == "row"]
            head = [line.header for line in lines]
            body = [line for line in lines if not line.header]
            columns = 0
            while body and all(len(line.children) > columns and line.children[columns].header for line in body):
                columns += 1
            found.append((sum(head), columns, element.text))
    return found


def cells(parsed: Parsed) -> dict[str, Block]:
    """Return the cells of all tables by their text."""
    return {
        element.text[cell.start : cell.end]: cell
        for element in parsed.elements
        for row in element.block.children
        for cell in row.children
        if cell.kind == "cell"
    }


def without(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a package in which one part has other bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            raw = source.read(part)
            if part == name:
                assert old in raw
                raw = raw.replace(old, new)
            target.writestr(part, raw)
    return buffer.getvalue()
