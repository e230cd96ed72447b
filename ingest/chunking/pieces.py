"""Splits elements into pieces that are not cut further: sentences of long paragraphs, rows of long tables, list items.

`ingest.chunking.chunks` packs pieces into chunks. Each piece has the separator to the piece before it and the lead-in
that is repeated when it starts a chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.types import Box, Element, ElementKind
from ingest.chunking.sentences import sentences, size

LEAD_IN_WORDS = 40
_CLAUSE = re.compile(r"(?<=[;:,])\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stays whole. `joint` precedes it inside a chunk, `lead` when it starts a chunk."""

    text: str
    kind: ElementKind
    page: int | None
    boxes: tuple[Box, ...]
    joint: str = "\n\n"
    lead: str = ""

    @property
    def size(self) -> int:
        return size(self.text)

    def as_start(self) -> Piece:
        """Return the piece as the start of a chunk."""
        return replace(self, text=f"{self.lead}\n{self.text}", lead="") if self.lead else self


def pieces(elements: Sequence[Element], max_words: int) -> Iterator[Piece]:
    """Yield a section's pieces in order."""
    lead: Element | None = None
    for index, element in enumerate(elements):
        following = elements[index + 1] if index + 1 < len(elements) else None
        if element.kind == "list_item":
            yield from _item(element, lead, first=index > 0 and elements[index - 1] is lead, max_words=max_words)
            continue
        lead = element if _is_lead_in(element, following) else None
        if lead is None:
            yield from _pieces(element, max_words)


def _is_lead_in(element: Element, following: Element | None) -> bool:
    """Return whether an element introduces a list: a short paragraph right before it."""
    listed = following is not None and following.kind == "list_item"
    return listed and element.kind == "text" and size(element.text) <= LEAD_IN_WORDS


def _item(element: Element, lead: Element | None, *, first: bool, max_words: int) -> Iterator[Piece]:
    found = list(_pieces(element, max_words))
    for index, piece in enumerate(found):
        if index > 0:
            yield piece
        elif first and lead is not None:
            yield replace(piece, text=f"{lead.text}\n{piece.text}", page=lead.page, boxes=lead.boxes + piece.boxes)
        else:
            yield replace(piece, joint="\n", lead=lead.text if lead is not None and lead.text.endswith(":") else "")


def _pieces(element: Element, max_words: int) -> Iterator[Piece]:
    if size(element.text) <= max_words:
        yield _piece(element, element.text)
    elif element.kind == "table":
        yield from _rows(element, max_words)
    elif element.kind == "code":
        yield from _lines(element, element.text.split("\n"), max_words)
    else:
        for index, (text, joint) in enumerate(_sentences(element.text, max_words)):
            yield replace(_piece(element, text), joint=joint if index else "\n\n")


def _piece(element: Element, text: str) -> Piece:
    return Piece(text, element.kind, element.page, element.boxes)


def _sentences(text: str, max_words: int) -> Iterator[tuple[str, str]]:
    """Yield sentences, each with its separator to the one before: a blank, or a line end where the text has one."""
    for line in text.split("\n"):
        joint = "\n"
        for sentence in sentences(line):
            for part in _cut(sentence, max_words):
                yield part, joint
                joint = " "


def _cut(sentence: str, max_words: int) -> Iterator[str]:
    """Cut a sentence longer than a chunk between clauses, else between words."""
    if size(sentence) <= max_words:
        yield sentence
        return
    current = ""
    for clause in _CLAUSE.split(sentence):
        for part in [clause] if size(clause) <= max_words else _words(clause, max_words):
            if current and size(current) + size(part) > max_words:
                yield current
                current = ""
            current = f"{current} {part}".strip()
    if current:
        yield current


def _words(text: str, max_words: int) -> Iterator[str]:
    words = text.split()
    if len(words) == 1 or size(text) > 2 * len(words):  # a script without blanks
        step = 2 * max_words
        yield from (text[at : at + step].strip() for at in range(0, len(text), step))
        return
    yield from (" ".join(words[at : at + max_words]) for at in range(0, len(words), max_words))


def _rows(element: Element, max_words: int) -> Iterator[Piece]:
    """Yield groups of rows that fit into a chunk, each under the table's first row."""
    header, *rows = element.text.split("\n")
    if size(header) > max_words // 2:
        yield from _lines(element, element.text.split("\n"), max_words)
        return
    for run in _runs(rows, max_words - size(header)):
        yield _piece(element, "\n".join([header, *run]))


def _lines(element: Element, lines: Sequence[str], max_words: int) -> Iterator[Piece]:
    parts = [part for line in lines for part in ([line] if size(line) <= max_words else _cut(line, max_words))]
    for index, run in enumerate(_runs(parts, max_words)):
        yield replace(_piece(element, "\n".join(run)), joint="\n" if index else "\n\n")


def _runs(lines: Sequence[str], max_words: int) -> Iterator[list[str]]:
    run: list[str] = []
    filled = 0
    for line in lines:
        if run and filled + size(line) > max_words:
            yield run
            run, filled = [], 0
        run.append(line)
        filled += size(line)
    if run:
        yield run
