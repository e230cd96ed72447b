"""Opens tables, rows and cells. A table inside a cell becomes a part of the cell's text: "a, b; c, d"."""

from __future__ import annotations

from functools import partial

from selectolax.lexbor import LexborNode

from ingest.readers.html.blocks import open_block
from ingest.readers.html.page import Attributes, Leave, Page
from ingest.readers.html.tables import Grid, cell_of, is_data

_DEEPEST_TABLE = 30
"""Tables in tables that are looked at; deeper ones are layout."""


def open_table(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    builder.boundary()
    if builder.inline or len(page.grids) > _DEEPEST_TABLE or not is_data(node, attributes):
        page.grids.append(None)
        return partial(_close_layout, page)
    grid = Grid()
    page.grids.append(grid)

    def close() -> None:
        builder.flush()
        page.grids.pop()
        if (found := grid.table()) is not None:
            builder.put(found)

    return close


def _close_layout(page: Page) -> None:
    page.builder.boundary()
    page.builder.end_of_inner()
    page.grids.pop()


def open_row_group(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    grid = page.grids[-1] if page.grids else None
    if grid is None or page.builder.inline:
        return True
    grid.group(tag)
    return lambda: grid.group("tbody")


def open_row(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    grid = page.grids[-1] if page.grids else None
    if grid is not None and not page.builder.inline:
        grid.row()
        return True
    builder = page.builder
    builder.boundary()
    return (lambda: builder.joint("; ")) if builder.inline else True


def open_cell(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    grid = page.grids[-1] if page.grids else None
    if builder.inline or grid is None:
        builder.boundary()
        if builder.inline:
            return lambda: builder.joint(", ")
        return builder.flush
    builder.flush()
    builder.open(leaf="paragraph", inline=True)
    builder.bold = 0
    header = tag == "th" or (bool(grid.groups) and grid.groups[-1].kind == "thead")

    def close() -> None:
        bold = builder.bold >= max(builder.text.length, 1)
        text, inlines = builder.taken()
        builder.close()
        grid.cell(cell_of(attributes, text, inlines, header=header), bold=bold)

    return close


def open_caption(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    grid = page.grids[-1] if page.grids else None
    if builder.inline or grid is None:
        return open_block(page, node, "p", {})
    builder.flush()
    builder.open(leaf="paragraph", inline=True)

    def close() -> None:
        grid.caption = f"{grid.caption} {builder.taken()[0]}".strip()
        builder.close()

    return close
