"""Gathers the text of one paragraph of an office document, run by run, with what is left out of it and why.

Raised text is turned at once, since programs split it into runs; a link to one target is one link, however many parts
it has. Used for Word and OpenDocument; knows neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.types import BlockKind
from ingest.account import left_out
from ingest.blocks.inline import InlineText, superscript
from ingest.blocks.items import BULLET, NUMBER
from ingest.blocks.nodes import Inline
from ingest.blocks.tabbed import TabLine, tab_line
from ingest.cleaning import visible
from ingest.readers.office.flow.pieces import Piece

_TARGET = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://(?:www\.)?|mailto:|tel:|www\.)", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9+\-−–]+")


def shown_target(target: str | None) -> str | None:
    """Return the target of a link if it is an address that people can use; None for places in the file and scripts."""
    target = " ".join((target or "").split())
    return target if _TARGET.match(target) and len(target) <= 2000 else None


def is_own_target(text: str, target: str) -> bool:
    """Return whether a link's text is its target, perhaps without its scheme."""
    bare = _SCHEME.sub("", target.split("?subject", 1)[0]).rstrip("/").casefold()
    shown = _SCHEME.sub("", " ".join(text.split())).rstrip("/").casefold()
    return (
        shown == target.casefold() or bare in shown or (target[:4].lower() == "tel:" and _plain(shown) == _plain(bare))
    )


def _plain(number: str) -> str:
    return re.sub(r"[^\d]", "", number)


