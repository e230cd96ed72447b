"""Reads the tables of a Word file: spans and merges, recorded changes of rows, what looks like a header.

What the cells mean is found in `ingest.readers.office.flow.grids`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest import revisions
from ingest.account import left_out
from ingest.blocks.tables import MAX_COLUMNS, MAX_SPAN
from ingest.hidden_text import report
from ingest.readers.office.flow.grids import Grid, GridCell, grid_pieces
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.word.context import MAX_DEPTH, Story
from ingest.readers.office.word.inline import alternative, placeholder
from ingest.readers.office.word.package import MC, W, Xml, first, flag, number, value
from ingest.readers.office.word.styles import Styles

_WRAPPERS = frozenset({f"{W}customXml", f"{W}smartTag", f"{W}ins", f"{W}moveTo", f"{W}del", f"{W}moveFrom"})


_APART = frozenset({f"{W}p", f"{W}tab", f"{W}br", f"{W}cr"})


@dataclass(frozen=True, slots=True)
class _Looks:
    """Which of a table's parts its style shows as headers."""

    first_row: bool
    first_column: bool
    lines: bool


def table_pieces(node: Xml, story: Story) -> list[Piece]:
    """Return the pieces of a table: the table, or what it holds if it is a layout."""
    if story.depth >= MAX_DEPTH:
        return [Piece("paragraph", plain(node))]
    grid = _grid(node, story)
    return grid_pieces(grid)


def unwrapped(node: Xml, wanted: str) -> Iterator[tuple[Xml, bool]]:
    """Yield the elements with a tag in an element, and in wrappers in it; and whether each is only a prompt."""
    stack = [(child, False) for child in reversed(node)]
    while stack:
        child, prompt = stack.pop()
        if child.tag == wanted:
            yield child, prompt
        elif child.tag == f"{W}sdt":
            content = first(child, "sdtContent")
            prompts = prompt or placeholder(first(child, "sdtPr"))
            stack.extend((each, prompts) for each in (reversed(content) if content is not None else ()))
        elif child.tag in _WRAPPERS:
            stack.extend((each, prompt) for each in reversed(child))
        elif child.tag == f"{MC}AlternateContent" and (chosen := alternative(child)) is not None:
            stack.extend((each, prompt) for each in reversed(chosen))


def plain(node: Xml) -> str:
    """Return all the text in an element, paragraphs apart, each drawing once."""
    parts: list[str] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if part.tag == f"{W}t":
            parts.append(part.text or "")
        elif part.tag == f"{MC}AlternateContent":
            chosen = alternative(part)
            stack.extend(reversed(chosen) if chosen is not None else ())
        else:
            if part.tag in _APART:
                parts.append(" ")
            stack.extend(reversed(part))
    return " ".join("".join(parts).split())


def _grid(node: Xml, story: Story) -> Grid:
    looks = _table_looks(node, story.word.styles)
    grid = Grid(has_lines=looks.lines)
    merged: dict[int, GridCell] = {}
    in_header = True
    for row, _ in unwrapped(node, f"{W}tr"):
        properties = first(row, "trPr")
        if _is_left_out(row, properties):
            continue
        cells = list(_cells(row, properties, story, merged))
        if not cells and not grid.rows:
            continue
        in_header = in_header and bool(flag(properties, "tblHeader"))
        grid.header_rows += in_header
        if looks.first_row and not grid.rows:
            for cell in cells:
                cell.bold = True
        if looks.first_column and cells and cells[0].column == 0:
            cells[0].bold = True
        grid.rows.append(cells)
    return grid


def _is_left_out(row: Xml, properties: Xml | None) -> bool:
    if properties is None:
        return False
    for tag, shows, reason in (
        ("del", revisions.shows_deleted(), "deleted"),
        ("ins", revisions.shows_inserted(), "inserted"),
    ):
        if properties.find(f"{W}{tag}") is not None and not shows:
            left_out(reason, " ".join(text.text or "" for text in row.iter(f"{W}t", f"{W}delText")))
            return True
    if flag(properties, "hidden"):
        report.record("hidden_row", plain(row))
        return True
    return False


