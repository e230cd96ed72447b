"""Makes tables of the pieces that were set with tabs (`ingest.blocks.tabbed`)."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.blocks.tabbed import TabLine, run_length, tab_table
from ingest.readers.office.flow.pieces import Piece


def with_tab_tables(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with runs of lines that are set with tabs as tables."""
    lines = [_line(piece) for piece in pieces]
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        end = at + run_length(lines, at)
        node = tab_table([line for line in lines[at:end] if line is not None]) if end > at else None
        found.append(pieces[at] if node is None else Piece("node", node=node, indent=pieces[at].indent))
        at = at + 1 if node is None else end
    return found


def _line(piece: Piece) -> TabLine | None:
    """Return the line that a piece is, unless it is an item or a part of a box."""
    return None if piece.kind != "paragraph" or piece.boxed or piece.note or piece.in_list else piece.tabs
