"""Reads the text of an OpenDocument paragraph: spans, links, notes, fields, changes, and what is anchored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest import revisions
from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.hidden_text import report
from ingest.readers.office.flow.line import Line, shown_target
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opendocument.context import Text
from ingest.readers.office.opendocument.names import DRAW, OFFICE, TEXT, XLINK, Xml, all_text, count, raw_text
from ingest.readers.office.opendocument.objects import drawn
from ingest.readers.office.opendocument.styles import Format

_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(slots=True)
class Inline:
    """Reads one paragraph into a line."""

    text: Text
    line: Line
    depth: int = 0
    reason: str = ""
    """Why what is read now is left out."""

    def children(self, node: Xml, format_: Format) -> None:
        """Read the text and the elements in an element."""
        self._put(node.text, format_)
        for child in node:
            if isinstance(child.tag, str):
                reader = _READERS.get(child.tag)
                if reader is not None:
                    reader(self, child, format_)
                elif child.tag.startswith(DRAW):
                    self._drawing(child)
                else:  # fields, references, marks: what they show is their text
                    self.children(child, format_)
            self._put(child.tail, format_)

    def _put(self, text: str | None, format_: Format) -> None:
        if text:
            self._text(_BLANKS.sub(" ", text), format_)

    def _text(self, text: str, format_: Format) -> None:
        if format_.hidden:
            report.record("hidden", text)
            return
        reason = self.reason
        if not reason and self.text.inserting and not revisions.shows_inserted():
            reason = "inserted"
        if not reason and format_.struck and not revisions.shows_deleted():
            reason = "struck"
        if reason:
            self.line.out(reason, text)
            return
        marking = revisions.marks() and (format_.struck or self.text.inserting)
        start = self.line.place if marking else 0
        if format_.raised:
            self.line.raise_(text, bold=format_.bold)
        else:
            self.line.text(text, bold=format_.bold, mono=format_.mono, size=format_.size)
        if marking:
            self.line.mark("struck" if format_.struck else "inserted", start)

    def _span(self, node: Xml, format_: Format) -> None:
        self.children(node, self.text.styles.span(node.get(f"{TEXT}style-name"), format_))

    def _blanks(self, node: Xml, format_: Format) -> None:
        self._text(" " * count(node, f"{TEXT}c", 1, 200), format_)

    def _tab(self, node: Xml, format_: Format) -> None:
        self._text("\t", format_)

    def _break(self, node: Xml, format_: Format) -> None:
        self._text("\n", format_)

    def _link(self, node: Xml, format_: Format) -> None:
        target = shown_target(node.get(f"{XLINK}href"))
        inner = self.text.styles.span(node.get(f"{TEXT}style-name"), format_)
        if target is None:
            self.children(node, inner)
            return
        self.line.open_link(target)
        self.children(node, inner)
        self.line.close_link()

    def _note(self, node: Xml, format_: Format) -> None:
        citation, body = node.find(f"{TEXT}note-citation"), node.find(f"{TEXT}note-body")
        number = raw_text(citation).strip() if citation is not None else ""
        if body is None:
            return
        if self.reason or format_.hidden:
            self.line.out(self.reason or "hidden", all_text(body))
            return
        if number:
            self.line.note(number)
        nodes = [
            piece.node or Node("paragraph", piece.text, inlines=piece.inlines)
            for piece in self.text.pieces(body, self.depth + 1, True)
            if not piece.is_empty
        ]
        if nodes:
            first = nodes.pop(0) if nodes[0].kind == "paragraph" else Node("paragraph")
            note = Node("footnote", first.text, nodes, number=number or None, inlines=first.inlines)
            self.line.after.append(Piece("node", node=note, follows=True))

    def _ruby(self, node: Xml, format_: Format) -> None:
        base, reading = node.find(f"{TEXT}ruby-base"), node.find(f"{TEXT}ruby-text")
        if base is not None:
            self.children(base, format_)
        if reading is not None and (shown := raw_text(reading).strip()):
            self._text(f"({shown})", format_)

    def _sequence(self, node: Xml, format_: Format) -> None:
        self.line.captions.add(node.get(f"{TEXT}name") or "")
        self.children(node, format_)

    def _change_start(self, node: Xml, format_: Format) -> None:
        name = node.get(f"{TEXT}change-id") or ""
        if name in self.text.insertions:
            self.text.inserting.add(name)

    def _change_end(self, node: Xml, format_: Format) -> None:
        self.text.inserting.discard(node.get(f"{TEXT}change-id") or "")

    def _deletion(self, node: Xml, format_: Format) -> None:
        """Read a deletion at its place, if deleted text is read."""
        deleted = self.text.deletions.get(node.get(f"{TEXT}change-id") or "")
        if deleted is None:
            return
        if not revisions.shows_deleted():
            left_out("deleted", all_text(deleted))
            return
        start = self.line.place if revisions.marks() else 0
        for place, paragraph in enumerate(deleted.iter(f"{TEXT}p", f"{TEXT}h")):
            if place:
                self._text(" ", format_)
            self.children(paragraph, format_)
        if revisions.marks():
            self.line.mark("struck", start)

    def _drawing(self, node: Xml) -> None:
        if not self.reason:
            self.line.after.extend(drawn(node, self.text, self.depth))

    def _drawing_in(self, node: Xml, format_: Format) -> None:
        self._drawing(node)

    def _out(self, reason: str, node: Xml, format_: Format) -> None:
        before, self.reason = self.reason, reason
        self.children(node, format_)
        self.reason = before

    def _comment(self, node: Xml, format_: Format) -> None:
        left_out("comment", all_text(node))

    def _placeholder(self, node: Xml, format_: Format) -> None:
        self._out("placeholder", node, format_)

    def _choice(self, node: Xml, format_: Format) -> None:
        """Read a list to choose from: what is chosen is the text behind the choices."""
        for child in node:
            self._put(child.tail, format_)

    def _hidden(self, node: Xml, format_: Format) -> None:
        report.record("hidden", node.get(f"{TEXT}string-value") or raw_text(node))

    def _nothing(self, node: Xml, format_: Format) -> None:
        return


_READERS: dict[str, Callable[[Inline, Xml, Format], None]] = {
    f"{TEXT}span": Inline._span,
    f"{TEXT}s": Inline._blanks,
    f"{TEXT}tab": Inline._tab,
    f"{TEXT}line-break": Inline._break,
    f"{TEXT}a": Inline._link,
    f"{TEXT}note": Inline._note,
    f"{TEXT}ruby": Inline._ruby,
    f"{TEXT}sequence": Inline._sequence,
    f"{TEXT}change-start": Inline._change_start,
    f"{TEXT}change-end": Inline._change_end,
    f"{TEXT}change": Inline._deletion,
    f"{TEXT}placeholder": Inline._placeholder,
    f"{TEXT}drop-down": Inline._choice,
    f"{TEXT}hidden-text": Inline._hidden,
    f"{TEXT}script": Inline._nothing,
    f"{TEXT}tracked-changes": Inline._nothing,
    f"{OFFICE}annotation": Inline._comment,
    f"{OFFICE}annotation-end": Inline._nothing,
    f"{DRAW}a": Inline._drawing_in,
}
