"""Finds blocks in lines of text by the marks that people put there: underlines, bullets, numbers, indents, tables.

A dialect (plain text, reStructuredText, Org) adds its own marks (`special`) and cleans prose (`inline`). Lines that an
editor wrapped are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.blocks.nodes import Node, heading, listing, paragraph
from ingest.cleaning import clean, one_line, visible
from ingest.readers.text.tables import table_at

DEEPEST = 20
UNDERLINE = re.compile(r"^\s?([=\-~^\"'*+#`:._<>])\1{2,}\s*$")
_BULLET = r"[-*+•▪◦‣·–]"
_NUMBER = r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxl]{2,5}|#)[.)]"
MARK = re.compile(rf"(\s*)(?:({_NUMBER})|{_BULLET})\s+(?=\S)")
_NUMBERED_TITLE = re.compile(
    r"^(?:(?:chapter|section|part|appendix|article)\s+)?(\d+(?:\.\d+)*)\.?\s+[A-Z][^.!?;:]*$", re.IGNORECASE
)
_CODE_LINE = re.compile(r"[{};=<>|$\\]|\(\)|^\s*(?:#|//|--|sudo |\w+ -)|^\s*[\w./-]+$")

Found = tuple[list[Node], int]
"""Blocks, and the line behind them."""


@dataclass(slots=True)
class Parser:
    """Reads the lines of one document. `levels` are the styles of underlines in the order in which they came."""

    special: Callable[[Parser, Sequence[str], int, int], Found | None] = lambda parser, lines, at, depth: None
    inline: Callable[[str], str] = clean
    has_titles: bool = True
    double_colon: bool = False
    levels: dict[str, int] = field(default_factory=dict)

    def parse(self, lines: Sequence[str], depth: int = 0) -> list[Node]:
        """Return the blocks of lines. Those of an item have a `depth`: no headings are in them."""
        if depth > DEEPEST:
            text = self.inline(one_line(" ".join(lines)))
            return [paragraph(text)] if text else []
        nodes: list[Node] = []
        at = 0
        while at < len(lines):
            if not lines[at].strip():
                at += 1
                continue
            found, at = self._block(lines, at, depth, nodes)
            nodes += found
        return nodes

    def _block(self, lines: Sequence[str], at: int, depth: int, before: Sequence[Node]) -> Found:
        for find in (self.special, Parser._underlined, Parser._table, Parser._list, Parser._title):
            found = find(self, lines, at, depth)
            if found is not None:
                return found
        return self._paragraphs(lines, at, depth, before)

    def _underlined(self, lines: Sequence[str], at: int, depth: int) -> Found | None:
        """Find a heading with a line under it (and perhaps over it); the first style is the highest level."""
        if depth:
            return None
        over = 1 if UNDERLINE.match(lines[at]) and len(lines) > at + 2 and lines[at + 1].strip() else 0
        title = lines[at + over]
        if len(lines) > at + over + 1 and title.strip() and (over or not MARK.match(title)):
            mark = UNDERLINE.match(lines[at + over + 1])
            long = len(lines[at + over + 1].strip()) >= 0.6 * len(title.strip())
            if mark and long and not UNDERLINE.match(title):
                level = self.levels.setdefault(f"{over}{mark.group(1)}", len(self.levels) + 1)
                text = self.inline(one_line(title))
                return ([heading(text, level)] if text else []), at + over + 2
        return ([], at + 1) if UNDERLINE.match(lines[at]) else None

    def _table(self, lines: Sequence[str], at: int, depth: int) -> Found | None:
        found = table_at(lines, at, lambda text: self.inline(one_line(text)))
        return ([found[0]], found[1]) if found is not None else None

    def _title(self, lines: Sequence[str], at: int, depth: int) -> Found | None:
        """Find a short line of its own that is a heading: numbered like one, or all in capitals."""
        alone = at + 1 >= len(lines) or not lines[at + 1].strip()
        if not self.has_titles or depth or not alone or not _is_title(lines[at]):
            return None
        numbered = _NUMBERED_TITLE.match(lines[at].strip())
        level = numbered.group(1).count(".") + 1 if numbered else 1
        return [heading(self.inline(one_line(lines[at])), level)], at + 1

    def _list(self, lines: Sequence[str], at: int, depth: int) -> Found | None:
        first = MARK.match(lines[at])
        if first is None or not _begins(first):
            return None
        items: list[Node] = []
        start, mark = at, first
        while True:
            content, at = _content(lines, at, mark)
            items.append(self._item(content, mark.group(2), depth))
            following = next_filled(lines, at)
            match = MARK.match(lines[following]) if following < len(lines) else None
            if match is None or not _goes_on(mark, match):
                break
            at, mark = following, match
        alone = len(items) == 1 and at == start + 1 and (at >= len(lines) or not lines[at].strip())
        if alone and self.has_titles and not depth and _is_title(lines[start]):
            return None
        return [listing(items)], at

    def _item(self, content: Sequence[str], number: str | None, depth: int) -> Node:
        inside = self.parse(content, depth + 1)
        text = inside.pop(0).text if inside and inside[0].kind == "paragraph" else ""
        return Node("item", text, inside, number=None if number and "#" in number else number)

    def _paragraphs(self, lines: Sequence[str], at: int, depth: int, before: Sequence[Node]) -> Found:
        end = at + 1
        own = indent(lines[at])
        while end < len(lines) and lines[end].strip() and not self._starts(lines, end, own):
            end += 1
        part = [line for line in lines[at:end] if not UNDERLINE.match(line)]
        if self._is_code(part, lines, at, before):
            return self.code(lines, at)
        literal = self.double_colon and bool(part) and part[-1].rstrip().endswith("::")
        if literal:
            part[-1] = re.sub(r"\s*::\s*$", "" if part[-1].strip() == "::" else ":", part[-1])
        wrapped = depth > 0 or _is_wrapped(part)
        text = self.inline(clean(" ".join(line.strip() for line in part) if wrapped else "\n".join(part)))
        nodes = [paragraph(text)] if text else []
        following = next_filled(lines, end)
        if literal and following < len(lines) and indent(lines[following]) > own:
            code, end = self.code(lines, following)
            nodes += code
        return nodes, end

    def _starts(self, lines: Sequence[str], at: int, own: int) -> bool:
        """Return whether a line inside a paragraph begins something else."""
        match = MARK.match(lines[at])
        if match is not None and (_begins(match) if match.group(2) else True):
            return True
        if lines[at].lstrip().startswith(("+-", "|")) and table_at(lines, at, str) is not None:
            return True
        return at + 1 < len(lines) and UNDERLINE.match(lines[at + 1]) is not None and not UNDERLINE.match(lines[at])

    def _is_code(self, part: Sequence[str], lines: Sequence[str], at: int, before: Sequence[Node]) -> bool:
        """Return whether an indented block after a colon looks like code or commands."""
        if not part or not before or indent(lines[at]) < 2 or not before[-1].text.endswith(":"):
            return False
        inside = min(indent(line) for line in part)
        return inside >= 2 and sum(bool(_CODE_LINE.search(line)) for line in part) >= 0.5 * len(part)

    def code(self, lines: Sequence[str], at: int, language: str | None = None) -> Found:
        """Return the lines that are as indented as the one at `at` as code."""
        inside, end = indented(lines, at, indent(lines[at]))
        return [Node("code", visible("\n".join(inside)), label=language)], end


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def next_filled(lines: Sequence[str], at: int) -> int:
    """Return the number of the first line from `at` on that is not empty."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def indented(lines: Sequence[str], at: int, least: int) -> tuple[list[str], int]:
    """Return the lines from `at` on that are indented by at least so much, without that, and the line behind them."""
    end = at
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) >= least):
        end += 1
    block = list(lines[at:end])
    while block and not block[-1].strip():
        block.pop()
    while block and not block[0].strip():
        block.pop(0)
    depth = min((indent(line) for line in block if line.strip()), default=0)
    return [line[depth:].rstrip() for line in block], end


