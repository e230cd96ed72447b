"""Reads Rich Text Format: paragraphs, headings, lists with their numbers, tables, footnotes, links.

Left out with a reason: hidden and struck text, recorded deletions, comments, running heads. Pictures and objects are
not read. Where LibreOffice is installed, `ingest.readers.libreoffice` takes its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from core.errors import DocumentRejected
from ingest.account import left_out
from ingest.blocks.inline import superscript
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.readers.rtf import words
from ingest.readers.rtf.layout import CellEdge, Layout
from ingest.readers.rtf.tokens import Token, tokens

MAX_DEPTH = 1000
_SMALL = 4
"""Half points: text of two points or less is not seen."""
_HEADING = re.compile(r"^\s*heading (\d)", re.IGNORECASE)
_LINK = re.compile(r'HYPERLINK\s+"((?:https?|mailto|tel):[^"\s]+)"', re.IGNORECASE)
_TRUNCATED = "The file ends early: what comes after its last word is missing."


@dataclass(slots=True)
class _State:
    """What a group may change for itself; a group inside begins with a copy."""

    into: str = "body"
    """Where text goes: "body", "skip", "fonts", "styles", "style", or a value of `words.GATHERED`."""
    gathered: list[str] = field(default_factory=list)
    """The text of a part that is not the body; a group inside adds to the same list."""
    font: int | None = None
    encoding: str = "cp1252"
    skip_after_unicode: int = 1
    hidden: bool = False
    struck: bool = False
    deleted: bool = False
    size: int = 24
    raised: bool = False
    style: int | None = None
    level: int | None = None
    list_level: int = 0
    in_table: bool = False
    stops: int = 0
    """Tab stops that the paragraph sets."""


@dataclass(slots=True)
class _Field:
    """A field that is open: where its shown text begins, and the target if it is a link."""

    depth: int
    start: int
    layout: Layout
    target: str | None = None


@dataclass(slots=True)
class _Aside:
    """A footnote or text box that is open, and the text in which it is."""

    depth: int
    name: str
    outer: Layout


@dataclass(slots=True)
class _Reader:
    state: _State = field(default_factory=_State)
    stack: list[_State] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)
    asides: list[_Aside] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)
    encodings: dict[int, str] = field(default_factory=dict)
    default_encoding: str = "cp1252"
    levels: dict[int, int] = field(default_factory=dict)
    """Heading levels by style."""
    title: str | None = None
    raw: bytearray = field(default_factory=bytearray)
    """Bytes that are decoded together: a character may have several."""
    to_skip: int = 0
    high: int | None = None
    star: bool = False
    opened: bool = False
    footnotes: int = 0
    marked: bool = False
    edges: list[CellEdge] = field(default_factory=list)
    edge: CellEdge = field(default_factory=lambda: CellEdge(0))
    header_row: bool = False

    def read(self, data: bytes) -> Reading:
        for token in tokens(data):
            self._take(token)
            self.opened = token.kind == "{" or (self.opened and token.kind == "symbol" and token.name == "*")
        self._flush()
        truncated = bool(self.stack)
        while self.stack:
            self._close()
        return Reading(self.layout.end(), title=self.title, warnings=(_TRUNCATED,) if truncated else ())

    def _take(self, token: Token) -> None:
        if token.kind in ("text", "byte"):
            skipped = min(self.to_skip, len(token.data))
            self.to_skip -= skipped
            if self.state.into != "skip":
                self.raw += token.data[skipped:]
            return
        self._flush()
        self.to_skip = 0
        if token.kind == "{":
            if len(self.stack) >= MAX_DEPTH:
                raise DocumentRejected("The file is nested too deeply.", hint="Save it as docx or PDF.")
            self.stack.append(self.state)
            self.state = replace(self.state)
            self.star = False
        elif token.kind == "}":
            if self.stack:
                self._close()
        elif token.kind == "symbol":
            self._symbol(token.name)
        else:
            self._word(token.name, token.value)

    def _symbol(self, name: str) -> None:
        if name == "*" and self.opened:
            self.star = True
        elif name in "\r\n":
            self._word("par", None)
        else:
            self._text(words.SYMBOLS.get(name, ""))

    def _word(self, name: str, value: int | None) -> None:
        first, self.opened = self.opened, False
        starred, self.star = self.star, False
        if self.state.into == "skip" or (first and self._begin(name, starred)):
            return
        if name in words.TEXTS:
            self._text(words.TEXTS[name])
        elif name == "u":
            self._unicode(value or 0)
        elif self.state.into == "fonts":
            self._font_table(name, value)
        elif not self._change_state(name, value) and self.state.into == "body":
            self._lay_out(name, value)

    def _begin(self, name: str, starred: bool) -> bool:
        """Begin the kind of group that its first word names; return whether it names one."""
        state = self.state
        if name in words.SKIPPED or (starred and name not in words.READ_AFTER_STAR):
            state.into = "skip"
        elif name in ("fonttbl", "stylesheet"):
            state.into = "fonts" if name == "fonttbl" else "styles"
        elif name in words.GATHERED:
            state.into, state.gathered = words.GATHERED[name], []
        elif name == "field":
            self.fields.append(_Field(len(self.stack), self.layout.text.length, self.layout))
        elif name in words.ASIDES and state.into == "body":
            self.asides.append(_Aside(len(self.stack), name, self.layout))
            self.layout = Layout()
            state.in_table = False
        else:
            if state.into == "styles":
                self.state = replace(state, into="style", style=None, level=None, gathered=[])
            return False
        return True

    def _close(self) -> None:
        depth, ended, outer = len(self.stack), self.state, self.stack.pop()
        if ended.into != outer.into:
            self._end_gathering(ended)
        if self.fields and self.fields[-1].depth == depth:
            self._end_field(self.fields.pop())
        if self.asides and self.asides[-1].depth == depth:
            self._end_aside(self.asides.pop())
        self.state = outer

    def _end_gathering(self, ended: _State) -> None:
        text = "".join(ended.gathered)
        if ended.into == "title":
            self.title = one_line(text) or None
        elif ended.into == "marker":
            self.layout.marker = text.strip()
        elif ended.into == "instruction":
            found = _LINK.search(text)
            if self.fields and found is not None:
                self.fields[-1].target = found.group(1)
        elif ended.into in ("comment", "running_head"):
            left_out(ended.into, text)
        elif ended.into == "style" and ended.style is not None:
            named = _HEADING.match(text)
            level = int(named.group(1)) if named else 1 if text.strip(" ;").lower() == "title" else ended.level
            if level is not None:
                self.levels[ended.style] = level

    def _end_field(self, ended: _Field) -> None:
        text = self.layout.text
        if ended.target is None or ended.layout is not self.layout or text.length <= ended.start:
            return
        shown = "".join(text.parts)[ended.start :].strip()
        if shown and shown != ended.target.removeprefix("mailto:").removeprefix("tel:"):
            text.add(f" ({ended.target})")
        text.mark("link", ended.start, ended.target)

    def _end_aside(self, ended: _Aside) -> None:
        nodes, self.layout = self.layout.end(), ended.outer
        if ended.name != "footnote":
            for node in nodes:
                self.layout.add_aside(node)
        elif nodes:
            text = one_line(" ".join(node.text for node in nodes if node.text))
            self.layout.add_aside(Node("footnote", text, number=str(self.footnotes) if self.marked else None))
            self.marked = False

    def _flush(self) -> None:
        if not self.raw:
            return
        data, self.raw = bytes(self.raw), bytearray()
        if self.state.into != "skip":
            try:
                self._text(data.decode(self.state.encoding, "replace"))
            except LookupError:
                self._text(data.decode("cp1252", "replace"))

    def _text(self, text: str) -> None:
        state = self.state
        if not text or state.into in ("skip", "fonts"):
            return
        if state.into != "body":
            state.gathered.append(text)
        elif state.hidden or state.size <= _SMALL:
            self.layout.leave_out("hidden" if state.hidden else "no_size", text)
        elif state.deleted or state.struck:
            self.layout.leave_out("deleted" if state.deleted else "struck", text)
        else:
            before = self.layout.text.parts[-1] if self.layout.text.parts else ""
            self.layout.text.add(superscript(text, before) if state.raised else text)

    def _unicode(self, value: int) -> None:
        code, high, self.high = value % 0x10000, self.high, None
        if 0xD800 <= code < 0xDC00:
            self.high = code
        elif 0xDC00 <= code < 0xE000:
            self._text(chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00) if high is not None else "\ufffd")
        else:
            self._text(chr(code))
        self.to_skip = self.state.skip_after_unicode

    def _font_table(self, name: str, value: int | None) -> None:
        if name == "f":
            self.state.font = value
        elif name == "fcharset" and self.state.font is not None and value in words.CODE_PAGES:
            self.encodings[self.state.font] = words.CODE_PAGES[value]

    def _change_state(self, name: str, value: int | None) -> bool:
        """Change the state; return whether the word does so. A switch is on unless its number is 0."""
        state, on = self.state, value != 0
        match name:
            case "plain":
                state.hidden = state.struck = state.deleted = state.raised = False
                state.size = 24
            case "pard":
                state.style = state.level = None
                state.list_level, state.in_table, state.stops = 0, False, 0
            case "f":
                state.font = value
                state.encoding = self.encodings.get(value or 0, self.default_encoding)
            case "ansicpg":
                self.default_encoding = state.encoding = words.code_page(value)
            case "mac" | "pc" | "pca":
                self.default_encoding = state.encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[name]
            case "uc":
                state.skip_after_unicode = min(max(value or 0, 0), 10)
            case "v":
                state.hidden = on
            case "strike" | "striked":
                state.struck = on
            case "deleted":
                state.deleted = on
            case "fs":
                state.size = value if value is not None else 24
            case "super" | "nosupersub" | "sub":
                state.raised = name == "super" and on
            case "s":
                state.style = value
            case "outlinelevel":
                state.level = (value or 0) + 1 if (value or 0) < 9 else None
            case "ilvl":
                state.list_level = value or 0
            case "intbl":
                state.in_table = True
            case "tx":
                state.stops += 1
            case _:
                return False
        return True

    def _lay_out(self, name: str, value: int | None) -> None:
        state = self.state
        match name:
            case "par" | "sect" | "page" | "column":
                level = state.level if state.level is not None else self.levels.get(state.style or 0)
                self.layout.end_paragraph(
                    level=level, list_level=state.list_level, in_table=state.in_table, stops=state.stops
                )
            case "cell":
                self.layout.end_cell()
            case "row":
                self.layout.end_row(self.edges, header=self.header_row)
            case "nestcell" | "nestrow":
                self.layout.end_nested(row=name == "nestrow")
            case "trowd":
                self.edges, self.edge, self.header_row = [], CellEdge(0), False
            case "trhdr":
                self.header_row = True
            case "clvmrg":
                self.edge = replace(self.edge, continues_above=True)
            case "clmrg":
                self.edge = replace(self.edge, continues_before=True)
            case "cellx":
                self.edges.append(replace(self.edge, right=value or 0))
                self.edge = CellEdge(0)
            case "chftn" if not self.asides:
                self.footnotes, self.marked = self.footnotes + 1, True
                self.layout.text.add(superscript(str(self.footnotes)))


def read_rtf(data: bytes) -> Reading:
    """Return the tree of an RTF document; what is damaged is left out. Raises DocumentRejected: nested too deeply."""
    return _Reader().read(data)
