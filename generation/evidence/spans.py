"""A passage's text cut into what can be quoted: sentences, list items, table rows, lines of code, with exact offsets.

Knows layout and punctuation, no grammar and no model, so that it takes a millisecond in the API process. Which spans
answer a question is decided by a reader (`generation.evidence.reading`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SpanKind = Literal["sentence", "item", "row", "code"]

BULLET = re.compile(r"(?:[-*+•·▪‣–—○●■□➢✓]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])\s+\S")
FENCE = re.compile(r"\s*(```|~~~)")
# the end of a sentence: its mark, closing quotes or brackets, then a gap (none after a full-width mark)
END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”）]*")
ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'])(?:e\.g|i\.e|etc|vs|cf|approx|ca|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Fig|Figs|Tab|Sec|Ch|pp?|Vol|Ed|Inc|Ltd|Co|"
    r"Corp|Jr|Sr|Art|Nr|z\.B|d\.h|bzw|[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z])\.$"
)
LONG = 320
"""Characters from which a sentence is cut into several spans."""
WRAPPED = 48
"""Characters of a line from which its end may be a hard wrap; a shorter line may be a small heading."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` can be quoted; `lead` is the part of the text that introduces it: a header row or a line."""

    start: int
    end: int
    kind: SpanKind
    lead: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    kind: SpanKind


def split(text: str, *, code: bool = False) -> list[Span]:
    """Return the spans in order. They never overlap and never begin or end with white space.

    With `code` the whole text is code: every line is a span.
    """
    spans: list[Span] = []
    lead: tuple[int, int] | None = None
    previous: SpanKind | None = None
    for line in _blocks(text, code):
        bare = lead is not None and previous != "row" and _is_bare(text[line.start : line.end])
        if line.kind == "row" and previous != "row":
            lead = (line.start, line.end)
        elif line.kind == "sentence" and not bare:
            lead = None
        kind: SpanKind = "item" if line.kind == "sentence" and bare else line.kind
        opening = lead or _label(text, spans)
        for start, end in _sentences(text, line) if kind in ("sentence", "item") else [(line.start, line.end)]:
            spans.append(Span(start, end, kind, opening if opening != (start, end) else None))
            opening = lead
        if line.kind == "sentence" and text[: line.end].endswith((":", "：")):
            lead = (spans[-1].start, spans[-1].end)
        previous = line.kind
    return spans


def _label(text: str, before: list[Span]) -> tuple[int, int] | None:
    """Return the short line before, which may be a small heading: "Weight" above "3.5 kg"."""
    last = before[-1] if before else None
    if last is None or last.kind != "sentence" or last.end - last.start > WRAPPED:
        return None
    return (last.start, last.end) if _is_bare(text[last.start : last.end]) else None


def _is_bare(line: str) -> bool:
    """Return whether a line may be an item of a list that lost its bullets: it is short and no sentence."""
    return len(line) <= WRAPPED * 2 and line[-1] not in ".!?:。！？："


def _blocks(text: str, code: bool) -> Iterator[_Line]:
    """Yield the lines with their kind; the lines of a wrapped paragraph are joined."""
    pending: _Line | None = None
    for line, blank_before in _lines(text, code):
        if pending and not blank_before and _continues(text, pending, line):
            pending = _Line(pending.start, line.end, pending.kind)
            continue
        if pending:
            yield pending
        pending = line
    if pending:
        yield pending


def _lines(text: str, code: bool) -> Iterator[tuple[_Line, bool]]:
    """Yield each line that is not blank, trimmed, and whether the line before it is blank."""
    offset, fenced, blank = 0, False, False
    for raw in text.splitlines(keepends=True):
        body = raw.strip()
        start = offset + len(raw) - len(raw.lstrip())
        offset += len(raw)
        if FENCE.match(raw):
            fenced, blank = not fenced, True
        elif body:
            yield _Line(start, start + len(body), "code" if code or fenced else _kind(body)), blank
            blank = False
        else:
            blank = True


def _kind(line: str) -> SpanKind:
    if " | " in line or (line.startswith("|") and line.endswith("|")):
        return "row"
    return "item" if BULLET.match(line) else "sentence"


def _continues(text: str, before: _Line, line: _Line) -> bool:
    """Return whether a line continues the paragraph or item before it, after a hard wrap."""
    if line.kind != "sentence" or before.kind not in ("sentence", "item"):
        return False
    head, tail = text[before.start : before.end], text[line.start : line.end]
    if head.endswith((":", "：")):
        return False
    if tail[0].islower() or head.endswith((",", "-", "–")):
        return True
    last_line = head.rsplit("\n", 1)[-1]
    return len(last_line) >= WRAPPED


def _sentences(text: str, line: _Line) -> Iterator[tuple[int, int]]:
    start = line.start
    for match in END.finditer(text, line.start, line.end):
        if match.end() < line.end and _ends(text, start, match, line.end):
            yield from _cut(text, start, match.end())
            start = _skip_space(text, match.end(), line.end)
    if start < line.end:
        yield from _cut(text, start, line.end)


def _ends(text: str, start: int, match: re.Match[str], limit: int) -> bool:
    """Return whether the mark ends a sentence: not after an abbreviation or list number, not before a small letter."""
    following = text[_skip_space(text, match.end(), limit)]
    if following.islower():
        return False
    before = text[start : match.end()]
    return not (ABBREVIATION.search(before[-12:]) or re.fullmatch(r"\s*\(?\d{1,3}[.)]", before))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence; one that is too long for a quote is cut at a semicolon, a comma or a space."""
    while end - start > LONG:
        window = (start + LONG // 4, start + LONG)
        places = [text.rfind(mark, *window) for mark in ("; ", ", ", " ")]
        place = next((place for place in places if place >= 0), -1)
        if place < 0:
            break
        yield start, start + len(text[start : place + 1].rstrip())
        start = _skip_space(text, place + 1, end)
    if start < end:
        yield start, end


def _skip_space(text: str, place: int, limit: int) -> int:
    while place < limit and text[place].isspace():
        place += 1
    return place
