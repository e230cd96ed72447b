"""Turns what a text box holds into pieces behind the paragraph in which it is anchored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.blocks.nodes import Node
from ingest.readers.office.flow.gather import flowed
from ingest.readers.office.flow.labels import label_of
from ingest.readers.office.flow.pieces import Piece


def boxed_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of a box: one note if its first words say so, else the blocks that it holds.

    A heading in a box is a paragraph: what follows the box is not below it.
    """
    plain = [replace(piece, kind="paragraph") if piece.kind == "heading" else piece for piece in pieces]
    nodes = flowed([piece for piece in plain if not piece.is_empty])
    first = next((node.text for node in nodes if node.text), "")
    label = label_of(first)
    if label is not None and not any(node.kind == "note" for node in nodes):
        nodes = [Node("note", children=nodes, label=label)]
    return [Piece("node", node=node, follows=True) for node in nodes]
