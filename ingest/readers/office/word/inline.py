"""Reads the runs of a Word paragraph: text, links, notes, symbols, fields, recorded changes, formulas, boxes.

What is left out (deleted, struck, placeholders, tables of contents) goes to the account with its reason. Pictures and
boxes are read by `ingest.readers.office.word.drawings`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest import revisions
from ingest.blocks.nodes import Node
from ingest.readers.office.flow.line import Line, shown_target
from ingest.readers.office.flow.numerals import numeral
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.word.context import FieldCode, Story
from ingest.readers.office.word.drawings import drawn
from ingest.readers.office.word.fields import form_value, hidden_field, link_of, shown_code
from ingest.readers.office.word.math import linear
from ingest.readers.office.word.package import MC, M, R, W, Xml, first, flag, value
from ingest.readers.office.word.styles import RunFormat
from ingest.readers.office.word.symbols import from_symbol_font, is_symbol_font

_HYPHENS = {"noBreakHyphen": "-", "softHyphen": "\u00ad"}
_BLANKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n"}
_PROPERTIES = frozenset({f"{W}pPr", f"{W}rPr", f"{W}sdtPr", f"{W}sdtEndPr", f"{W}smartTagPr", f"{W}customXmlPr"})


@dataclass(slots=True)
class Inline:
    """Reads paragraphs into a line."""

    story: Story
    line: Line
    style: str | None = None
    reasons: list[str] = field(default_factory=list)
    """Why what is read now is left out."""
    mono: bool = False

    def children(self, node: Xml) -> None:
        """Read what is in an element, in order."""
        for child in node:
            reader = _READERS.get(child.tag)
            if reader is not None:
                reader(self, child)
            elif isinstance(child.tag, str) and child.tag not in _PROPERTIES and len(child):
                self.children(child)  # a wrapper: smart tags, custom XML, directions

    def begin(self) -> None:
        """Go on with a link whose field began in a paragraph before."""
        for code in self.story.fields:
            if code.in_result and (target := link_of(code)):
                self.line.open_link(target)

    def _run(self, run: Xml) -> None:
        format_ = self.story.word.styles.run(self.style, first(run, "rPr"))
        for child in run:
            tag = child.tag
            if tag == f"{W}t" or tag == f"{W}delText":
                self._text(child.text or "", format_)
            elif isinstance(tag, str) and (reader := _IN_RUNS.get(tag)) is not None:
                reader(self, child, format_)

    def _text(self, text: str, format_: RunFormat) -> None:
        if not text:
            return
        if is_symbol_font(format_.font):
            text = from_symbol_font(text, format_.font, only_private=True)
        reason = self._left_out(format_)
        if reason is not None:
            if reason:
                self.line.out(reason, text)
            return
        for code in self.story.fields:
            code.result = True
        struck = format_.struck and revisions.marks()
        start = self.line.place if struck else 0
        if format_.raised == "superscript":
            self.line.raise_(text, bold=format_.bold)
        elif format_.raised == "raised":
            self.line.raise_(text, bold=format_.bold, digits_only=True)
        else:
            self.line.text(text, bold=format_.bold, mono=format_.mono, size=format_.half_points)
        if struck:
            self.line.mark("struck", start)

    def _left_out(self, format_: RunFormat) -> str | None:
        """Return why text is left out; "" for no reason that counts, None for text that is read."""
        if self.reasons:
            return self.reasons[-1]
        for code in self.story.fields:
            if not code.in_result:
                return ""
            if (reason := hidden_field(code)) is not None:
                return reason
        return "struck" if format_.struck and not revisions.shows_deleted() else None

    def _shown(self, text: str, format_: RunFormat) -> None:
        self._text(text, format_)

    def _blank(self, node: Xml, format_: RunFormat) -> None:
        name = str(node.tag).removeprefix(W)
        self._text(" " if node.get(f"{W}type") in {"page", "column"} else _BLANKS[name], format_)

    def _hyphen(self, node: Xml, format_: RunFormat) -> None:
        self._text(_HYPHENS[str(node.tag).removeprefix(W)], format_)

    def _symbol(self, node: Xml, format_: RunFormat) -> None:
        try:
            char = chr(int(node.get(f"{W}char") or "", 16))
        except (ValueError, OverflowError):
            return
        self._text(from_symbol_font(char, (node.get(f"{W}font") or "").lower()), format_)

    def _field_char(self, node: Xml, format_: RunFormat) -> None:
        fields, kind = self.story.fields, node.get(f"{W}fldCharType")
        if kind == "begin":
            fields.append(FieldCode(form=first(node, "ffData")))
        elif kind == "separate" and fields:
            fields[-1].in_result = True
            self._result_begins(fields[-1])
        elif kind == "end" and fields:
            self._ended(fields.pop(), format_)

    def _result_begins(self, code: FieldCode) -> None:
        if code.name == "SEQ" and len(code.words) > 1:
            self.line.captions.add(code.words[1])
        if (target := link_of(code)) and not self.reasons:
            self.line.open_link(target)

    def _ended(self, code: FieldCode, format_: RunFormat) -> None:
        if link_of(code):
            self.line.close_link()
        if not code.result and (text := form_value(code) or shown_code(code)):
            self._text(text, format_)

    def _instruction(self, node: Xml, format_: RunFormat) -> None:
        if self.story.fields and not self.story.fields[-1].in_result:
            self.story.fields[-1].instruction.append(node.text or "")

    def _simple_field(self, node: Xml) -> None:
        code = FieldCode([node.get(f"{W}instr") or ""], in_result=True, form=first(node, "fldData"))
        self.story.fields.append(code)
        self._result_begins(code)
        self.children(node)
        if code in self.story.fields:
            self.story.fields.remove(code)
        self._ended(code, RunFormat())

    def _hyperlink(self, node: Xml) -> None:
        relation = self.story.word.package.relations(self.story.part).get(node.get(f"{R}id") or "")
        target = shown_target(relation.target) if relation is not None and relation.outside else None
        if target is None or self.reasons:
            self.children(node)
            return
        self.line.open_link(target)
        self.children(node)
        self.line.close_link()

    def _deleted(self, node: Xml) -> None:
        if not revisions.shows_deleted():
            self._without(node, "deleted")
        else:
            self._marked(node, "struck")

    def _inserted(self, node: Xml) -> None:
        if not revisions.shows_inserted():
            self._without(node, "inserted")
        else:
            self._marked(node, "inserted")

    def _without(self, node: Xml, reason: str) -> None:
        self.reasons.append(reason)
        self.children(node)
        self.reasons.pop()

    def _marked(self, node: Xml, kind: str) -> None:
        start = self.line.place if revisions.marks() else 0
        self.children(node)
        if revisions.marks():
            self.line.mark("struck" if kind == "struck" else "inserted", start)

    def _control(self, node: Xml) -> None:
        """Read a content control; the prompt of an empty one is a placeholder."""
        properties, content = first(node, "sdtPr"), first(node, "sdtContent")
        if content is None:
            return
        if placeholder(properties):
            self._without(content, "placeholder")
        else:
            self.children(content)

    def _alternative(self, node: Xml, format_: RunFormat | None = None) -> None:
        if (chosen := alternative(node)) is not None:
            self._in_run(chosen, format_)

    def _in_run(self, node: Xml, format_: RunFormat | None) -> None:
        """Read what an alternative holds: what runs hold, or runs."""
        for child in node:
            if isinstance(child.tag, str) and (reader := _IN_RUNS.get(child.tag)) is not None:
                reader(self, child, format_ or RunFormat())
            elif (other := _READERS.get(child.tag)) is not None:
                other(self, child)

    def _drawing(self, node: Xml, format_: RunFormat) -> None:
        if not self.reasons and all(code.in_result and hidden_field(code) is None for code in self.story.fields):
            self.line.after.extend(drawn(node, self.story))

    def _formula(self, node: Xml) -> None:
        self._text(linear(node), RunFormat())

    def _formulas(self, node: Xml) -> None:
        for formula in node.iterchildren(f"{M}oMath"):
            self._text(" ", RunFormat())
            self._text(linear(formula), RunFormat())
        self._text(" ", RunFormat())

    def _ruby(self, node: Xml, format_: RunFormat) -> None:
        base, reading = first(node, "rubyBase"), first(node, "rt")
        if base is not None:
            self.children(base)
        if reading is not None:
            self._text("(", format_)
            self.children(reading)
            self._text(")", format_)

    def _note(self, node: Xml, format_: RunFormat) -> None:
        """Append a note's number, and its text behind the paragraph."""
        notes = self.story.word.notes.get(str(node.tag))
        content = notes.contents.get(node.get(f"{W}id") or "") if notes is not None else None
        if notes is None or content is None or self._left_out(format_) is not None:
            return
        if node.get(f"{W}customMarkFollows") in {"1", "true", "on"}:
            mark = "".join(text.text or "" for text in node.itersiblings(f"{W}t")).strip()
            self._noted(content, notes.part, mark or None)
            return
        number = numeral(notes.next, notes.form)
        notes.next += 1
        self.line.note(number)
        self._noted(content, notes.part, number)

    def _noted(self, content: Xml, part: str, number: str | None) -> None:
        story = Story(self.story.word, part, self.story.depth + 1)
        nodes = [
            piece.node or Node("paragraph", piece.text, inlines=piece.inlines) for piece in _pieces(content, story)
        ]
        if not nodes:
            return
        first = nodes[0] if nodes[0].kind == "paragraph" else Node("paragraph")
        rest = nodes[1:] if nodes[0].kind == "paragraph" else nodes
        note = Node("footnote", first.text, list(rest), number=number, inlines=first.inlines)
        self.line.after.append(Piece("node", node=note, follows=True))


