"""Makes pieces of Word paragraphs: headings, items with their numbers, code, captions, terms; deleted ends join them.

What a paragraph is comes from its style, its own properties and its font. Its runs are read by
`ingest.readers.office.word.inline`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest import revisions
from ingest.blocks.nodes import Inline as Mark
from ingest.readers.office.flow.line import Line
from ingest.readers.office.flow.pieces import Piece, PieceKind
from ingest.readers.office.flow.style_names import DESCRIPTIONS, TERMS
from ingest.readers.office.word.context import Story
from ingest.readers.office.word.inline import Inline
from ingest.readers.office.word.numbering import Shown
from ingest.readers.office.word.package import W, Xml, first, number, value
from ingest.readers.office.word.styles import ParagraphStyle, boxed, indent, tab_stops

_HEADING_WORDS = 40
"""Words above which a paragraph in a heading's style is a clause with a number."""
_DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
_INSERTED = frozenset({f"{W}ins", f"{W}moveTo"})
_TABLES = re.compile(r"tab|表", re.IGNORECASE)


@dataclass(slots=True)
class Paragraphs:
    """Reads the paragraphs of one story, one after the other."""

    story: Story
    line: Line = field(default_factory=Line)
    joined: bool = False
    """Whether the end of the paragraph before was deleted, so that this one goes on with it."""
    style: ParagraphStyle | None = None

    def pieces(self, node: Xml) -> list[Piece]:
        """Return the pieces of a paragraph, with what is anchored in it; none where its end is deleted."""
        own = first(node, "pPr")
        name = value(own, "pStyle")
        style = self.story.word.styles.paragraph(name)
        inline = Inline(self.story, self.line, name)
        if style.kind == "toc":
            inline.reasons.append("navigation")
        inline.begin()
        inline.children(node)
        self.joined = _end_is_left_out(own)
        if self.joined:
            self.style = style
            return []
        return self._ended(own, style)

    def rest(self) -> list[Piece]:
        """Return what is left where nothing follows a paragraph whose end is deleted."""
        if not self.joined or self.style is None:
            return []
        self.joined = False
        return self._ended(None, self.style)

    def _ended(self, own: Xml | None, style: ParagraphStyle) -> list[Piece]:
        line, self.line = self.line, Line()
        shown = self.story.word.numbering.of(own, style)
        found = _pieces(line, own, style, shown, self.story)
        return [piece for piece in found if not piece.is_empty or piece.kind == "code"] + line.after


def _end_is_left_out(own: Xml | None) -> bool:
    """Return whether the end of a paragraph is a change that is not read."""
    mark = first(own, "rPr")
    if mark is None:
        return False
    tags = {node.tag for node in mark}
    return bool(
        (tags & _DELETED and not revisions.shows_deleted()) or (tags & _INSERTED and not revisions.shows_inserted())
    )


def _pieces(line: Line, own: Xml | None, style: ParagraphStyle, shown: Shown | None, story: Story) -> list[Piece]:
    """Return the piece of a paragraph; several for one in which a list was typed with line breaks."""
    kind = _kind(line, own, style, shown, story)
    level = _level(own, style) if kind == "heading" else None
    bold = 0 < line.letters == line.bold
    box = boxed(own)
    if kind == "code":
        inside = shown is not None and shown.goes_on
        left = 0 if inside else _indent(own, style)
        level = shown.level if shown is not None else 0
        return [Piece("code", line.code(), indent=left, in_list=inside, depth=level, style=style.name)]
    stops = tab_stops(own) or style.stops
    (text, marks, tabs), *others = line.taken_lines(stops) if kind == "paragraph" else [(*line.taken(), None)]
    piece = Piece(
        kind, text, marks, level=level, style=style.name, note=style.kind == "note", bold=bold,
        boxed=style.boxed if box is None else box, in_list=style.kind == "list", indent=_indent(own, style),
        about=_about(line) if kind in {"caption", "paragraph"} else "", size=line.largest, tabs=tabs,
    )  # fmt: skip
    if others:
        return [piece, *(replace(piece, text=other, inlines=its, tabs=parts) for other, its, parts in others)]
    if shown is None or not text:
        return [piece]
    if shown.goes_on:
        if kind == "paragraph":
            piece.in_list, piece.depth, piece.indent = True, shown.level, 0
        return [piece]
    if kind == "item":
        piece.number, piece.group, piece.depth = shown.number or None, f"list {shown.group}", shown.level
        piece.indent = shown.indent
    elif shown.number:
        piece.text = f"{shown.number} {text}"
        piece.inlines = _moved(piece, len(piece.text) - len(text))
    return [piece]


def _moved(piece: Piece, by: int) -> tuple[Mark, ...]:
    return tuple(Mark(mark.kind, mark.start + by, mark.end + by, mark.label) for mark in piece.inlines)


def _kind(line: Line, own: Xml | None, style: ParagraphStyle, shown: Shown | None, story: Story) -> PieceKind:
    counted = shown is not None and not shown.goes_on
    if style.kind in {"heading", "title"} or _outline(own) is not None:
        long = line.inline.length > 200 and len("".join(line.inline.parts).split()) > _HEADING_WORDS
        return "paragraph" if long or story.in_box else "heading"
    if style.kind == "caption":
        return "caption"
    if style.kind == "code" or (0 < line.letters == line.mono and not story.word.body_is_mono and not counted):
        return "code"
    if counted:
        return "item"
    if TERMS.fullmatch(style.name):
        return "term"
    return "description" if DESCRIPTIONS.fullmatch(style.name) else "paragraph"


def _outline(own: Xml | None) -> int | None:
    found = number(value(own, "outlineLvl"))
    return found if found is not None and 0 <= found < 9 else None


def _level(own: Xml | None, style: ParagraphStyle) -> int:
    outline = _outline(own)
    return outline + 1 if outline is not None and style.kind != "title" else style.level or 1


def _indent(own: Xml | None, style: ParagraphStyle) -> int:
    left = indent(own)
    left = style.indent if left is None else left
    return left or 0


def _about(line: Line) -> str:
    if not line.captions:
        return ""
    return "table" if any(_TABLES.match(name) for name in line.captions) else "figure"