def _begins(match: re.Match[str]) -> bool:
    """Return whether a mark may begin a list: "A. Smith" does not, "a) First" does."""
    number = (match.group(2) or "1").strip("().")
    return number in {"a", "A", "i", "I", "#"} or not number.isalpha()


def _goes_on(before: re.Match[str], match: re.Match[str]) -> bool:
    """Return whether an item belongs to the list of the item before it."""
    if indent(before.group()) != indent(match.group()):
        return False
    one, other = before.group(2), match.group(2)
    if one is None or other is None:
        return one is other and before.group().strip() == match.group().strip()
    if one.strip("().").isalpha() != other.strip("().").isalpha() or one[-1] != other[-1]:
        return False
    return not one.strip("().").isdigit() or not other.strip("().").isdigit() or _value(other) >= _value(one)


def _value(number: str) -> int:
    return int(number.strip("()."))


def _content(lines: Sequence[str], at: int, mark: re.Match[str]) -> tuple[list[str], int]:
    """Return the lines of an item without its mark and indent, and the line behind it."""
    own, width = len(mark.group(1)), mark.end()
    content = [lines[at][width:]]
    at += 1
    after_blank = False
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            following = next_filled(lines, at)
            if following == len(lines) or indent(lines[following]) <= own:
                break
            content += [""] * (following - at)
            at, after_blank = following, True
            continue
        if indent(line) > own:
            content.append(line[min(indent(line), width) :])
        elif after_blank or MARK.match(line) or UNDERLINE.match(line) or line.lstrip().startswith(("..", "#+", "|")):
            break
        else:
            content.append(line.strip())
        at += 1
    return content, at


def _is_title(line: str) -> bool:
    text = line.strip()
    if len(text) > 80 or len(text.split()) > 12:
        return False
    letters = [c for c in text if c.isalpha()]
    capitals = (
        len(letters) >= 4 and text.isupper() and text[-1] not in ".,;:!?" and not any(c.isdigit() for c in text[-3:])
    )
    return capitals or (
        _NUMBERED_TITLE.match(text) is not None and len(text.split()) >= 2 and "." in text.split()[0] + "."
    )


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Return whether an editor wrapped the lines: they are about equally long, unlike addresses or verse."""
    if len(lines) < 2:
        return True
    longest = max(len(line.rstrip()) for line in lines)
    return longest >= 50 and all(len(line.rstrip()) > 0.6 * longest for line in lines[:-1])
