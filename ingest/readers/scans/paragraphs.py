"""Makes headings, paragraphs and nested lists of the rows of running text on a scan.

A heading is of larger type; a paragraph begins below a larger step, at a number or bullet, or where tesseract saw one
begin after a short line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from core.types import Box
from ingest.blocks.items import NUMBER
from ingest.blocks.nodes import Node, heading, item, listing, paragraph
from ingest.cleaning import one_line
from ingest.readers.scans.lines import LIKE_BULLET, MISREAD_NUMBER, Segment, around
from ingest.readers.scans.words import Word

_LARGER = 1.17
_LEVELS = ((1.5, 1), (1.27, 2))
_SURE_BULLET = re.compile(r"[•▪◦‣●○■□▶►➢✓✔·–—*-]\s+(?=\S)")
"""Others of `LIKE_BULLET` count only if two lines begin with one."""
Boxed = Callable[[Sequence[Word]], Box]


@dataclass(slots=True)
class _Text:
    """Lines that belong together, with the number or bullet of an item."""

    lines: list[Segment]
    mark: str | None = None

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line.words]


def text_nodes(
    rows: Sequence[Sequence[Segment]], body: float, page: int, boxed: Boxed, keep: Callable[[Sequence[Word]], bool]
) -> list[Node]:
    """Return the nodes of running text whose usual type has the height `body`; `keep` decides on each paragraph."""
    lines = [around([word for segment in row for word in segment.words]) for row in rows]
    texts = [text for text in _texts(lines, body) if keep(text.words)]
    nodes: list[Node] = []
    items: list[_Text] = []
    for text in texts:
        if text.mark is not None:
            items.append(text)
            continue
        if items:
            nodes.append(_list(items, body, page, boxed))
            items = []
        made = _node(text, body, page, boxed)
        if made.text:
            nodes.append(made)
    if items:
        nodes.append(_list(items, body, page, boxed))
    return nodes


def _texts(lines: Sequence[Segment], body: float) -> Iterator[_Text]:
    usual = _usual_step(lines, body)
    right = max((line.x1 for line in lines), default=0.0)
    bullets = _aligned([line for line in lines if LIKE_BULLET.match(line.text)])
    numbers = _aligned([line for line in lines if NUMBER.match(line.text)])
    current: _Text | None = None
    number = 0
    for line in lines:
        begins = current is None or _begins(current, line, usual, right)
        mark = _mark(line, bullets, numbers, begins, number)
        if current is None or mark is not None or begins:
            if current is not None:
                yield current
            current = _Text([line], mark)
            number = value if mark and (value := _value(mark)) else 0 if begins and mark is None else number
        else:
            current.lines.append(line)
    if current is not None:
        yield current


def _aligned(lines: Sequence[Segment]) -> list[float]:
    """Return where two or more of the lines begin."""
    return [
        line.x0 for at, line in enumerate(lines)
        if any(abs(line.x0 - other.x0) < line.size for n, other in enumerate(lines) if n != at)
    ]  # fmt: skip


def _usual_step(lines: Sequence[Segment], body: float) -> float:
    steps = sorted(b.middle - a.middle for a, b in pairwise(lines))
    near = [step for step in steps if 0.7 * body < step < 2.2 * body]
    return near[len(near) // 4] if len(near) >= 3 else min(near, default=1.5 * body)


def _begins(text: _Text, line: Segment, usual: float, right: float) -> bool:
    """Return whether a line begins a paragraph below the text."""
    above = text.lines[-1]
    if line.middle - above.middle > 1.32 * usual or line.middle < above.middle:
        return True
    if abs(line.size - above.size) > 0.16 * min(line.size, above.size) and len(line.text) > 3 < len(above.text):
        return True
    first = line.words[0]
    room = above.x1 + 0.3 * above.size + first.x1 - first.x0 < right - 0.5 * above.size
    if text.mark is not None and len(text.lines[0].words) > 1:
        hanging = text.lines[0].words[1].x0
        return room and line.x0 < hanging - 0.5 * line.size
    return room and first.paragraph != above.words[-1].paragraph and above.text[-1:] in ".:;!?"


def _mark(line: Segment, bullets: Sequence[float], numbers: Sequence[float], begins: bool, number: int) -> str | None:
    """Return an item's number, "" for a bullet, None for a line that begins no item.

    `bullets` and `numbers` are where several lines begin with one, `number` is that of the item above.
    """
    if match := NUMBER.match(line.text):
        mark = match.group(1)
        among = begins or _value(mark) == number + 1 or any(abs(line.x0 - x) < line.size for x in numbers)
        return mark if among else None
    if (match := MISREAD_NUMBER.match(line.text)) and number and int(match.group(1)) == number + 1:
        return f"{match.group(1)}."
    if _SURE_BULLET.match(line.text) and (begins or line.text[0] not in "-–—"):
        return ""
    return "" if LIKE_BULLET.match(line.text) and any(abs(line.x0 - x) < line.size for x in bullets) else None


def _value(mark: str) -> int:
    bare = mark.strip("(.) ")
    return int(bare) if bare.isdigit() else 0


def _node(text: _Text, body: float, page: int, boxed: Boxed) -> Node:
    words = joined([line.text for line in text.lines])
    boxes = (boxed(text.words),)
    size = median(line.size for line in text.lines)
    letters = sum(char.isalpha() for char in words)
    if size >= _LARGER * body and len(words.split()) <= 14 and letters >= 3 and words[-1:] not in ",;":
        level = next((level for ratio, level in _LEVELS if size >= ratio * body), 3)
        return heading(words, level, page, boxes)
    if sum(char.isalnum() for char in words) < 2:
        return paragraph("")
    return paragraph(words, page, boxes)


def _list(items: Sequence[_Text], body: float, page: int, boxed: Boxed) -> Node:
    """Return the list of items; one that begins further right than the one above is in a list inside it."""
    _count_again(items)
    outer: list[Node] = []
    stack: list[tuple[float, list[Node]]] = [(items[0].lines[0].x0, outer)]
    for text in items:
        x0 = text.lines[0].x0
        while len(stack) > 1 and x0 < stack[-1][0] - 0.8 * body:
            stack.pop()
        if x0 > stack[-1][0] + 0.8 * body and stack[-1][1] and len(stack) < 20:
            stack.append((x0, []))
            stack[-2][1][-1].children.append(Node("list", children=stack[-1][1]))
        said = joined([line.text for line in text.lines])
        bare = said.split(" ", 1)[-1]
        stack[-1][1].append(item(bare, text.mark or None, page=page, boxes=(boxed(text.words),)))
    made = listing(outer, page)
    _finish(made, page)
    return made


def _count_again(items: Sequence[_Text]) -> None:
    """Mend one number that OCR misread among numbers that count up at one place: 4., 2., 3. are steps 1, 2 and 3."""
    places = {round(text.lines[0].x0 / max(text.lines[0].size, 1.0)) for text in items}
    for place in places:
        own = [
            text for text in items
            if text.mark and _value(text.mark)
            and abs(text.lines[0].x0 - place * text.lines[0].size) <= text.lines[0].size
        ]  # fmt: skip
        firsts = [_value(text.mark or "") - at for at, text in enumerate(own)]
        wrong = [at for at, first in enumerate(firsts) if first != median(firsts)]
        if len(own) >= 3 and len(wrong) == 1:
            mark = own[wrong[0]].mark or ""
            own[wrong[0]].mark = mark.replace(str(_value(mark)), str(int(median(firsts)) + wrong[0]))


def _finish(node: Node, page: int) -> None:
    """Say of inner lists what `listing` says of the outer one."""
    for each in node.children:
        for at, child in enumerate(each.children):
            each.children[at] = listing(child.children, page)
            _finish(each.children[at], page)


def joined(lines: Sequence[str]) -> str:
    """Return lines as one, words that were cut at a line end whole."""
    text = lines[0]
    for line in lines[1:]:
        text = text[:-1] + line if text.endswith("-") and line[:1].islower() else f"{text} {line}"
    return one_line(text)
