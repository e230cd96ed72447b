"""Makes a table of cells that an office program placed, or finds that it is none: a box around a note, code, a layout.

The cells hold pieces. A cell's text is one line: its paragraphs, its items with their numbers, tables in it row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.types import CellType
from ingest.blocks.headers import SAMPLE, Look, find_headers
from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tables import MAX_COLUMNS, TableCell, table
from ingest.readers.office.flow.labels import label_of
from ingest.readers.office.flow.pieces import Piece

_LAYOUT_WORDS = 60
"""Words in a cell of a table of one row, without lines, from which on it is a layout."""


@dataclass(slots=True)
class GridCell:
    """A cell at its place. `bold` and `filled` are what it looks like by its table's style and its own shading."""

    pieces: list[Piece]
    column: int
    rows: int = 1
    columns: int = 1
    bold: bool = False
    filled: bool = False
    type: CellType | None = None
    unit: str | None = None

    @property
    def shown(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.is_empty and not _is_footnote(piece)]

    @property
    def words(self) -> int:
        return sum(len(piece_text(piece).split()) for piece in self.shown)


@dataclass(slots=True)
class Grid:
    """The cells of a table by rows. `header_rows` are those that the document marks as headers."""

    rows: list[list[GridCell]] = field(default_factory=list)
    header_rows: int = 0
    has_lines: bool = True
    caption: str = ""

    def cells(self) -> list[GridCell]:
        return [cell for row in self.rows for cell in row]


def grid_pieces(grid: Grid, *, depth: int = 0) -> list[Piece]:
    """Return a table's pieces: one table with the footnotes in it behind it, or what a layout holds."""
    cells = [cell for cell in grid.cells() if cell.shown]
    if not cells:
        return []
    if (note := _note(grid, cells)) is not None:
        return note
    if _is_layout(grid, cells):
        return [piece for cell in cells for piece in cell.pieces]
    node = _table(grid)
    loose = [piece for cell in cells for piece in cell.pieces if _is_footnote(piece)]
    return ([Piece("node", node=node)] if node is not None else []) + loose


def piece_text(piece: Piece) -> str:
    """Return a piece in one line."""
    return node_text(piece.node) if piece.node is not None else _numbered(piece.number, piece.text)


def node_text(node: Node) -> str:
    """Return a node in one line; the rows of a table are parts with commas."""
    if node.kind == "table":
        rows = [child for child in node.children if child.kind == "row"]
        head = [child.text for child in node.children if child.kind == "caption"]
        parts = [", ".join(cell.text for cell in row.children if cell.text and not cell.repeated) for row in rows]
        return " ".join([*head, "; ".join(part for part in parts if part)])
    texts = [_numbered(node.number, node.text), *(node_text(child) for child in node.children)]
    return " ".join(text for text in texts if text)


def cell_text(pieces: Sequence[Piece]) -> tuple[str, tuple[Inline, ...]]:
    """Return the pieces of a cell in one line, and the marks in it."""
    text, marks = "", []
    for piece in pieces:
        part = piece_text(piece)
        if not part:
            continue
        at = len(text) + (1 if text else 0) + len(part) - len(piece.text)
        text = f"{text} {part}" if text else part
        if piece.node is None:
            marks += [Inline(mark.kind, mark.start + at, mark.end + at, mark.label) for mark in piece.inlines]
    return text, tuple(marks)


def _numbered(number: str | None, text: str) -> str:
    return f"{number} {text}".strip() if number else text


def _is_footnote(piece: Piece) -> bool:
    return piece.node is not None and piece.node.kind == "footnote"


def _note(grid: Grid, cells: Sequence[GridCell]) -> list[Piece] | None:
    """Return the note that a table is drawn around: one row, or one column, that begins with a warning's word."""
    lines = sum(1 for row in grid.rows if any(cell.shown for cell in row))
    column = all(len([cell for cell in row if cell.shown]) <= 1 for row in grid.rows) and lines <= 2
    if not (lines == 1 and len(cells) <= 2) and not column:
        return None
    label = label_of(piece_text(cells[0].shown[0]))
    if label is None:
        return None
    return [Piece("node", node=Node("note", children=_nodes([p for c in cells for p in c.pieces]), label=label))]


def _nodes(pieces: Sequence[Piece]) -> list[Node]:
    from ingest.readers.office.flow.gather import flowed

    return flowed([piece for piece in pieces if not piece.is_empty])


def _is_layout(grid: Grid, cells: Sequence[GridCell]) -> bool:
    if len(cells) == 1:
        return True
    if any(len(cell.shown) > 1 and any(piece.kind == "heading" for piece in cell.shown) for cell in cells):
        return True
    if all(cell.shown[0].node is not None and cell.shown[0].node.kind == "table" for cell in cells):
        return True
    widest = max((cell.column + cell.columns for cell in cells), default=0)
    if widest == 1:
        return any(len(cell.shown) > 1 for cell in cells)
    rows = sum(1 for row in grid.rows if any(cell.shown for cell in row))
    return rows == 1 and not grid.has_lines and max(cell.words for cell in cells) >= _LAYOUT_WORDS


def _table(grid: Grid) -> Node | None:
    texts = {id(cell): cell_text(cell.shown) for cell in grid.cells()}
    found = find_headers(_looks(grid, texts))
    rows = [[_made(cell, texts[id(cell)]) for cell in row] for row in grid.rows]
    headers = max(grid.header_rows, _deep(grid)) if grid.header_rows else found.titles + found.rows
    headers = headers if headers < len(rows) else 0
    return table(rows, header_rows=headers, header_columns=found.columns, caption=grid.caption)


def _deep(grid: Grid) -> int:
    """Return how many rows the first one's cells reach over, if others stand side by side under one of them."""
    first = grid.rows[0]
    if not any(cell.columns > 1 for cell in first):
        return 0
    return max((cell.rows for cell in first), default=0)


def _made(cell: GridCell, text: tuple[str, tuple[Inline, ...]]) -> TableCell:
    return TableCell(
        text[0], cell.rows, cell.columns, column=cell.column, type=cell.type, unit=cell.unit, inlines=text[1]
    )


def _looks(grid: Grid, texts: dict[int, tuple[str, tuple[Inline, ...]]]) -> list[list[Look]]:
    """Return what the first rows look like, each as long as the widest."""
    rows = grid.rows[:SAMPLE]
    width = min(max((cell.column + cell.columns for row in rows for cell in row), default=0), MAX_COLUMNS)
    looks = [[Look("") for _ in range(width)] for _ in rows]
    for y, row in enumerate(rows):
        for cell in row:
            look = Look(
                texts[id(cell)][0], cell.type, cell.bold or _is_bold(cell), cell.filled, cell.rows, cell.columns
            )
            for down in range(y, min(y + cell.rows, len(rows))):
                for across in range(cell.column, min(cell.column + cell.columns, width)):
                    first = down == y and across == cell.column
                    looks[down][across] = (
                        look if first else Look(look.text, look.type, look.bold, look.filled, covered=True)
                    )
    return looks


def _is_bold(cell: GridCell) -> bool:
    shown = cell.shown
    return bool(shown) and all(piece.bold or piece.kind == "heading" for piece in shown)