def _pieces(content: Xml, story: Story) -> list[Piece]:
    return [piece for piece in story.word.pieces(content, story) if not piece.is_empty]


def placeholder(properties: Xml | None) -> bool:
    """Return whether a content control shows only its prompt."""
    return bool(flag(properties, "showingPlcHdr"))


def is_contents(properties: Xml | None) -> bool:
    """Return whether a content control is a table of contents."""
    part = first(properties, "docPartObj")
    return value(part, "docPartGallery") in {"Table of Contents", "Table of Figures"}


def alternative(node: Xml) -> Xml | None:
    """Return the one alternative that is read: the first choice with content, else the fallback."""
    choices = [child for child in node.iterchildren(f"{MC}Choice") if len(child)]
    return next(iter(choices), node.find(f"{MC}Fallback"))


_READERS: dict[object, Callable[[Inline, Xml], None]] = {
    f"{W}r": Inline._run,
    f"{W}hyperlink": Inline._hyperlink,
    f"{W}fldSimple": Inline._simple_field,
    f"{W}del": Inline._deleted,
    f"{W}moveFrom": Inline._deleted,
    f"{W}ins": Inline._inserted,
    f"{W}moveTo": Inline._inserted,
    f"{W}sdt": Inline._control,
    f"{M}oMath": Inline._formula,
    f"{M}oMathPara": Inline._formulas,
    f"{MC}AlternateContent": Inline._alternative,
}
_IN_RUNS: dict[str, Callable[[Inline, Xml, RunFormat], None]] = {
    **{f"{W}{name}": Inline._blank for name in _BLANKS},
    **{f"{W}{name}": Inline._hyphen for name in _HYPHENS},
    f"{W}sym": Inline._symbol,
    f"{W}fldChar": Inline._field_char,
    f"{W}instrText": Inline._instruction,
    f"{W}delInstrText": Inline._instruction,
    f"{W}footnoteReference": Inline._note,
    f"{W}endnoteReference": Inline._note,
    f"{W}drawing": Inline._drawing,
    f"{W}pict": Inline._drawing,
    f"{W}object": Inline._drawing,
    f"{W}ruby": Inline._ruby,
    f"{MC}AlternateContent": Inline._alternative,
}