@dataclass(slots=True)
class Line:
    """One paragraph while it is read."""

    inline: InlineText = field(default_factory=InlineText)
    after: list[Piece] = field(default_factory=list)
    """Boxes, pictures and notes that are anchored in the paragraph."""
    letters: int = 0
    bold: int = 0
    mono: int = 0
    largest: int = 0
    """The largest font size of its letters, in half points."""
    captions: set[str] = field(default_factory=set)
    """What its counting fields count: "Table", "Figure"."""
    _raised: list[str] = field(default_factory=list)
    _out: dict[str, list[str]] = field(default_factory=dict)
    _last_out: str = ""
    _link: tuple[int, str] | None = None
    _link_open: bool = False

    def text(self, text: str, *, bold: bool = False, mono: bool = False, size: int = 0) -> None:
        """Append text that is shown."""
        if not text:
            return
        self._lower()
        self._settle()
        self._add(text)
        shown = len(text.strip())
        self.letters += shown
        self.bold += shown if bold else 0
        self.mono += shown if mono else 0
        self.largest = max(self.largest, size) if shown else self.largest

    def raise_(self, text: str, *, bold: bool = False, digits_only: bool = False) -> None:
        """Append raised text; with `digits_only` other text than digits is as it is."""
        if digits_only and not _DIGITS.fullmatch(text.strip() or "x"):
            self.text(text, bold=bold)
            return
        self._settle()
        self._raised.append(text)
        shown = len(text.strip())
        self.letters += shown
        self.bold += shown if bold else 0

    def note(self, number: str) -> None:
        """Append the raised number of a note."""
        self._lower()
        self._settle()
        before = self._before()
        self._add((" " if before.isdigit() else "") + (superscript(number, "") or number))

    def out(self, reason: str, text: str) -> None:
        """Leave text out for a reason."""
        if text:
            parts = self._out.setdefault(reason, [])
            if parts and self._last_out != reason:
                parts.append(" ")
            parts.append(text)
            self._last_out = reason

    @property
    def place(self) -> int:
        """Return how much text there is, as a place for `mark`."""
        self._lower()
        return self.inline.length

    def mark(self, kind: BlockKind, start: int) -> None:
        """Mark what was added since a place."""
        self._lower()
        self.inline.mark(kind, start)

    def open_link(self, target: str) -> None:
        """Begin a link, or go on with the one that ended here."""
        self._lower()
        if self._link is not None and self._link[1] == target:
            self._link_open = True
            return
        self._link_open = False
        self._settle()
        self._link, self._link_open = (self.inline.length, target), True

    def close_link(self) -> None:
        self._lower()
        self._link_open = False

    def code(self) -> str:
        """Return the text with its layout, and forget it."""
        self._end()
        raw = "".join(self.inline.parts)
        self.inline = InlineText()
        return "\n".join(line.rstrip() for line in visible(raw).split("\n"))

    def taken(self) -> tuple[str, tuple[Inline, ...]]:
        """Return the text in one line with the marks in it, and forget it."""
        self._end()
        text, marks = self.inline.taken()
        return text, _joined(marks)

    def taken_lines(self, stops: int = 0) -> list[tuple[str, tuple[Inline, ...], TabLine | None]]:
        """Return the text as one part, or as one for each line break if several lines begin as items or have tabs.

        Each part has its marks, and its parts between tabs; `stops` is the number of tab stops that are set for it.
        """
        self._end()
        raw = "".join(self.inline.parts)
        bold = 0 < self.letters == self.bold
        if "\n" not in raw or (sum(begins_as_item(line) for line in raw.split("\n")) < 2 and not _has_columns(raw)):
            text, own = self.taken()
            return [(text, own, tab_line(raw, text, stops=stops, bold=bold, inlines=own))]
        found: list[tuple[str, tuple[Inline, ...], TabLine | None]] = []
        marks, start = self.inline.marks, 0
        for part in _parts(raw):
            end = start + len(part)
            inside = [
                (k, max(a, start) - start, min(b, end) - start, t) for k, a, b, t in marks if a < end and b > start
            ]
            text, own = InlineText([part], inside, len(part)).taken()
            if text:
                own = _joined(own)
                found.append((text, own, tab_line(part, text, stops=stops, bold=bold, inlines=own)))
            start = end
        self.inline = InlineText()
        return found or [("", (), None)]

    def merge_reasons(self, other: Line) -> None:
        """Take over what a paragraph that is joined to this one left out."""
        for reason, parts in other._out.items():
            self._out.setdefault(reason, []).extend(parts)
        other._out = {}

    def _end(self) -> None:
        self._lower()
        self._link_open = False
        self._settle()
        for reason, parts in self._out.items():
            left_out(reason, "".join(parts))
        self._out = {}

    def _add(self, text: str) -> None:
        self._last_out = ""
        self.inline.add(text)

    def _before(self) -> str:
        return self.inline.parts[-1][-1:] if self.inline.parts else ""

    def _lower(self) -> None:
        """Append the raised text that has been gathered."""
        if self._raised:
            text, self._raised = "".join(self._raised), []
            before = self._before()
            head = text[: len(text) - len(text.lstrip())]
            self._add(head + superscript(text.strip(), before) + text[len(text.rstrip()) :])

    def _settle(self) -> None:
        """Finish a link that has ended: mark it, and append its target unless its text is that."""
        if self._link is None or self._link_open:
            return
        (start, target), self._link = self._link, None
        text = "".join(self.inline.parts)[start:]
        if not text.strip():
            return
        self.inline.mark("link", start, target)
        if not is_own_target(text, target):
            self._add(f"({target}) " if text[-1:].isspace() else f" ({target})")


def begins_as_item(line: str) -> bool:
    """Return whether a line begins with a typed number or bullet."""
    return bool(NUMBER.match(line) or BULLET.match(line))


def _has_columns(raw: str) -> bool:
    """Return whether all lines have tabs, so that they are rows."""
    lines = [line for line in raw.split("\n") if line.strip()]
    return len(lines) > 1 and all("\t" in line.strip() for line in lines)


def _parts(raw: str) -> list[str]:
    """Return lines with their ends; a line that does not begin as an item goes on with the item above it."""
    parts: list[str] = []
    for line in raw.splitlines(keepends=True):
        if parts and begins_as_item(parts[-1]) and not begins_as_item(line):
            parts[-1] += line
        else:
            parts.append(line)
    return parts


def _joined(marks: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return marks with those joined that follow one another and are alike: programs split runs."""
    found: list[Inline] = []
    for mark in marks:
        last = found[-1] if found else None
        alike = last is not None and (last.kind, last.label) == (mark.kind, mark.label) and mark.kind != "link"
        if last is not None and alike and mark.start - last.end <= 1:
            found[-1] = Inline(mark.kind, last.start, max(mark.end, last.end), mark.label)
        else:
            found.append(mark)
    return tuple(found)
