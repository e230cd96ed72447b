"""Reads from a parsed document's blocks what `evaluation.parsing.truth` reads from its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.types import Block, Element, Parsed
from evaluation.parsing.content import (
    Content,
    Item,
    Place,
    Table,
    cell_text,
    depths,
    leading_headers,
    make_table,
    normal,
    number_text,
    words_of,
)

_INLINE = frozenset({"link", "struck", "inserted"})
_APART = frozenset({"list", "table", "code", "figure"})
"""What is in an item and not part of its text."""
_HOLDERS = frozenset({"list", "table", "row", "definition", "key_value"})
_RUNNING = frozenset({"header", "footer"})
"""Running heads and feet, which no source has."""


@dataclass(slots=True)
class _Found:
    words: list[str] = field(default_factory=list)
    levels: list[tuple[str, int]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    groups: int = 0


def read_result(parsed: Parsed) -> Content:
    """Return the content of a parsed document. What is repeated to be understood counts once."""
    found = _Found()
    for element in parsed.elements:
        _read(found, element, element.block, 0)
    return Content(found.words, depths(found.levels), found.items, found.tables, parsed.pages)


def _read(found: _Found, element: Element, block: Block, depth: int) -> None:
    """Read a block and what is in it; `depth` is the number of lists around it."""
    if block.kind in _RUNNING or block.repeated:
        return
    found.words.extend(words_of(own_text(element, block)))
    if block.kind == "table":
        _table(found, element, block)
        return
    if block.kind == "list":
        found.groups += not depth
        depth += 1
    elif block.kind == "heading":
        found.levels.append((own_text(element, block), block.level or 1))
    elif block.kind == "item":
        text = normal(" ".join(_item_text(element, block)))
        found.items.extend([Item(text, number_text(block.number), max(depth, 1), found.groups)] if text else ())
    for child in block.children:
        if child.kind not in _INLINE:
            _read(found, element, child, depth)


def _item_text(element: Element, block: Block) -> Iterator[str]:
    yield own_text(element, block)
    for child in block.children:
        if child.kind not in _INLINE | _APART and not child.repeated:
            yield from _item_text(element, child)


def _table(found: _Found, element: Element, block: Block) -> None:
    rows: list[list[Place]] = []
    headers = 0
    for child in block.children:
        if child.kind != "row":
            found.words.extend(words_of(own_text(element, child)))
        elif not child.repeated:
            headers += child.header and headers == len(rows)
            rows.append(_places(element, child))
            found.words.extend(word for place in rows[-1] if place.begins for word in words_of(place.text))
    table = make_table(rows, headers or leading_headers(rows))
    found.tables.extend([table] if table.rows else ())


def _places(element: Element, row: Block) -> list[Place]:
    cells = {cell.column if cell.column is not None else place: cell for place, cell in enumerate(row.children)}
    return [
        Place(cell_text(_shown(element, cells[x])), cells[x].header, not cells[x].repeated) if x in cells else Place()
        for x in range(max(cells, default=-1) + 1)
    ]


def own_text(element: Element, block: Block) -> str:
    """Return the text of a block that is in none of its children: nothing for what only holds others."""
    if block.kind in _HOLDERS and block.children:
        return ""
    return normal(_shown(element, block))


def _shown(element: Element, block: Block) -> str:
    """Return a block's own text without its number and without targets of links, which its source does not show."""
    at, parts = block.start, []
    if block.number and block.kind in {"item", "footnote"} and element.text.startswith(block.number, at):
        at += len(block.number)
    for child in block.children:
        if child.kind in _INLINE:
            shown = element.text[child.start : child.end]
            parts.append(element.text[at : child.start])
            parts.append("" if child.kind == "struck" else shown.removesuffix(f"({child.label})"))
            at = child.end
            target = f" ({child.label})"
            if child.kind == "link" and element.text.startswith(target, at):
                at += len(target)
        else:
            parts.append(element.text[at : child.start])
            at = child.end
    return "".join([*parts, element.text[at : block.end]])
