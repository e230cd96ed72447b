"""Reads a plain body: lines with quote marks become quoted mails in quoted mails, the marks go.

`ingest.readers.text` reads the text between them. Lines of `format=flowed` (RFC 3676) are joined first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.blocks.nodes import Node, paragraph
from ingest.cleaning import one_line, visible
from ingest.readers.mail.order import MAX_QUOTES, Quote, composed, key_values
from ingest.readers.mail.words import field_of, header_fields, introduction_lines, rule, rule_before_header
from ingest.readers.text import read_text

_MARKS = re.compile(r"(?: {0,3}>)+")
_COMPARED = re.compile(r">\s?=?\s?\d")
_HEADER_LINES = 40
"""Lines that the header of a quoted mail may have, long lists of recipients included."""
_Line = tuple[int, str]
"""How deep a line is quoted, and its text without the marks."""


def read_plain(text: str, *, flowed: bool = False, delete_space: bool = False) -> list[Node]:
    """Return the nodes of a plain body: its own text, then the mails that it quotes."""
    lines = list(_lines(visible(text).split("\n")))
    if flowed:
        lines = list(_unflowed(lines, delete_space))
    return composed(_parts(lines, 0))


def _lines(raw: Sequence[str]) -> Iterator[_Line]:
    for at, line in enumerate(raw):
        match = _MARKS.match(line)
        if match is None:
            yield 0, line
            continue
        alone = not any(_MARKS.match(raw[near]) for near in (at - 1, at + 1) if 0 <= near < len(raw))
        if alone and line.startswith(">From "):  # how a mailbox file keeps a line that begins with "From "
            yield 0, line[1:]
        elif alone and _COMPARED.match(line):
            yield 0, line
        else:
            yield min(match.group().count(">"), MAX_QUOTES), line[match.end() :].removeprefix(" ")


def _unflowed(lines: Sequence[_Line], delete_space: bool) -> Iterator[_Line]:
    """Join lines that end in a blank with the next line of the same depth."""
    depth = 0
    parts: list[str] = []
    for own_depth, line in lines:
        text = line.removeprefix(" ") if not own_depth else line
        if parts and (own_depth != depth or text == "-- "):
            yield depth, "".join(parts)
            parts = []
        depth = own_depth
        if text.endswith(" ") and text != "-- ":
            parts.append(text[:-1] if delete_space else text)
        else:
            yield depth, "".join([*parts, text])
            parts = []
    if parts:
        yield depth, "".join(parts)


def _parts(lines: Sequence[_Line], nested: int) -> list[Node | Quote]:
    """Return a mail's own text and its quotations in the order of the source."""
    if nested > MAX_QUOTES:
        return [*_own([text for _, text in lines])]
    level = min((depth for depth, text in lines if text.strip()), default=0)
    parts: list[Node | Quote] = []
    head: list[Node] = []
    for start, end, quoted in _runs(lines, level):
        run = lines[start:end]
        if quoted:
            parts.append(Quote(_parts(run, nested + 1), head))
            head = []
            continue
        own = [text for _, text in run]
        if (header := _header(own)) is not None:
            above, head, behind = header
            inside = _parts([*run[behind:], *lines[end:]], nested + 1)
            return [*parts, *_own(own[:above]), Quote(inside, head)]
        above = len(own)
        if end < len(lines):
            above, head = _introduction(own)
        parts += _own(own[:above])
    return parts


def _runs(lines: Sequence[_Line], level: int) -> Iterator[tuple[int, int, bool]]:
    """Yield from where to where lines are quoted deeper than `level`, or are not; blank lines between go with them."""
    start, quoted = 0, False
    for at, (depth, text) in enumerate(lines):
        if not text.strip() or (depth > level) == quoted:
            continue
        if at > start:
            yield start, at, quoted
        start, quoted = at, depth > level
    if start < len(lines):
        yield start, len(lines), quoted


def _header(own: Sequence[str]) -> tuple[int, list[Node], int] | None:
    """Return the line at which a mail's header begins, its nodes, and the line behind it; None if there is none."""
    for at, line in enumerate(own):
        if not line.strip():
            continue
        words = rule_before_header(line)
        if at and words is None and field_of(own[at - 1]) is not None:  # of a block that was looked at
            continue
        start = at if words is None else _text_from(own, at + 1)
        most = min(start + _HEADER_LINES, len(own))
        end = next((n for n in range(start, most) if not own[n].strip()), most)
        if fields := header_fields(own[start:end]):
            nodes = [paragraph(words)] if words else []
            return at, [*nodes, key_values([(one_line(name), one_line(value)) for name, value in fields])], end
        if (known := rule(line)) and any(text.strip() for text in own[at + 1 :]):
            return at, [paragraph(known)], at + 1
    return None


def _text_from(own: Sequence[str], at: int) -> int:
    return next((n for n in range(at, min(at + 4, len(own))) if own[n].strip()), at)


def _introduction(own: Sequence[str]) -> tuple[int, list[Node]]:
    """Return where the lines that introduce the quotation below begin, and their paragraph."""
    end = len(own)
    while end and not own[end - 1].strip():
        end -= 1
    count = introduction_lines(own[:end])
    said = [paragraph(one_line(" ".join(own[end - count : end])))] if count else []
    return end - count, said


def _own(lines: Sequence[str]) -> list[Node]:
    """Return the nodes of text without quotations; the line "--" above a signature ends a paragraph."""
    text = "\n".join("" if line.rstrip() == "--" else line for line in lines)
    return list(read_text(text).nodes)
