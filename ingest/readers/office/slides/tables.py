"""Reads a table on a slide: merged cells, header row and column as its style has them, else as its cells look."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.blocks.headers import Headers, Look, find_headers
from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tables import TableCell, table
from ingest.readers.office.drawing.frames import frame_nodes
from ingest.readers.office.drawing.text import A
from ingest.readers.office.parts import Element, Relation

_TRUE = frozenset({"1", "true"})
_COVERED = Look("", covered=True)


def slide_table(node: Element, relations: Mapping[str, Relation], page: int | None) -> Node | None:
    """Return the node of an `a:tbl`."""
    rows: list[list[TableCell]] = []
    looked: list[list[Look]] = []
    for line in node.findall(f"{A}tr"):
        rows.append([])
        looked.append([])
        for column, cell in enumerate(line.findall(f"{A}tc")):
            if cell.get("hMerge") in _TRUE or cell.get("vMerge") in _TRUE:
                looked[-1].append(_COVERED)
                continue
            text, inlines = cell_text(cell.find(f"{A}txBody"), relations)
            down, across = int(cell.get("rowSpan") or 1), int(cell.get("gridSpan") or 1)
            rows[-1].append(TableCell(text, down, across, column=column, inlines=inlines))
            looked[-1].append(Look(text, bold=is_bold(cell), rows=down, columns=across))
    found = _headers(node.find(f"{A}tblPr"), looked)
    return table(rows, header_rows=found.rows, header_columns=found.columns, page=page)


def _headers(style: Element | None, rows: list[list[Look]]) -> Headers:
    width = max((len(row) for row in rows), default=0)
    found = find_headers([row + [Look("")] * (width - len(row)) for row in rows])
    count = found.titles + found.rows
    if style is None or style.get("firstRow") not in _TRUE:
        return Headers(0, count, found.columns)
    deep = max((cell.rows for cell in rows[0] if cell.text), default=1) if rows else 1
    grouped = bool(rows) and any(cell.columns > 1 for cell in rows[0])  # its parts are named in the row below
    return Headers(0, max(count, deep) if grouped else deep, 1 if style.get("firstCol") in _TRUE else found.columns)


def cell_text(body: Element | None, relations: Mapping[str, Relation]) -> tuple[str, tuple[Inline, ...]]:
    """Return a cell's text in one line, with the numbers of its items."""
    nodes = frame_nodes(body, relations) if body is not None else []
    if len(nodes) == 1 and nodes[0].kind == "paragraph":
        return nodes[0].text, nodes[0].inlines
    return " ".join(text for node in nodes for text in _texts(node)), ()


def _texts(node: Node) -> list[str]:
    own = [f"{node.number} {node.text}" if node.number else node.text] if node.text else []
    return own + [text for child in node.children for text in _texts(child)]


def is_bold(cell: Element) -> bool:
    runs = [run.find(f"{A}rPr") for run in cell.iter(f"{A}r")]
    return bool(runs) and all(run is not None and run.get("b") in _TRUE for run in runs)
