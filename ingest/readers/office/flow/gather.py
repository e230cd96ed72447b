"""Gathers the pieces of an office document into blocks: lists in lists, code, notes, definitions, captions.

Pieces are in reading order. Numbers that were typed instead of counted are found first (`typed`), then tables
that were set with tabs (`tabbed`). Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.account import left_out
from ingest.blocks.nodes import Node, item, listing
from ingest.readers.office.flow.labels import label_of, label_of_style
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.flow.tabbed import with_tab_tables
from ingest.readers.office.flow.typed import with_typed_items

_NEAR = 90
"""Twentieths of a point by which indents differ that are meant to be the same."""
_MOST_NESTED = 30
_TABLE_CAPTION = re.compile(r"(?:table|tabelle|tab\.|tableau|tabla|tabella|tabel|tabell|表)\s*\W?\d", re.IGNORECASE)
_FIGURE_CAPTION = re.compile(
    r"(?:figure|fig\.|abbildung|abb\.|bild|illustration|figura|figuur|chart|diagramm?|photo|图|図)\s*\W?\d",
    re.IGNORECASE,
)
_CAPTION_WORDS = 40
_BULLET_ALONE = re.compile(r"[•▪▫◦‣●○■□▶►➢·]")


@dataclass(slots=True)
class _Open:
    """A list that may go on."""

    group: str
    depth: int
    indent: int
    node: Node


def flowed(pieces: Sequence[Piece]) -> list[Node]:
    """Return the blocks of pieces."""
    return _Flow().nodes(_with_captions(with_tab_tables(with_typed_items(list(pieces)))))


class _Flow:
    """The blocks so far, and the lists that are open."""

    def __init__(self) -> None:
        self._out: list[Node] = []
        self._lists: list[_Open] = []
        self._before = 0
        """The indent of the paragraph above the open lists."""
        self._last: Node | None = None
        """The item that goes on with what belongs to the paragraph before."""

    def nodes(self, pieces: Sequence[Piece]) -> list[Node]:
        at = 0
        while at < len(pieces):
            at = self._take(pieces, at)
        return [node for node in self._out if node.text or node.children]

    def _take(self, pieces: Sequence[Piece], at: int) -> int:
        """Take the piece at a place, with those that belong to it; return the next place."""
        piece = pieces[at]
        if piece.boxed or piece.note:
            end = _end_of_note(pieces, at)
            if end > at:
                self._close()
                self._out.append(_note(pieces[at:end]))
                return end
        if piece.kind == "item":
            self._item(piece)
        elif piece.kind == "code":
            end = _end_of(pieces, at, "code")
            self._put(Node("code", _code(pieces[at:end])), pieces[at])
            return end
        elif piece.kind in {"term", "description"}:
            return self._definition(pieces, at)
        elif piece.kind == "node" and piece.node is not None:
            self._node(piece, piece.node)
        elif piece.kind == "heading":
            self._close()
            self._out.append(Node("heading", piece.text, level=piece.level, inlines=piece.inlines))
            self._before = 0
        elif _BULLET_ALONE.fullmatch(piece.text):
            left_out("bullet", piece.text)
        elif piece.text:
            self._put(Node("paragraph", piece.text, inlines=piece.inlines), piece)
        return at + 1

    def _item(self, piece: Piece) -> None:
        while self._lists and not self._belongs(piece, self._lists[-1]):
            self._lists.pop()
        new = item(piece.text, piece.number or None)
        new.inlines = piece.inlines
        top = self._lists[-1] if self._lists else None
        if top is not None and (top.group, top.depth) == (piece.group, piece.depth):
            top.node.children.append(new)
        else:
            made = listing([new])
            made.level = len(self._lists) + 1
            if top is None:
                self._out.append(made)
            else:
                top.node.children[-1].children.append(made)
            self._lists.append(_Open(piece.group, piece.depth, piece.indent, made))
        self._last = new

    def _belongs(self, piece: Piece, top: _Open) -> bool:
        """Return whether an item goes on with an open list or stands below its last item."""
        if top.group == piece.group:
            return top.depth <= piece.depth
        if any(other.group == piece.group and other.depth == piece.depth for other in self._lists[:-1]):
            return False
        if len(self._lists) >= _MOST_NESTED:
            return False
        return piece.depth > top.depth or (piece.depth == top.depth and piece.indent > top.indent + _NEAR)

    def _put(self, node: Node, piece: Piece) -> None:
        """Append a block to the item that it goes on with, or to the document."""
        owner = self._owner(piece)
        if owner is not None:
            owner.children.append(node)
            self._last = owner
            return
        self._close()
        self._out.append(node)
        self._before = piece.indent

    def _owner(self, piece: Piece) -> Node | None:
        if piece.boxed:
            return None
        for place in range(len(self._lists) - 1, -1, -1):
            open_ = self._lists[place]
            if piece.indent > self._before + _NEAR and piece.indent >= open_.indent - _NEAR and open_.indent > 0:
                del self._lists[place + 1 :]
                return open_.node.children[-1]
        if piece.in_list and self._lists and piece.indent == 0:
            while len(self._lists) > 1 and self._lists[-1].depth > piece.depth:
                self._lists.pop()
            return self._lists[-1].node.children[-1]
        return None

    def _node(self, piece: Piece, node: Node) -> None:
        if piece.follows and self._last is not None and self._lists and node.kind != "table":
            if node.text or node.children:
                self._last.children.append(node)
            return
        self._close()
        if piece.follows and node.kind == "paragraph" and not node.text:
            return
        self._out.append(node)

    def _definition(self, pieces: Sequence[Piece], at: int) -> int:
        """Take terms and the descriptions below them."""
        self._close()
        children: list[Node] = []
        while at < len(pieces) and pieces[at].kind in {"term", "description"}:
            piece = pieces[at]
            if piece.kind == "term" and children and not children[-1].header:
                break
            children.append(Node("paragraph", piece.text, header=piece.kind == "term", inlines=piece.inlines))
            at += 1
        if len(children) > 1 and children[0].header and not children[-1].header:
            self._out.append(Node("definition", children=children))
        else:
            self._out += [replace_header(child) for child in children]
        return at

    def _close(self) -> None:
        self._lists, self._last = [], None


def replace_header(node: Node) -> Node:
    """Return a term without a description as a paragraph."""
    node.header = False
    return node


def _end_of(pieces: Sequence[Piece], at: int, kind: str) -> int:
    end = at
    while end < len(pieces) and pieces[end].kind == kind:
        end += 1
    return end


def _code(pieces: Sequence[Piece]) -> str:
    lines = "\n".join(piece.text for piece in pieces).split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(line.rstrip() for line in lines)


def _end_of_note(pieces: Sequence[Piece], at: int) -> int:
    """Return where the note that begins here ends; the same place if none begins."""
    first = pieces[at]
    if not first.text or first.kind in {"heading", "code"}:
        return at
    if not first.note and label_of(first.text) is None:
        return at
    end = at + 1
    while end < len(pieces):
        piece = pieces[end]
        if piece.follows and piece.node is not None:
            end += 1
            continue
        same = piece.boxed == first.boxed and (piece.boxed or piece.note) and piece.note == first.note
        if not same or piece.node is not None or (first.note and piece.style != first.style):
            break
        if piece.kind == "heading" or label_of(piece.text) is not None:
            break
        end += 1
    return end


def _note(pieces: Sequence[Piece]) -> Node:
    first = pieces[0]
    label = label_of(first.text) or (label_of_style(first.style) if first.note else None) or "note"
    inner = [replace(piece, boxed="", note=False) for piece in pieces]
    return Node("note", children=_Flow().nodes(inner), label=label)


def _with_captions(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with captions in the tables and figures that they are of."""
    gone: set[int] = set()
    places = [at for at in range(len(pieces)) if _is_caption(pieces, at)]
    below = _stand_below(pieces, places)
    for at in places:
        piece = pieces[at]
        about = piece.about or _about(piece.text)
        target = _captioned(pieces, at, about, below=below)
        if target is not None:
            target.children.insert(0, Node("caption", piece.text, inlines=piece.inlines))
            gone.add(at)
        elif piece.kind == "caption":
            figure = Node("figure", children=[Node("caption", piece.text, inlines=piece.inlines)])
            pieces[at] = (
                replace(piece, kind="node", node=figure) if about == "figure" else replace(piece, kind="paragraph")
            )
    return [piece for at, piece in enumerate(pieces) if at not in gone]


