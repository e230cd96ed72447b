"""Finds headings in documents without heading styles: short bold or large lines that stand alone above text.

Many people write manuals with "Normal" and the bold button. A document with one real heading is left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.readers.office.flow.labels import label_of
from ingest.readers.office.flow.pieces import Piece

_WORDS = 12
_LARGER = 1.15


def with_headings(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with lines as headings that look like headings, if no style says which ones are."""
    if any(piece.kind == "heading" for piece in pieces):
        return pieces
    usual = _usual_size(pieces)
    places = [at for at in range(len(pieces)) if _looks_like_one(pieces, at, usual)]
    if not places or len(places) > len(pieces) / 2:
        return pieces
    sizes = sorted({pieces[at].size for at in places}, reverse=True)
    for at in places:
        pieces[at] = replace(pieces[at], kind="heading", level=min(sizes.index(pieces[at].size) + 1, 6))
    return pieces


def _usual_size(pieces: Sequence[Piece]) -> int:
    sizes: Counter[int] = Counter()
    for piece in pieces:
        if piece.kind in {"paragraph", "item"} and not piece.bold:
            sizes[piece.size] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _looks_like_one(pieces: Sequence[Piece], at: int, usual: int) -> bool:
    piece = pieces[at]
    if piece.kind != "paragraph" or not usual or piece.boxed or piece.follows or piece.indent:
        return False
    if len(piece.text.split()) > _WORDS or piece.text.endswith((".", ",", ";", ":", "!")) or label_of(piece.text):
        return False
    if not any(char.isalpha() for char in piece.text):
        return False
    large = piece.size >= usual * _LARGER
    if not (large or (piece.bold and piece.size >= usual)):
        return False
    following = next((other for other in pieces[at + 1 :] if not other.follows), None)
    if following is None or (piece.tabs is not None and following.tabs is not None):  # the head of a table
        return False
    return large or not following.bold
