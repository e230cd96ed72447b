"""Reads plain text, reStructuredText, Org and YAML by the marks that people put into plain text.

Blank lines separate paragraphs, underlines and stars make headings, bullets and numbers make lists; lines wrapped by an
editor are joined. Markdown has its own reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, visible

_UNDERLINE = re.compile(r"^([=\-~^\"'*+#`:._<>])\1{2,}\s*$")
_BULLET = re.compile(r"^\s*(?:[-*+•▪◦‣·–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+(?=\S)")
_NUMBERED_TITLE = re.compile(
    r"^(?:(?:chapter|section|part|appendix|article)\s+)?(\d+(?:\.\d+)*)\.?\s+[A-Z][^.!?;:]*$", re.IGNORECASE
)
_ORG_TITLE = re.compile(r"^(\*+)\s+(?=\S)")
_ORG_META = re.compile(r"^#\+(\w+):?\s*(.*)$")
_RST_NOISE = re.compile(r"^\.\.\s")


def read_text(text: str) -> Reading:
    """Return the paragraphs, lists and headings of a plain text."""
    levels: dict[str, int] = {}
    elements: list[Node] = []
    for block in _blocks(visible(text)):
        elements.extend(_read_block(block, levels))
    return Reading(tuple(elements))


def read_rst(text: str) -> Reading:
    """Return the elements of reStructuredText: lines of directives are left out, the rest is read as plain text."""
    lines = [line for line in visible(text).splitlines() if not _RST_NOISE.match(line) or "::" not in line]
    return read_text("\n".join(lines).replace("``", "`"))


def read_org(text: str) -> Reading:
    """Return the elements of an Org file: stars are headings, `#+TITLE` is the document's title."""
    title, kept = None, []
    for line in visible(text).splitlines():
        meta = _ORG_META.match(line)
        if meta is None:
            star = _ORG_TITLE.match(line)
            kept.append(f"\n{line}\n" if star else line)
        elif meta.group(1).lower() == "title":
            title = meta.group(2)
    elements: list[Node] = []
    for block in _blocks("\n".join(kept)):
        star = _ORG_TITLE.match(block[0])
        if star is not None:
            elements.append(flat("title", clean(block[0][star.end() :]), level=len(star.group(1))))
        elif _org_table(block) is not None:
            elements.append(flat("table", _org_table(block) or ""))
        else:
            elements.extend(_read_block(block, {}))
    return Reading(tuple(element for element in elements if element.text), title=title)


def read_yaml(text: str) -> Reading:
    """Return a YAML file with its lines unchanged, because its layout has a meaning."""
    blocks = re.split(r"\n(?:---|\.\.\.)?\s*\n", visible(text))
    return Reading(tuple(flat("code", block.strip("\n")) for block in blocks if block.strip()))


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _read_block(block: Sequence[str], levels: dict[str, int]) -> Iterator[Node]:
    title, rest = _underlined(block, levels)
    if title is not None:
        yield title
    if not rest:
        return
    if len(rest) == 1 and title is None and _is_title(rest[0]):
        yield flat("title", clean(rest[0]), level=_depth(rest[0]))
        return
    yield from _paragraphs(rest)


def _underlined(block: Sequence[str], levels: dict[str, int]) -> tuple[Node | None, Sequence[str]]:
    """Split a heading with a line under it (and perhaps over it) off a block.

    The first style of line in the document is the highest level.
    """
    start = 1 if len(block) > 2 and _UNDERLINE.match(block[0]) else 0
    if len(block) > start + 1 and not _BULLET.match(block[start]):
        mark = _UNDERLINE.match(block[start + 1])
        if mark and len(block[start + 1].strip()) >= 0.6 * len(block[start].strip()):
            level = levels.setdefault(f"{start}{mark.group(1)}", len(levels) + 1)
            return flat("title", clean(block[start]), level=level), block[start + 2 :]
    return None, [line for line in block if not _UNDERLINE.match(line)]


def _is_title(line: str) -> bool:
    """Return whether a single short line is a heading: numbered like one, or all in capitals."""
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


def _depth(line: str) -> int:
    numbered = _NUMBERED_TITLE.match(line.strip())
    return numbered.group(1).count(".") + 1 if numbered else 1


def _paragraphs(lines: Sequence[str]) -> Iterator[Node]:
    """Yield list items and paragraphs; a line without a mark belongs to the item or paragraph before it."""
    current: list[str] = []
    item = False
    for line in lines:
        if _BULLET.match(line):
            yield from _joined(current, item)
            current, item = [line], True
        else:
            current.append(line)
    yield from _joined(current, item)


def _joined(lines: Sequence[str], item: bool) -> Iterator[Node]:
    if not lines:
        return
    wrapped = item or _is_wrapped(lines)
    text = clean(" ".join(line.strip() for line in lines) if wrapped else "\n".join(lines))
    if text:
        yield flat("list_item" if item else "text", text)


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Return whether an editor wrapped the lines: they are about equally long, unlike addresses or verse."""
    if len(lines) < 2:
        return True
    longest = max(len(line.rstrip()) for line in lines)
    return longest >= 50 and all(len(line.rstrip()) > 0.6 * longest for line in lines[:-1])


def _org_table(block: Sequence[str]) -> str | None:
    if not all(line.lstrip().startswith("|") for line in block):
        return None
    rows = [line.strip().strip("|").split("|") for line in block if not line.lstrip().startswith("|-")]
    return "\n".join(" | ".join(cell.strip() for cell in cells) for cells in rows)
