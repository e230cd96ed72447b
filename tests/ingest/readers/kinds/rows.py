"""What tests compare of a table: the texts of its cells, and the cell in a row and a column that are named."""

from __future__ import annotations

from collections.abc import Iterable

from core.types import Element


def rows(table: Element) -> list[list[str]]:
    """Return the texts of a table's cells; cells of text-less places at the end of a row are missing."""
    return [
        [table.text[cell.start : cell.end] for cell in row.children]
        for row in table.block.children
        if row.kind == "row"
    ]


def tables(elements: Iterable[Element]) -> list[list[list[str]]]:
    return [rows(element) for element in elements if element.kind == "table"]


def value(table: Element, column: str, *keys: str) -> str:
    """Return the text in the column with this header and the one row that has these texts."""
    heads = [row.header for row in table.block.children if row.kind == "row"]
    lines = rows(table)
    width = max(map(len, lines))
    filled = [line + [""] * (width - len(line)) for line in lines]
    names = [line for line, head in zip(filled, heads, strict=True) if head]
    (found,) = [line for line, head in zip(filled, heads, strict=True) if not head and {*keys} <= {*line}]
    (place,) = [place for place in range(width) if any(line[place] == column for line in names)]
    return found[place]