def _is_caption(pieces: Sequence[Piece], at: int) -> bool:
    piece = pieces[at]
    if piece.kind == "caption":
        return bool(piece.text)
    if piece.kind != "paragraph" or not piece.text or len(piece.text.split()) > _CAPTION_WORDS:
        return False
    if not (_TABLE_CAPTION.match(piece.text) or (_FIGURE_CAPTION.match(piece.text) and piece.about)):
        return False
    following = pieces[at + 1] if at + 1 < len(pieces) else None
    return bool(piece.about) or (
        following is not None and following.node is not None and following.node.kind == "table"
    )


def _about(text: str) -> str:
    if _TABLE_CAPTION.match(text):
        return "table"
    return "figure" if _FIGURE_CAPTION.match(text) else ""


def _stand_below(pieces: Sequence[Piece], places: Sequence[int]) -> bool:
    """Return whether captions stand below tables here: what those show that have a table on one side only."""
    sides = 0
    for at in places:
        before, after = _neighbour(pieces, at, -1), _neighbour(pieces, at, 1)
        sides += (before is not None and before.kind == "table") - (after is not None and after.kind == "table")
    return sides > 0


def _captioned(pieces: Sequence[Piece], at: int, about: str, *, below: bool) -> Node | None:
    """Return the table or figure beside a caption that it is of, if that has no other one."""
    before, after = _neighbour(pieces, at, -1), _neighbour(pieces, at, 1)
    tables = (before, after) if below else (after, before)
    figures = (before, after)
    kinds = {"table": (("table", tables),), "figure": (("figure", figures), ("table", tables))}
    for kind, places in kinds.get(about, (("table", tables), ("figure", figures))):
        for node in places:
            if node is not None and node.kind == kind and not _has_caption(node):
                return node
    return None


def _neighbour(pieces: Sequence[Piece], at: int, step: int) -> Node | None:
    place = at + step
    while 0 <= place < len(pieces):
        node = pieces[place].node
        if node is None:
            return None
        if node.kind != "footnote":
            return node
        place += step
    return None


def _has_caption(node: Node) -> bool:
    return any(child.kind == "caption" for child in node.children)
