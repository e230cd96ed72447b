"""Reads from HTML what a document made of it must hold. Shares no code with `ingest.readers.html`, which it also tests.

What is visible counts: no scripts, styles, navigation, `hidden` elements, or ones that their own `style` hides; struck
text is not read. Style sheets are not applied. A list in a cell, and a heading in one, are text of the cell; a table in
a cell is its rows, joined by semicolons. A table with the role `presentation` only places what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from evaluation.parsing.content import Content, Item, cell_text, depths, normal, number_text, words_of
from evaluation.parsing.numbers import Counter, counter
from evaluation.parsing.spans import SourceCell, SourceRow, placed

UNSEEN = frozenset({
    "script", "style", "nav", "noscript", "template", "head", "title", "svg", "iframe", "object", "select", "option",
    "textarea", "datalist", "audio", "video", "canvas", "del", "s", "strike", "-comment", "-doctype",
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "rp", "rt", "ruby", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
LISTS = frozenset({"ul", "ol", "menu", "dir"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
GROUPS = {"thead": 0, "tbody": 1, "tfoot": 2}


@dataclass(slots=True)
class _OpenItem:
    """An item that is read: its text so far."""

    number: str
    depth: int
    group: int
    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _OpenTable:
    """A table that is read; one that `only_places` is none, and stands here so that its cells count as nobody's."""

    only_places: bool = False
    rows: list[SourceRow] = field(default_factory=list)
    cell: list[str] | None = None
    group: tuple[int, int] = (1, 0)


@dataclass(slots=True)
class _Walk:
    """What is open while the page is walked through. `sinks` are the texts that grow; None where text is no part."""

    words: list[str] = field(default_factory=list)
    levels: list[tuple[str, int]] = field(default_factory=list)
    items: list[_OpenItem] = field(default_factory=list)
    tables: list[_OpenTable] = field(default_factory=list)
    done: list[_OpenTable] = field(default_factory=list)
    sinks: list[list[str] | None] = field(default_factory=lambda: [None])
    lists: list[Counter] = field(default_factory=list)
    groups: int = 0

    def add(self, text: str) -> None:
        self.words.append(text)
        if self.sinks[-1] is not None:
            self.sinks[-1].append(text)

    @property
    def in_cell(self) -> bool:
        return any(table.cell is not None for table in self.tables)

    @property
    def nested(self) -> bool:
        """Whether the innermost table is in a cell of another."""
        return any(table.cell is not None for table in self.tables[:-1])


def read_truth(data: bytes | str) -> Content:
    """Return the content of a page. Bytes are decoded as UTF-8."""
    tree = LexborHTMLParser(data)
    walk = _Walk()
    stack: list[tuple[LexborNode, bool]] = [] if tree.body is None else [(tree.body, True)]
    while stack:
        node, entering = stack.pop()
        if not entering:
            _leave(walk, node, node.tag or "")
        elif node.is_text_node:
            walk.add(node.text_content or "")
        elif _visible(node):
            _enter(walk, node, node.tag or "")
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(list(node.iter(include_text=True))))
    return _content(walk)


def _content(walk: _Walk) -> Content:
    items = [Item(normal("".join(i.parts)), number_text(i.number), i.depth, i.group) for i in walk.items]
    return Content(
        words_of("".join(walk.words)),
        depths((text, level) for text, level in walk.levels if text),
        [item for item in items if item.text],
        [table for open_ in walk.done if (table := placed(open_.rows)).rows],
    )


def _visible(node: LexborNode) -> bool:
    if node.tag in UNSEEN:
        return False
    attributes = node.attributes
    style = "".join((attributes.get("style") or "").lower().split())
    return "hidden" not in attributes and "display:none" not in style and "visibility:hidden" not in style


def _enter(walk: _Walk, node: LexborNode, tag: str) -> None:
    if tag not in INLINE:
        walk.add(" ")
    if tag == "table":
        walk.tables.append(_OpenTable(node.attributes.get("role") in {"presentation", "none"}))
        walk.sinks.append(walk.sinks[-1] if walk.in_cell or walk.tables[-1].only_places else None)
    elif tag in {"tr", "td", "th", *GROUPS} and walk.tables:
        if not walk.tables[-1].only_places:
            _enter_table(walk, node, tag)
    elif tag in LISTS:
        walk.groups += not walk.lists
        walk.lists.append(counter(node))
        walk.sinks.append(walk.sinks[-1] if walk.in_cell else None)
    elif tag == "li" and walk.lists:
        _enter_item(walk, node)
    elif (tag in HEADINGS or tag == "pre") and not walk.in_cell:
        walk.sinks.append([] if tag in HEADINGS else None)


def _enter_item(walk: _Walk, node: LexborNode) -> None:
    number = walk.lists[-1].next(node)
    if walk.in_cell:
        walk.add(f"{number}. " if number else "")
        return
    item = _OpenItem(number, len(walk.lists), walk.groups)
    walk.items.append(item)
    walk.sinks.append(item.parts)


def _enter_table(walk: _Walk, node: LexborNode, tag: str) -> None:
    table = walk.tables[-1]
    if tag in GROUPS:
        table.group = (GROUPS[tag], table.group[1] + 1)
    elif tag == "tr":
        if walk.nested and table.rows:
            walk.add("; ")
        table.rows.append(SourceRow(*table.group))
    elif table.rows:
        if walk.nested and table.rows[-1].cells:
            walk.add(", ")
        outer = walk.sinks[-1]
        table.cell = outer if walk.nested and outer is not None else []
        table.rows[-1].cells.append(SourceCell(tag == "th", _span(node, "rowspan"), _span(node, "colspan")))
        walk.sinks.append(table.cell)


def _leave(walk: _Walk, node: LexborNode, tag: str) -> None:
    if tag == "table":
        walk.sinks.pop()
        table = walk.tables.pop()
        if not walk.in_cell and not table.only_places:
            walk.done.append(table)
    elif tag in {"td", "th"} and walk.tables and walk.tables[-1].cell is not None:
        table, parts = walk.tables[-1], walk.sinks.pop()
        table.rows[-1].cells[-1].text = cell_text("".join(parts or ()))
        table.cell = None
    elif tag in LISTS:
        walk.sinks.pop()
        walk.lists.pop()
    elif tag == "li" and walk.lists and not walk.in_cell:
        walk.sinks.pop()
    elif (tag in HEADINGS or tag == "pre") and not walk.in_cell:
        parts = walk.sinks.pop()
        if tag in HEADINGS:
            walk.levels.append((normal("".join(parts or ())), HEADINGS[tag]))
            if walk.sinks[-1] is not None:
                walk.sinks[-1].extend(parts or ())
    if tag not in INLINE:
        walk.add(" ")


def _span(node: LexborNode, name: str) -> int:
    """Return a span; 0 is a rowspan to the end of its group, or no span at all."""
    value = (node.attributes.get(name) or "").strip()
    return int(value) if value.isdecimal() and len(value) < 5 else 1
