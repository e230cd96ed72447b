"""Reads Org files: headings with stars, `#+BEGIN_` blocks (code, quotations, notes), tables, links and footnotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest import revisions
from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading, heading, paragraph
from ingest.cleaning import clean, one_line, visible
from ingest.readers.text.blocks import Found, Parser, next_filled
from ingest.readers.text.plain import lines_of

_STAR = re.compile(r"(\*+)\s+(?=\S)")
_TAGS = re.compile(r"\s+:[\w@#%:]+:\s*$")
_META = re.compile(r"\s*#\+(\w+):?\s*(.*)$")
_BEGIN = re.compile(r"\s*#\+begin_(\w+)\s*(.*)$", re.IGNORECASE)
_DRAWER = re.compile(r"\s*:([A-Z][\w-]*):\s*$")
_FOOTNOTE = re.compile(r"\[fn:([\w-]+)\]\s+(.*)$")
_PLANNING = re.compile(r"\s*(?:SCHEDULED|DEADLINE|CLOSED):\s*[<\[]")
_LINK = re.compile(r"\[\[([^\]]+)\](?:\[([^\]]+)\])?\]")
_NOTE_MARK = re.compile(r"\[fn:([\w-]+)\]")
_STRUCK = re.compile(r"(?<![\w+])\+(?=[^\s+])([^+\n]+?)(?<=[^\s+])\+(?![\w+])")
_EMPHASIS = re.compile(r"(?<![\w*/_=~])([*/_=~])(?=[^\s])(.+?)(?<=[^\s])\1(?![\w*/_=~])")
_CODE = frozenset({"src", "example", "export", "verbatim"})
_NOTES = frozenset({"note", "warning", "caution", "tip", "important", "danger", "hint", "attention"})
_SHOWN = frozenset({"caption", "subtitle", "author", "date", "email"})


def read_org(text: str) -> Reading:
    """Return the blocks of an Org file; `#+TITLE` is the document's title."""
    titles = re.findall(r"^#\+title:\s*(.+)$", text, re.IGNORECASE | re.MULTILINE)
    parser = Parser(special=_special, inline=_prose, has_titles=False)
    return Reading(parser.parse(lines_of(text)), title=one_line(titles[0]) if titles else None)


def _prose(text: str) -> str:
    """Return prose without its marks."""
    if not revisions.shows_deleted():
        for match in _STRUCK.finditer(text):
            left_out("struck", match[1])
        text = _STRUCK.sub("", text)
    text = _LINK.sub(_linked, text)
    text = _NOTE_MARK.sub(r"[\1]", text)
    return clean(_EMPHASIS.sub(lambda match: match[2], text))


def _linked(match: re.Match[str]) -> str:
    target, shown = match[1], match[2]
    if shown is None:
        return target.removeprefix("file:")
    return f"{shown} ({target})" if re.match(r"https?://", target) else shown


def _special(parser: Parser, lines: Sequence[str], at: int, depth: int) -> Found | None:
    line = lines[at]
    if (match := _STAR.match(line)) is not None and not depth:
        text = parser.inline(one_line(_TAGS.sub("", line[match.end() :])))
        left_out("metadata", "".join(_TAGS.findall(line)))
        return [heading(text, len(match.group(1)))] if text else [], at + 1
    if (match := _BEGIN.match(line)) is not None:
        return _block(parser, lines, at, match, depth)
    if (match := _META.match(line)) is not None:
        return _meta(parser, match), at + 1
    if re.match(r"\s*#(?:\s|$)", line):
        left_out("comment", line)
        return [], at + 1
    if _PLANNING.match(line):
        left_out("metadata", line)
        return [], at + 1
    if _DRAWER.match(line):
        return _drawer(lines, at)
    if (match := _FOOTNOTE.match(line)) is not None:
        end = at + 1
        while end < len(lines) and lines[end].strip() and not _FOOTNOTE.match(lines[end]):
            end += 1
        text = parser.inline(one_line(" ".join([match.group(2), *lines[at + 1 : end]])))
        return [Node("footnote", text, number=match.group(1))], end
    return None


def _meta(parser: Parser, match: re.Match[str]) -> list[Node]:
    name, value = match.group(1).lower(), parser.inline(match.group(2))
    if name in _SHOWN and value:
        return [paragraph(value)]
    left_out("metadata", match.group())
    return []


def _block(parser: Parser, lines: Sequence[str], at: int, match: re.Match[str], depth: int) -> Found:
    name = match.group(1).lower()
    closing = re.compile(rf"\s*#\+end_{re.escape(name)}\s*$", re.IGNORECASE)
    end = next((number for number in range(at + 1, len(lines)) if closing.match(lines[number])), len(lines))
    inside = list(lines[at + 1 : end])
    left_out("markup", "\n".join([lines[at], *lines[end : end + 1]]))
    if name == "comment":
        left_out("comment", "\n".join(inside))
        return [], end + 1
    if name in _CODE:
        filled = [len(line) - len(line.lstrip()) for line in inside if line.strip()]
        text = visible("\n".join(line[min(filled, default=0) :].rstrip() for line in inside)).strip("\n")
        language = match.group(2).split()[:1]
        return [Node("code", text, label=language[0] if language else None)] if text.strip() else [], end + 1
    content = parser.parse(inside, depth + 1)
    if name in _NOTES and content:
        return [Node("note", label=name, children=content)], end + 1
    return content, end + 1


def _drawer(lines: Sequence[str], at: int) -> Found | None:
    """Leave out a drawer, such as `:PROPERTIES:` to `:END:`."""
    end = next((number for number in range(at + 1, len(lines)) if lines[number].strip().upper() == ":END:"), None)
    if end is None or next_filled(lines, at + 1) > end:
        return None
    left_out("metadata", "\n".join(lines[at : end + 1]))
    return [], end + 1
