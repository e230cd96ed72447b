"""Writes a text with its blocks as Markdown: CommonMark with pipe tables, alerts and struck text, as GitHub reads it.

Everything of the text is escaped, so that it reads as it is. What Markdown cannot say is said in its words: a number
that is no "1." or "1)" begins the item's text, a merged cell is in each of its places, a second header row is a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from core.types import Block
from service.content.parts import (
    Piece,
    Run,
    cells_of,
    code_lines,
    head_rows,
    inside,
    own_and_rest,
    pieces,
    rows_of,
    shown_target,
    target,
    term_and_more,
    top,
    words,
)  # fmt: skip

SEPARATOR = "<!-- -->"
"""Stands between two lists that would be read as one."""
_NUMBER = re.compile(r"(\d{1,9})([.)])")
_SPECIAL = re.compile(r"[\\`*\[\]<|~^]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_START = re.compile(
    r"(?P<mark>#{1,6}(?=\s|$)|>|[+-](?=\s|$)|-[ -]*$|=+\s*$|:(?=[\s-]|$)|:::|!!!|\?\?\?)"
    r"|(?P<digits>\d{1,9})(?P<end>[.)])(?=\s|$)"
)
_LAST_HASHES = re.compile(r"(?<=\s)#+$")
_LANGUAGE = re.compile(r"[\s`]+")
_PLAIN_TITLE = re.compile(r"\w[\w .,()/+-]*")


def as_markdown(title: str, text: str, blocks: Sequence[Block]) -> str:
    """Return the document as Markdown. The title is front matter, unless the text begins with it as a heading."""
    begins = bool(blocks) and blocks[0].kind == "heading" and words(text, blocks[0]) == title
    shown = title if _PLAIN_TITLE.fullmatch(title) else json.dumps(title, ensure_ascii=False)
    front = "" if begins else f"---\ntitle: {shown}\n---\n\n"
    return front + "\n\n".join(_Writer(text).flow(top(text, blocks))) + "\n"


class _Writer:
    """Writes blocks of one text; each block is one string of lines, which its parent indents."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def flow(self, found: Iterable[Run | Block]) -> Iterator[str]:
        before: Run | Block | None = None
        for part in found:
            if isinstance(part, Block) and isinstance(before, Block) and part.kind == before.kind == "list":
                yield SEPARATOR
            if shown := self.one(part):
                yield shown
                before = part

    def one(self, part: Run | Block) -> str:
        if isinstance(part, Run):
            return self.paragraph(part)
        if part.kind == "heading":
            shown = self.line(part)
            return f"{'#' * min(max(part.level or 2, 1), 6)} {_LAST_HASHES.sub(_escaped_match, shown)}"
        if part.kind == "list":
            return self.items(part.children)
        if part.kind == "item":
            return self.items([part])
        if part.kind == "table":
            return self.table(part)
        if part.kind == "code":
            return self.code(part)
        if part.kind == "note":
            label = re.sub(r"\W+", "-", part.label or "note").upper()
            return _quoted(f"[!{label}]\n" + "\n\n".join(self.flow(self.unlabelled(part))))
        if part.kind == "quoted_mail":
            return _quoted(self.content(part))
        if part.kind == "footnote":
            number = f"<sup>{_escaped(part.number)}</sup> " if part.number else ""
            return number + self.content(part)
        if part.kind in {"definition", "key_value"}:
            return self.definition(part)
        return self.content(part)

    def content(self, block: Block) -> str:
        return "\n\n".join(self.flow(inside(self.text, block)))

    def unlabelled(self, note: Block) -> list[Run | Block]:
        """Return what is in a note, without a first line that only says its kind: the alert says it."""
        found = list(inside(self.text, note))
        first = self.text[found[0].start : found[0].end] if found else ""
        return found[1:] if first.strip(" :!").casefold() == (note.label or "note").casefold() else found

    def paragraph(self, run: Run) -> str:
        shown = "".join(_pieces(pieces(self.text, run)))
        return "\\\n".join(map(_line, shown.split("\n")))

    def line(self, part: Run | Block) -> str:
        """Return text with its inline marks in one line; of a block with blocks in it the text of all."""
        if isinstance(part, Run):
            return " ".join("".join(_pieces(pieces(self.text, part))).split())
        return " ".join(self.line(each) for each in inside(self.text, part))

    def items(self, items: Sequence[Block]) -> str:
        lines: list[str] = []
        before: tuple[int, str] | None = None
        for at, item in enumerate(items):
            found = _NUMBER.fullmatch(item.number or "")
            number = (int(found.group(1)), found.group(2)) if found else None
            if at and number and before and number[1] == before[1] and number[0] != before[0] + 1:
                lines += ["", SEPARATOR, ""]  # or it would be counted on
            before = number
            marker = (item.number or "") if found else "-"
            lead = f"{_escaped(item.number)} " if item.number and not found else ""
            lines.append(self.item(item, marker, lead))
        return "\n".join(lines)

    def item(self, item: Block, marker: str, lead: str) -> str:
        own, rest = own_and_rest(self.text, item)
        self.depth += 1
        parts = [lead + self.paragraph(own)] if own else [lead.rstrip()] if lead else []
        parts += self.flow(rest)
        self.depth -= 1
        loose = SEPARATOR in parts or any(isinstance(part, Run) or part.kind not in {"list", "code"} for part in rest)
        body = ("\n\n" if loose else "\n").join(parts)
        return f"{marker} " + _indented(body, len(marker) + 1)

    def definition(self, block: Block) -> str:
        """Return terms, each a line, and below each description after a colon."""
        shown = []
        for part in term_and_more(self.text, block):
            if isinstance(part, Block) and part.header:
                shown.append(_line(self.line(part)))
            else:
                shown.append(": " + _indented(self.one(part), 2))
        return "\n".join(shown)

    def code(self, block: Block) -> str:
        code = code_lines(self.text, block, self.depth)
        longest = max((len(found) for found in re.findall(r"`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}{_LANGUAGE.sub('', block.label or '')}\n{code}\n{fence}"

    def table(self, block: Block) -> str:
        rows = rows_of(block)
        others = [part for part in inside(self.text, block) if not isinstance(part, Block) or part.kind != "row"]
        if not rows:
            return "\n\n".join(self.flow(others))
        grid = [[self.line(cell) for cell in cells_of(row)] for row in rows]
        width = max(map(len, grid))
        head = grid.pop(0) if head_rows(rows) else []
        lines = [_row(head, width), f"|{' --- |' * width}", *(_row(row, width) for row in grid)]
        return "\n\n".join([*self.flow(others), "\n".join(lines)])


def _row(cells: Sequence[str], width: int) -> str:
    return "".join(f"| {cell} " for cell in [*cells, *[""] * (width - len(cells))]) + "|"


def _indented(lines: str, by: int) -> str:
    return re.sub(r"\n(?=[^\n])", "\n" + " " * by, lines)


def _quoted(lines: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines.split("\n"))


def _pieces(found: Iterable[Piece]) -> Iterator[str]:
    """Yield pieces as Markdown; the target in brackets after a link, which readers write out, is said by the link."""
    before: str | None = None
    for piece in found:
        goal = next((goal for mark in piece.marks if mark.kind == "link" and (goal := target(mark))), None)
        said = replace(piece, text=piece.text.removeprefix(f" ({before})")) if before and not goal else piece
        before = goal
        if said.text:
            yield _piece(said, goal)


def _piece(piece: Piece, goal: str | None) -> str:
    marks = piece.marks
    words = shown_target(piece.text, goal) if goal else piece.text
    shown = _escaped(words)
    if goal:
        address = goal.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C").replace("|", "%7C")
        shown = f"<{address}>" if words == goal and address == goal else f"[{shown}](<{address}>)"
    for mark in reversed(marks):
        if mark.kind == "struck":
            shown = f"~~{shown}~~" if words[0].isalnum() and words[-1].isalnum() else f"<del>{shown}</del>"
        elif mark.kind == "inserted":
            shown = f"<ins>{shown}</ins>"
    return shown


def _escaped(text: str) -> str:
    return _SPECIAL.sub(_escaped_match, text)


def _escaped_match(match: re.Match[str]) -> str:
    return f"\\{match.group()}"


def _line(line: str) -> str:
    """Return a line of a paragraph that does not begin like a heading, a list, a quote or a rule."""
    match = _LINE_START.match(line)
    if match is None:
        return line
    if match.group("mark"):
        return f"\\{line}"
    return f"{match.group('digits')}\\{line[match.start('end') :]}"