def _cells(row: Xml, properties: Xml | None, story: Story, merged: dict[int, GridCell]) -> Iterator[GridCell]:
    """Yield the cells that begin in a row; those that a merged cell covers make it larger."""
    column = _count(properties, "gridBefore", 0)
    last: GridCell | None = None
    continued: set[int] = set()
    for node, prompt in unwrapped(row, f"{W}tc"):
        own = first(node, "tcPr")
        span = min(_count(own, "gridSpan", 1), MAX_COLUMNS)
        if column >= MAX_COLUMNS:
            break
        down, across = _merge(own, "vMerge"), _merge(own, "hMerge")
        if across == "continue" and last is not None:
            last.columns += span
            last.pieces += _content(node, story, prompt)
        elif down == "continue" and (above := merged.get(column)) is not None and above.rows < MAX_SPAN:
            if column not in continued:
                above.rows += 1
            report.record("covered", plain(node))
            continued.add(column)
        else:
            last = GridCell(_content(node, story, prompt), column, columns=span, filled=_is_filled(own))
            merged.pop(column, None)
            if down == "restart":
                merged[column] = last
                continued.add(column)
            yield last
        column += span
    for other in [each for each in merged if each not in continued]:
        del merged[other]


def _content(node: Xml, story: Story, prompt: bool) -> list[Piece]:
    own = first(node, "tcPr")
    if prompt:
        left_out("placeholder", plain(node))
        return []
    for tag, shows, reason in (
        ("cellDel", revisions.shows_deleted(), "deleted"),
        ("cellIns", revisions.shows_inserted(), "inserted"),
    ):
        if own is not None and own.find(f"{W}{tag}") is not None and not shows:
            left_out(reason, plain(node))
            return []
    return story.word.pieces(node, story.inside())


def _count(properties: Xml | None, tag: str, usual: int) -> int:
    found = number(value(properties, tag))
    return usual if found is None or found < usual else found


def _merge(properties: Xml | None, tag: str) -> str:
    node = properties.find(f"{W}{tag}") if properties is not None else None
    return "" if node is None else node.get(f"{W}val") or "continue"


def _is_filled(properties: Xml | None) -> bool:
    shade = first(properties, "shd")
    return shade is not None and (shade.get(f"{W}fill") or "auto").lower() not in {"auto", "ffffff"}


def _table_looks(node: Xml, styles: Styles) -> _Looks:
    """Return what the style of a table shows, as far as the table asks for it."""
    properties = first(node, "tblPr")
    look = first(properties, "tblLook")
    chain = styles.chain(value(properties, "tblStyle"))
    borders = first(properties, "tblBorders")
    if borders is None:
        borders = next(
            (b for style in reversed(chain) if (b := style.find(f"{W}tblPr/{W}tblBorders")) is not None), None
        )
    lines = borders is not None and any(side.get(f"{W}val") not in {None, "nil", "none"} for side in borders)
    return _Looks(
        _asks(look, "firstRow", 0x20) and _stands_out(chain, "firstRow"),
        _asks(look, "firstColumn", 0x80) and _stands_out(chain, "firstCol"),
        lines or node.find(f".//{W}tcBorders") is not None,
    )


def _asks(look: Xml | None, name: str, bit: int) -> bool:
    if look is None:
        return False
    if (said := look.get(f"{W}{name}")) is not None:
        return said in {"1", "true", "on"}
    try:
        return bool(int(look.get(f"{W}val") or "0", 16) & bit)
    except ValueError:
        return False


def _stands_out(chain: list[Xml], part: str) -> bool:
    """Return whether a table style writes a part of the table in bold, or in white on a colour."""
    for style in chain:
        for own in style.iterchildren(f"{W}tblStylePr"):
            if own.get(f"{W}type") == part and (flag(first(own, "rPr"), "b") or _is_filled(first(own, "tcPr"))):
                return True
    return False
