"""Show passages with the same text once: the best stays, the others are listed as its duplicates.

The same warranty text is in ten manuals and should not be all that a search finds. Strict on purpose: a number, a name
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

MIN_LENGTH_SHARE = 0.9
"""The least length of the shorter text, as a share of the longer one."""
MIN_TOKENS = 5
"""Tokens of the shortest text that may count as part of another."""
TOKEN = re.compile(r"[^\W\d]\w*|(?:(?<!\w)[-+−–±])?\d+(?:[.,:/]\d+)*|[^\w\s.,;:!?'\"()\[\]{}|]")
"""A word, a number with its sign, or a mark; `_is_meaningful` says which marks count."""
CACHED_TEXTS = 1000
"""Texts whose tokens are cached, about 10 MB: some passages are found by every other question."""
ENDS = re.compile(r"[.!?…:;。！？\n]")
NUMBERING = re.compile(r"^\d+(?:\.\d+)*[.)]\s+|^\d+(?:\.\d+)+\s+(?=[^\W\d_]{5})")
"""The number of a section. "24 V version" and "1.5 Volt cells" do not begin with one."""


@dataclass(slots=True)
class _Group:
    """Passages with the same text as the first of them, in the order of the search."""

    tokens: tuple[str, ...]
    members: list[Ranked]


def collapse(ranked: Sequence[Ranked], *, across_documents: bool = True) -> list[Ranked]:
    """Return the passages, best first, without those that repeat a better one, which lists them as its `duplicates`.

    Of copies with equal scores the one published last represents the others. With `across_documents` false only
    repetitions within one document are collapsed, so that each document keeps its own passages.
    """
    groups: list[_Group] = []
    by_size: dict[int, list[tuple[int, _Group]]] = {}
    exact: dict[tuple[str, ...], list[_Group]] = {}
    for hit in ranked:
        text, tokens = hit.passage.text, _tokens(hit.passage.text)
        near = [group for group in exact.get(tokens, ()) if _same_section(group, hit, across_documents)]
        if not near:
            sizes = range(ceil(MIN_LENGTH_SHARE * len(tokens)), int(len(tokens) / MIN_LENGTH_SHARE) + 1)
            about_as_long = sorted((each for size in sizes for each in by_size.get(size, ())), key=itemgetter(0))
            containing = (
                g for _, g in about_as_long if _contains(g, tokens, text) and _same_section(g, hit, across_documents)
            )
            near = list(islice(containing, 1))
        if near:
            near[0].members.append(hit)
            continue
        groups.append(_Group(tokens, [hit]))
        by_size.setdefault(len(tokens), []).append((len(groups), groups[-1]))
        exact.setdefault(tokens, []).append(groups[-1])
    return [_representative(group.members) for group in groups]


def compare_texts(one: Passage, other: Passage) -> str:
    """Return a phrase that says how the texts of two collapsed passages differ."""
    more = len(_tokens(one.text)) - len(_tokens(other.text))
    if not more:
        return "the same words"
    return f"the same words and {abs(more)} {'more' if more < 0 else 'fewer'} at an end"


@lru_cache(maxsize=CACHED_TEXTS)
def _tokens(text: str) -> tuple[str, ...]:
    """Return the meaningful tokens of a text. Case counts (mW is not MW), spacing and punctuation do not."""
    found = tuple(token for token in TOKEN.findall(unicodedata.normalize("NFC", text)) if _is_meaningful(token))
    return found or (text,)  # a text of punctuation alone is its own token


def _ends(text: str) -> list[bool]:
    """Return for each token of a text whether a sentence or a line ends after it."""
    text = unicodedata.normalize("NFC", text)
    found = [match for match in TOKEN.finditer(text) if _is_meaningful(match.group())]
    return [ENDS.search(text, one.end(), other.start()) is not None for one, other in pairwise(found)] + [True]


def _is_meaningful(token: str) -> bool:
    """Return whether a token is more than punctuation: < and > are, brackets and the bars of a table are not."""
    if len(token) > 1 or token.isalnum():
        return True
    return token in "%‰_" or (unicodedata.category(token)[0] == "S" and token != "`")


def _contains(group: _Group, tokens: tuple[str, ...], text: str) -> bool:
    """Return whether one text is the other plus whole sentences before or after that hold no name or number."""
    short, long, whole = tokens, group.tokens, group.members[0].passage.text
    if len(short) > len(long):
        short, long, whole = long, short, text
    size, room = len(short), len(long) - len(short)
    if not room or size < MIN_TOKENS or size < MIN_LENGTH_SHARE * len(long):
        return False
    at = next((at for at in range(room + 1) if long[at] == short[0] and long[at : at + size] == short), None)
    if at is None:
        return False
    ends = _ends(whole)
    if (at and not ends[at - 1]) or not ends[at + size - 1]:
        return False
    return not any(_names_something(long, ends, place) for place in (*range(at), *range(at + size, len(long))))


def _names_something(tokens: tuple[str, ...], ends: Sequence[bool], place: int) -> bool:
    """Return whether a token is a number or a name: it has a capital that does not only open a sentence."""
    token = tokens[place]
    opens = place == 0 or ends[place - 1]
    return any(map(str.isdigit, token)) or any(map(str.isupper, token[1:] if opens else token))


def _same_section(group: _Group, hit: Ranked, across_documents: bool) -> bool:
    """Return whether the headings give two equal texts the same meaning: "hold it for 10 s" may reset, or pair."""
    one, other = group.members[0].passage, hit.passage
    if one.document_id == other.document_id:
        return one.heading == other.heading
    return across_documents and _innermost_heading(one) == _innermost_heading(other)


def _innermost_heading(passage: Passage) -> tuple[str, ...]:
    """Return the tokens of the innermost heading without its number; none where it is the document's title."""
    last = passage.heading[-1] if passage.heading else passage.title
    return () if last == passage.title else _tokens(NUMBERING.sub("", last))


def _representative(members: Sequence[Ranked]) -> Ranked:
    equal = [hit for hit in members if isclose(hit.score, members[0].score, abs_tol=1e-6)]
    first = max(equal, key=lambda hit: hit.passage.chunk_id)  # ids grow as versions are published
    return replace(first, duplicates=tuple(hit.passage for hit in members if hit is not first))
