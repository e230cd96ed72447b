"""Passages that say the same are shown once: the best stays, the others are listed under it.

The same warranty stands in ten manuals and should not be all that a search finds. Strict on purpose: a number, a name
or a single word that differs makes another claim (decision 0028). Knows no index and no question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from math import ceil, isclose
from operator import itemgetter

from core.types import Passage, Ranked

SHARE = 0.9
"""How much of the longer text the shorter one must be."""
SHORTEST = 5
"""Words of the shortest text that counts as part of another."""
TOKEN = re.compile(r"[^\W\d]\w*|(?:(?<!\w)[-+−–±])?\d+(?:[.,:/]\d+)*|[^\w\s.,;:!?'\"()\[\]{}|]")
"""A word, a number with its sign, or a mark; `_means` says which marks count."""
CUT_ONCE = 1000
"""Texts whose tokens are kept, about 10 MB: some passages come with every other question."""
ENDS = re.compile(r"[.!?…:;。！？\n]")
NUMBERING = re.compile(r"^\d+(?:\.\d+)*[.)]\s+|^\d+(?:\.\d+)+\s+(?=[^\W\d_]{5})")
"""The number of a section; "24 V version" and "1.5 Volt cells" begin with no such number."""


@dataclass(slots=True)
class _Group:
    """Passages that say what the first of them says, in the order of the search."""

    tokens: tuple[str, ...]
    members: list[Ranked]


def collapse(ranked: Sequence[Ranked], *, across_documents: bool = True) -> list[Ranked]:
    """Return the passages, best first, without those that repeat a better one; that one lists them as `duplicates`.

    Of copies with equal scores the one published last stands for all. With `across_documents` false only repetitions
    within one document are collapsed, so that every document keeps passages of its own.
    """
    groups: list[_Group] = []
    by_size: dict[int, list[tuple[int, _Group]]] = {}
    exact: dict[tuple[str, ...], list[_Group]] = {}
    for hit in ranked:
        text, tokens = hit.passage.text, _tokens(hit.passage.text)
        near = [group for group in exact.get(tokens, ()) if _same_place(group, hit, across_documents)]
        if not near:
            sizes = range(ceil(SHARE * len(tokens)), int(len(tokens) / SHARE) + 1)
            about_as_long = sorted((each for size in sizes for each in by_size.get(size, ())), key=itemgetter(0))
            held = (g for _, g in about_as_long if _holds(g, tokens, text) and _same_place(g, hit, across_documents))
            near = list(islice(held, 1))
        if near:
            near[0].members.append(hit)
            continue
        groups.append(_Group(tokens, [hit]))
        by_size.setdefault(len(tokens), []).append((len(groups), groups[-1]))
        exact.setdefault(tokens, []).append(groups[-1])
    return [_representative(group.members) for group in groups]


def alike(one: Passage, other: Passage) -> str:
    """Return in words how two passages that were collapsed compare."""
    more = len(_tokens(one.text)) - len(_tokens(other.text))
    if not more:
        return "the same words"
    return f"the same words and {abs(more)} {'more' if more < 0 else 'fewer'} at an end"


@lru_cache(maxsize=CUT_ONCE)
def _tokens(text: str) -> tuple[str, ...]:
    """Cut a text into what it says. Case counts (mW is not MW), spacing and punctuation do not."""
    found = tuple(token for token in TOKEN.findall(unicodedata.normalize("NFC", text)) if _means(token))
    return found or (text,)  # nothing but punctuation says what it is


def _ends(text: str) -> list[bool]:
    """Return of each token of a text whether a sentence or a line ends behind it."""
    text = unicodedata.normalize("NFC", text)
    found = [match for match in TOKEN.finditer(text) if _means(match.group())]
    return [ENDS.search(text, one.end(), other.start()) is not None for one, other in pairwise(found)] + [True]


def _means(token: str) -> bool:
    """Whether a token is more than punctuation: < and > are, brackets and the bars of a table are not."""
    if len(token) > 1 or token.isalnum():
        return True
    return token in "%‰_" or (unicodedata.category(token)[0] == "S" and token != "`")


def _holds(group: _Group, tokens: tuple[str, ...], text: str) -> bool:
    """Whether one text is the other with whole sentences before or behind that name nothing of their own."""
    short, long, whole = tokens, group.tokens, group.members[0].passage.text
    if len(short) > len(long):
        short, long, whole = long, short, text
    size, room = len(short), len(long) - len(short)
    if not room or size < SHORTEST or size < SHARE * len(long):
        return False
    at = next((at for at in range(room + 1) if long[at] == short[0] and long[at : at + size] == short), None)
    if at is None:
        return False
    ends = _ends(whole)
    if (at and not ends[at - 1]) or not ends[at + size - 1]:
        return False
    return not any(_names(long, ends, place) for place in (*range(at), *range(at + size, len(long))))


def _names(tokens: tuple[str, ...], ends: Sequence[bool], place: int) -> bool:
    """Whether a token is a number, or a name: written with a capital that does not just open a sentence."""
    token = tokens[place]
    opens = place == 0 or ends[place - 1]
    return any(map(str.isdigit, token)) or any(map(str.isupper, token[1:] if opens else token))


def _same_place(group: _Group, hit: Ranked, across_documents: bool) -> bool:
    """Whether the headings give two equal texts the same meaning: "hold it for 10 s" resets, or pairs."""
    one, other = group.members[0].passage, hit.passage
    if one.document_id == other.document_id:
        return one.heading == other.heading
    return across_documents and _section(one) == _section(other)


def _section(passage: Passage) -> tuple[str, ...]:
    """Return the innermost heading without its numbering; nothing where that is the document's title."""
    last = passage.heading[-1] if passage.heading else passage.title
    return () if last == passage.title else _tokens(NUMBERING.sub("", last))


def _representative(members: Sequence[Ranked]) -> Ranked:
    equal = [hit for hit in members if isclose(hit.score, members[0].score, abs_tol=1e-6)]
    first = max(equal, key=lambda hit: hit.passage.chunk_id)  # ids grow as versions are published
    return replace(first, duplicates=tuple(hit.passage for hit in members if hit is not first))
