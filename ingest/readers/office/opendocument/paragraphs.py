"""Makes pieces of the paragraphs of an OpenDocument text: headings with their numbers, captions, code, terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest import revisions
from ingest.blocks.nodes import Inline as Mark
from ingest.readers.office.flow.line import Line
from ingest.readers.office.flow.pieces import Piece, PieceKind
from ingest.readers.office.flow.style_names import DESCRIPTIONS, TERMS
from ingest.readers.office.opendocument.context import Text
from ingest.readers.office.opendocument.inline import Inline
from ingest.readers.office.opendocument.names import TEXT, Xml, count
from ingest.readers.office.opendocument.styles import ParagraphStyle

_TABLES = re.compile(r"tab|表", re.IGNORECASE)


@dataclass(slots=True)
class Paragraphs:
    """Reads the paragraphs of one container, one after the other."""

    text: Text
    depth: int = 0
    boxed: bool = False
    line: Line = field(default_factory=Line)
    joined: Xml | None = None
    """A paragraph whose end is an insertion that is not read, so that the next one goes on with it."""

    def pieces(self, node: Xml, *, counted: bool = True) -> list[Piece]:
        """Return the pieces of a paragraph; a heading is counted unless a list counts it."""
        style = self.text.styles.paragraph(node.get(f"{TEXT}style-name"))
        inline = Inline(self.text, self.line, self.depth)
        if style.kind == "toc":
            inline.reason = "navigation"
        inline.children(node, style.format)
        if self.text.inserting and not revisions.shows_inserted():
            self.joined = node
            return []
        return self._ended(node, style, counted=counted)

    def rest(self) -> list[Piece]:
        """Return what is left where nothing follows a paragraph whose end is not read."""
        if self.joined is None:
            return []
        node, self.joined = self.joined, None
        return self._ended(node, self.text.styles.paragraph(node.get(f"{TEXT}style-name")), counted=True)

    def _ended(self, node: Xml, style: ParagraphStyle, *, counted: bool) -> list[Piece]:
        self.joined = None
        line, self.line = self.line, Line()
        kind = self._kind(line, node, style)
        bold = 0 < line.letters == line.bold
        if kind == "code":
            return [Piece("code", line.code(), style=style.name), *line.after]
        (text, marks, tabs), *others = line.taken_lines(style.stops) if kind == "paragraph" else [(*line.taken(), None)]
        piece = Piece(
            kind, text, marks, style=style.name, note=style.kind == "note", bold=bold, size=line.largest,
            boxed=style.boxed, indent=style.indent, about=_about(line) if kind in {"caption", "paragraph"} else "",
            tabs=tabs,
        )  # fmt: skip
        if node.tag == f"{TEXT}h" or kind == "heading":
            piece.level = count(node, f"{TEXT}outline-level", style.level or 1, 10)
            number = self.text.lists.heading(node, piece.level) if counted and node.tag == f"{TEXT}h" and text else ""
            if number:
                piece.text = f"{number} {text}"
                by = len(number) + 1
                piece.inlines = tuple(Mark(m.kind, m.start + by, m.end + by, m.label) for m in marks)
        more = [replace(piece, text=other, inlines=its, tabs=parts) for other, its, parts in others]
        return ([piece, *more] if piece.text else []) + line.after

    def _kind(self, line: Line, node: Xml, style: ParagraphStyle) -> PieceKind:
        if node.tag == f"{TEXT}h" or style.kind in {"title", "heading"}:
            return "paragraph" if self.boxed else "heading"
        if style.kind == "caption":
            return "caption"
        if style.kind == "code" or (0 < line.letters == line.mono and not self.text.body_is_mono):
            return "code"
        if TERMS.fullmatch(style.name):
            return "term"
        return "description" if DESCRIPTIONS.fullmatch(style.name) else "paragraph"


def _about(line: Line) -> str:
    if not line.captions:
        return ""
    return "table" if any(_TABLES.match(name) for name in line.captions) else "figure"
