"""A question as the terms to look for: each word once, in every form that the index holds, misspelt ones mended.

Words that no passage holds drop out, so a term's rarity is the index's own. Knows no query language;
`retrieval.lexical.index` turns the terms into one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Protocol

from retrieval.lexical.analysis import Analyzers, fold, without_digraphs
from retrieval.lexical.email_question import weighed
from retrieval.lexical.identifiers import asked_identifiers
from retrieval.lexical.spelling import KEPT_PREFIX, SHORTEST_FOR_TWO, correctable, one_slip, within_two

MOST_READ = 1000
"""Different words of a question that are looked up: a pasted book asks with its first thousand."""
MOST_TERMS = 200
"""Words that a question is asked with: the rarest of what was read."""
MOST_MENDED = 4
"""Misspelt words that are looked into: about 1 ms each, up to 10 where two slips are tried."""
MENDS = 3
"""Corrections of one word that count, the commonest first."""
MENDED_WEIGHT = 0.7
MOST_STARTING = 1500
"""Terms with the same first letters that a long misspelt word is compared with, the commonest first."""


class Vocabulary(Protocol):
    """What an index tells of its terms."""

    def passages(self) -> int: ...

    def stemmers(self) -> Sequence[str]:
        """Return the stemmers that its texts went through, the commonest first."""

    def holding(self, term: str) -> int:
        """Return how many passages hold a term."""

    def naming(self, identifier: str) -> int:
        """Return how many passages hold an identifier."""

    def starting(self, prefix: str, limit: int) -> Iterable[str]:
        """Return terms that start so, the commonest first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of a question: any of its forms counts, once, with this weight."""

    forms: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is looked up by: words, and identifiers with their rarity."""

    words: tuple[Wanted, ...]
    identifiers: tuple[tuple[str, float], ...]


def read_question(text: str, vocabulary: Vocabulary, analyzers: Analyzers) -> Asked:
    """Return the terms of a question that the index holds."""
    parts = [(fold(part), weight) for part, weight in weighed(text)]
    names = dict(_identifiers(" ".join(part for part, _ in parts), vocabulary))
    wanted = list(_words(_weights(parts, analyzers), names, vocabulary, analyzers))
    if len(wanted) > MOST_TERMS:
        wanted = nlargest(MOST_TERMS, wanted, key=lambda word: word.weight * _rarity(word, vocabulary))
    return Asked(tuple(wanted), tuple(names.items()))


def _weights(parts: Sequence[tuple[str, float]], analyzers: Analyzers) -> dict[str, float]:
    """Return the first words of a question, each with the weight of the part where it counts most."""
    weights: dict[str, float] = {}
    for part, weight in sorted(parts, key=lambda part: -part[1]):
        for word in analyzers.words(part):
            weights.setdefault(word, weight)
    return dict(islice(weights.items(), MOST_READ))


def rarity(holding: int, passages: int) -> float:
    """Return BM25's inverse document frequency."""
    return math.log1p((passages - holding + 0.5) / (holding + 0.5))


def _identifiers(folded: str, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    taken: set[int] = set()
    for place, name in asked_identifiers(folded, MOST_READ):
        holding = vocabulary.naming(name) if taken.isdisjoint(place) else 0
        if holding:
            taken.update(place)
            yield name, rarity(holding, vocabulary.passages())


def _words(
    words: Mapping[str, float], names: Iterable[str], vocabulary: Vocabulary, analyzers: Analyzers
) -> Iterator[Wanted]:
    stemmers = vocabulary.stemmers()
    named = "".join(names)
    mended = 0
    for (word, weight), forms in zip(words.items(), analyzers.forms(words, stemmers), strict=True):
        held = _held(forms, vocabulary) or _typed_plainly(word, stemmers, vocabulary, analyzers)
        if held:
            yield Wanted(held, weight)
        elif mended < MOST_MENDED and correctable(word) and word not in named:
            mended += 1
            meant = _mend(word, stemmers, vocabulary, analyzers)
            if meant:
                yield Wanted(meant, weight * MENDED_WEIGHT)


def _held(forms: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(form for form in forms if vocabulary.holding(form))


def _typed_plainly(word: str, stemmers: Sequence[str], vocabulary: Vocabulary, analyzers: Analyzers) -> tuple[str, ...]:
    if "german" not in stemmers:
        return ()
    return _held(analyzers.forms([without_digraphs(word)], ["german"])[0], vocabulary)


def _mend(word: str, stemmers: Sequence[str], vocabulary: Vocabulary, analyzers: Analyzers) -> tuple[str, ...]:
    """Return the commonest terms that the word may be a slip of; two slips only where one leads nowhere."""
    near = {form for forms in analyzers.forms(one_slip(word), stemmers) for form in forms}
    found = [(vocabulary.holding(term), term) for term in near]
    if not any(holding for holding, _ in found) and len(word) >= SHORTEST_FOR_TWO:
        stems = {form for forms in analyzers.forms([word], stemmers) for form in forms}
        listed = list(vocabulary.starting(word[:KEPT_PREFIX], MOST_STARTING))
        found = [(vocabulary.holding(term), term) for stem in stems for term in within_two(stem, listed)]
    return tuple(term for holding, term in nlargest(MENDS, found) if holding)


def _rarity(word: Wanted, vocabulary: Vocabulary) -> float:
    return rarity(max(map(vocabulary.holding, word.forms)), vocabulary.passages())
