"""Reads the text of a frame (a placeholder, a text box, a shape): paragraphs, and lists with the numbers they show.

Whether a paragraph is an item follows from its own properties, then its frame's, then the styles it inherits. Where no
format says so, unstructured recognizes items by the bullet or number that was typed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ingest.blocks.items import BULLET, unnumbered
from ingest.blocks.nodes import Node, listing
from ingest.masked_imports import masked
from ingest.readers.office.drawing.text import A, paragraph_text
from ingest.readers.office.parts import Element, Relation, local

os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1")

with masked("torch"):  # spaCy would load it: 3 s and 150 MiB, unused here
    import spacy
    import unstructured.nlp.tokenize as tokenize
    from unstructured.documents.elements import ListItem
    from unstructured.partition.text import element_from_text

MAX_LEVEL = 8
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_NUMBERED = re.compile(r"(alpha|roman|arabic)(Lc|Uc|Db)?(Period|ParenR|ParenBoth|Plain|Minus)")


@cache
def _blank() -> Any:
    """Return a tokenizer without a model, which unstructured would download: only its rules for lists are used."""
    model = spacy.blank("en")
    model.add_pipe("sentencizer")
    model.max_length = 1 << 40
    return model


tokenize._get_nlp = _blank


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a frame: its node, its level, and how it is numbered (None: no item)."""

    node: Node
    level: int
    item: str | None = None
    start: int = 1


def frame_nodes(
    body: Element, relations: Mapping[str, Relation], styles: Sequence[Element] = (), page: int | None = None
) -> list[Node]:
    """Return the nodes of a frame's text body. `styles` are the list styles that it inherits, the nearest first."""
    own = body.find(f"{A}lstStyle")
    chain = [*([own] if own is not None else []), *styles]
    lines = []
    for paragraph in body.iter(f"{A}p"):
        text, inlines = paragraph_text(paragraph, relations)
        if text:
            node = Node("paragraph", text, page=page, inlines=inlines)
            lines.append(_line(node, paragraph.find(f"{A}pPr"), chain))
    return nested(_numbered(_typed(lines)))


def _line(node: Node, properties: Element | None, styles: Sequence[Element]) -> Line:
    level = min(int((properties.get("lvl") if properties is not None else None) or 0), MAX_LEVEL)
    named = (style.find(f"{A}lvl{level + 1}pPr") for style in styles)
    for source in (properties, *named):
        for mark in source if source is not None else ():
            if local(mark) == "buNone":
                return Line(node, level)
            if local(mark) in {"buChar", "buBlip"}:
                return Line(node, level, "")
            if local(mark) == "buAutoNum":
                return Line(node, level, mark.get("type") or "arabicPeriod", int(mark.get("startAt") or 1))
    return Line(node, level)


def _typed(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with items that are so by their typed bullet or number; one number alone makes no list."""
    found = list(lines)
    for place, line in enumerate(lines):
        if line.item is None and _is_item(line.node.text):
            beside = [lines[at] for at in (place - 1, place + 1) if 0 <= at < len(lines)]
            several = any(each.item is None and _is_item(each.node.text) for each in beside)
            if several or line.node.text[0] in "•▪●■◦":
                found[place] = replace(line, node=_without_mark(line.node), item="typed")
    return found


def _is_item(text: str) -> bool:
    return isinstance(element_from_text(text), ListItem) and unnumbered(text)[1] != text


def _without_mark(node: Node) -> Node:
    number, text = unnumbered(node.text)
    cut = len(node.text) - len(text)
    inlines = tuple(replace(each, start=each.start - cut, end=each.end - cut) for each in node.inlines)
    return replace(node, text=text, number=number, inlines=tuple(each for each in inlines if each.start >= 0))


def _numbered(lines: Iterable[Line]) -> Iterator[tuple[int | None, Node]]:
    """Yield the level and the node of each line, with the number that it shows; None for what is no item."""
    counts: dict[int, tuple[str, int, int]] = {}
    for line in lines:
        for deeper in [level for level in counts if level > line.level]:
            del counts[deeper]
        if line.item is None:
            counts.pop(line.level, None)
            yield None, line.node
            continue
        number = line.node.number
        if line.item not in {"", "typed"}:
            kind, start, count = counts.get(line.level, ("", 0, 0))
            count = count + 1 if (kind, start) == (line.item, line.start) else line.start
            counts[line.level] = (line.item, line.start, count)
            number = auto_number(line.item, count)
        else:
            counts.pop(line.level, None)
        text = line.node.text
        if line.item == "" and (match := BULLET.match(text)):  # typed besides the list's own
            text = text[match.end() :] if not line.node.inlines else text
        yield line.level, replace(line.node, kind="item", text=text, number=number)


def nested(lines: Iterable[tuple[int | None, Node]]) -> list[Node]:
    """Return nodes with items gathered to lists; an item of a deeper level is in a list of the item before it."""
    found: list[Node] = []
    open_lists: list[tuple[int, Node]] = []
    for level, node in lines:
        if level is None:
            open_lists.clear()
            found.append(node)
            continue
        while open_lists and open_lists[-1][0] > level:
            open_lists.pop()
        if open_lists and open_lists[-1][0] == level:
            current = open_lists[-1][1]
            if current.ordered == (node.number is not None):
                current.children.append(node)
                continue
            open_lists.pop()
        made = listing([node], node.page)
        above = open_lists[-1][1].children[-1].children if open_lists else found
        above.append(made)
        open_lists.append((level, made))
    return found


def auto_number(kind: str, count: int) -> str:
    """Return the number that an automatic numbering shows: "3.", "(c)", "iv)"."""
    match = _NUMBERED.match(kind)
    digits, case, form = match.groups() if match else ("arabic", None, "Period")
    text = str(count) if digits == "arabic" else _letters(count) if digits == "alpha" else _roman(count)
    text = text.upper() if case == "Uc" else text
    return {"Period": f"{text}.", "ParenR": f"{text})", "ParenBoth": f"({text})", "Minus": f"{text}-"}.get(form, text)


def _letters(count: int) -> str:
    return chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 30)


def _roman(count: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        while count >= value and len(text) < 30:
            text, count = text + letters, count - value
    return text
