"""Writes a text with its blocks as a standalone HTML document, without scripts; everything of the text is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

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
    spans,
    target,
    term_and_more,
    top,
)  # fmt: skip

STYLE = (
    "body{font:1rem/1.6 serif;max-width:50rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid;padding:.25rem .5rem;text-align:start;"
    "vertical-align:top}pre{overflow:auto;padding:.75rem;border:1px solid}"
    "aside,blockquote{border-inline-start:4px solid;margin:1rem 0;padding:.25rem 1rem}"
    "ol.numbered{list-style:none;padding-inline-start:1.5rem}dt{font-weight:bold}"
)
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""Lets a content security policy allow this style and no other."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_PLAIN_NUMBER = re.compile(r"(\d{1,9})\.")
_IN_TABLE = frozenset({"row", "caption"})
_LANGUAGE = re.compile(r"[^\w+#.-]+")


def as_html(title: str, text: str, blocks: Sequence[Block]) -> str:
    """Return the document as HTML: headings, lists with their numbers, tables with their spans, code, notes."""
    writer = _Writer(text, ' dir="auto"' if _RIGHT_TO_LEFT.search(text) else "")
    body = "\n".join(writer.flow(top(text, blocks)))
    return (
        f'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


class _Writer:
    """Writes blocks of one text; `direction` is an attribute for texts that may run from right to left."""

    def __init__(self, text: str, direction: str) -> None:
        self.text = text
        self.direction = direction
        self.depth = 0

    def flow(self, found: Iterable[Run | Block]) -> Iterator[str]:
        """Yield blocks as elements; definitions that follow one another are one list."""
        for kind, group in groupby(found, key=lambda part: part.kind if isinstance(part, Block) else "run"):
            if kind in {"definition", "key_value"}:
                yield f"<dl>{''.join(self.definition(part) for part in group if isinstance(part, Block))}</dl>"
            elif kind == "item":
                yield self.items([part for part in group if isinstance(part, Block)])
            elif kind in {"row", "cell"}:
                yield from (self.element("p", part) for part in group)
            else:
                yield from (self.one(part) for part in group)

    def one(self, part: Run | Block) -> str:
        if isinstance(part, Run):
            return self.element("p", part)
        if part.kind == "heading":
            return self.element(f"h{min(max(part.level or 2, 1), 6)}", part)
        if part.kind == "list":
            return self.items([child for child in part.children if child.kind == "item"])
        if part.kind == "table":
            return self.table(part)
        if part.kind == "code":
            return self.code(part)
        if part.kind == "note":
            label = f' aria-label="{escape(part.label)}"' if part.label else ""
            return f'<aside role="note"{label}>{self.label(part)}{self.content(part)}</aside>'
        if part.kind == "quoted_mail":
            return f"<blockquote>{self.content(part)}</blockquote>"
        if part.kind == "figure":
            return self.figure(part)
        if part.kind == "footnote":
            number = f"<sup>{escape(part.number)}</sup> " if part.number else ""
            return f'<div class="footnote"{self.direction}>{number}{self.inner(part)}</div>'
        return self.element("p", part) if self.is_leaf(part) else f"<div>{self.content(part)}</div>"

    def inner(self, part: Run | Block) -> str:
        """Return what is in a part, without paragraphs around text that stands alone."""
        if isinstance(part, Run) or self.is_leaf(part):
            return self.plain(part)
        return self.content(part)

    def is_leaf(self, block: Block) -> bool:
        return all(isinstance(part, Run) for part in inside(self.text, block))

    def content(self, block: Block) -> str:
        return "".join(self.flow(inside(self.text, block)))

    def element(self, tag: str, part: Run | Block, attributes: str = "") -> str:
        return f"<{tag}{attributes}{self.direction}>{self.plain(part)}</{tag}>"

    def plain(self, part: Run | Block) -> str:
        """Return text with its inline marks; of a block with blocks in it the text of all, in one line."""
        if isinstance(part, Run):
            return "".join(map(_piece, pieces(self.text, part)))
        return " ".join(self.plain(each) for each in inside(self.text, part))

    def label(self, note: Block) -> str:
        """Return a note's kind, unless its own text begins with it."""
        if not note.label or self.text[note.start : note.end].casefold().startswith(note.label.casefold()):
            return ""
        return f"<p><strong>{escape(note.label.capitalize())}</strong></p>"

    def items(self, items: Sequence[Block]) -> str:
        """Return a list. HTML counts only as "1." does; other numbers are written out."""
        numbers = [_PLAIN_NUMBER.fullmatch(item.number or "") for item in items]
        if all(numbers):
            values = [int(number.group(1)) for number in numbers if number]
            start = f' start="{values[0]}"' if values[0] != 1 else ""
            listed = "".join(
                self.item(item, f' value="{value}"' if at and value != values[at - 1] + 1 else "")
                for at, (item, value) in enumerate(zip(items, values, strict=True))
            )
            return f"<ol{start}>{listed}</ol>"
        if any(item.number for item in items):
            shown = "".join(self.item(item, "", f"{escape(item.number)} " if item.number else "") for item in items)
            return f'<ol class="numbered">{shown}</ol>'
        return f"<ul>{''.join(self.item(item) for item in items)}</ul>"

    def item(self, item: Block, attributes: str = "", number: str = "") -> str:
        own, rest = own_and_rest(self.text, item)
        first = self.plain(own) if own else ""
        self.depth += 1
        more = "".join(self.flow(rest))
        self.depth -= 1
        return f"<li{attributes}{self.direction}>{number}{first}{more}</li>"

    def definition(self, block: Block) -> str:
        parts = term_and_more(self.text, block)
        tags = ["dt" if isinstance(part, Block) and part.header else "dd" for part in parts]
        return "".join(
            f"<{tag}{self.direction}>{self.described(part)}</{tag}>" for tag, part in zip(tags, parts, strict=True)
        )

    def described(self, part: Run | Block) -> str:
        if isinstance(part, Block) and part.kind != "paragraph":
            return self.one(part)
        return self.inner(part)

    def code(self, block: Block) -> str:
        language = f' class="language-{escape(_LANGUAGE.sub("-", block.label))}"' if block.label else ""
        return f'<pre dir="ltr"><code{language}>{escape(code_lines(self.text, block, self.depth))}</code></pre>'

    def figure(self, block: Block) -> str:
        parts: list[str] = []
        for part in inside(self.text, block):
            caption = isinstance(part, Block) and part.kind == "caption"
            parts += [self.element("figcaption", part)] if caption else self.flow([part])
        return f"<figure>{''.join(parts)}</figure>"

    def table(self, block: Block) -> str:
        rows = rows_of(block)
        head, drawn = head_rows(rows), spans(rows)
        lines = [
            "".join(self.cell(row, cell, *drawn[y, x]) for x, cell in enumerate(cells_of(row)) if (y, x) in drawn)
            for y, row in enumerate(rows)
        ]
        lines = [f"<tr>{line}</tr>" for line in lines]
        caption = "".join(self.element("caption", each) for each in block.children if each.kind == "caption")
        thead = f"<thead>{''.join(lines[:head])}</thead>" if head else ""
        shown = f"<table>{caption}{thead}<tbody>{''.join(lines[head:])}</tbody></table>" if rows else ""
        others = (
            part for part in inside(self.text, block) if not isinstance(part, Block) or part.kind not in _IN_TABLE
        )
        return shown + "".join(self.flow(others))

    def cell(self, row: Block, cell: Block, down: int, across: int) -> str:
        size = f' rowspan="{down}"' * (down > 1) + f' colspan="{across}"' * (across > 1)
        if not cell.header:
            return self.element("td", cell, size)
        group = across > 1 if row.header else down > 1
        return self.element("th", cell, f' scope="{"col" if row.header else "row"}{"group" * group}"{size}')


def _piece(piece: Piece) -> str:
    shown = escape(piece.text).replace("\n", "<br>")
    for mark in reversed(piece.marks):
        if mark.kind == "struck":
            shown = f"<del>{shown}</del>"
        elif mark.kind == "inserted":
            shown = f"<ins>{shown}</ins>"
        elif goal := target(mark):
            shown = f'<a href="{escape(goal)}" rel="noopener noreferrer">{shown}</a>'
    return shown
