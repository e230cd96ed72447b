"""Turn a question into the terms to search for: each word once, in every form in the index, typing errors corrected.

Words that are in no passage are dropped. Knows no query language; `retrieval.lexical.index` builds tantivy's query from
the terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Protocol

from retrieval.lexical.analysis import Analyzers, fold, without_digraphs
from retrieval.lexical.email_question import weighted_parts
from retrieval.lexical.identifiers import candidate_identifiers
from retrieval.lexical.spelling import FIXED_PREFIX, MIN_LETTERS_FOR_TWO, correctable, one_edit, within_two_edits

MAX_WORDS_READ = 1000
"""Different words of a question that are looked up; of a longer text only the first are read."""
MAX_TERMS = 200
"""Words of a question that are searched for: the rarest of those read."""
MAX_CORRECTED_WORDS = 4
"""Misspelt words of a question that are corrected: about 1 ms each with one stemmer in use."""
MAX_CORRECTIONS = 3
"""Corrections of one word that are searched for, the commonest first."""
CORRECTION_WEIGHT = 0.7
MAX_PREFIX_TERMS = 1500
"""Terms with the same first letters that a long misspelt word is compared with, the commonest first."""


class Vocabulary(Protocol):
    """What this module needs to know of the index's terms."""

    def passage_count(self) -> int: ...

    def stemmers(self) -> Sequence[str]:
        """Return the stemmers that the texts were stemmed with, the commonest first."""

    def term_frequency(self, term: str) -> int:
        """Return how many passages contain a term."""

    def identifier_frequency(self, identifier: str) -> int:
        """Return how many passages contain an identifier."""

    def with_prefix(self, prefix: str, limit: int) -> Iterable[str]:
        """Return at most `limit` terms with this prefix, the commonest first."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question with its forms: the best form of them counts, with this weight."""

    forms: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The terms of a question: words, and identifiers with their inverse document frequency."""

    words: tuple[QueryTerm, ...]
    identifiers: tuple[tuple[str, float], ...]


def parse_question(text: str, vocabulary: Vocabulary, analyzers: Analyzers) -> LexicalQuery:
    """Return the terms of a question that are in the index."""
    parts = [(fold(part), weight) for part, weight in weighted_parts(text)]
    identifiers = dict(_identifiers(" ".join(part for part, _ in parts), vocabulary))
    terms = list(_words(_weights(parts, analyzers), identifiers, vocabulary, analyzers))
    if len(terms) > MAX_TERMS:
        terms = nlargest(MAX_TERMS, terms, key=lambda term: term.weight * _rarity(term, vocabulary))
    return LexicalQuery(tuple(terms), tuple(identifiers.items()))


def _weights(parts: Sequence[tuple[str, float]], analyzers: Analyzers) -> dict[str, float]:
    """Return the first words of a question, each with the weight of the part where it counts most."""
    weights: dict[str, float] = {}
    for part, weight in sorted(parts, key=lambda part: -part[1]):
        for word in analyzers.words(part):
            weights.setdefault(word, weight)
    return dict(islice(weights.items(), MAX_WORDS_READ))


def inverse_document_frequency(frequency: int, passages: int) -> float:
    """Return BM25's inverse document frequency."""
    return math.log1p((passages - frequency + 0.5) / (frequency + 0.5))


def _identifiers(folded: str, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    taken: set[int] = set()
    for words, name in candidate_identifiers(folded, MAX_WORDS_READ):
        frequency = vocabulary.identifier_frequency(name) if taken.isdisjoint(words) else 0
        if frequency:
            taken.update(words)
            yield name, inverse_document_frequency(frequency, vocabulary.passage_count())


def _words(
    words: Mapping[str, float], identifiers: Iterable[str], vocabulary: Vocabulary, analyzers: Analyzers
) -> Iterator[QueryTerm]:
    stemmers = vocabulary.stemmers()
    identified = "".join(identifiers)
    corrected = 0
    for (word, weight), forms in zip(words.items(), analyzers.forms(words, stemmers), strict=True):
        known = _known(forms, vocabulary) or _without_umlauts(word, stemmers, vocabulary, analyzers)
        if known:
            yield QueryTerm(known, weight)
        elif corrected < MAX_CORRECTED_WORDS and correctable(word) and word not in identified:
            corrected += 1
            corrections = _corrections(word, stemmers, vocabulary, analyzers)
            if corrections:
                yield QueryTerm(corrections, weight * CORRECTION_WEIGHT)


def _known(forms: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(form for form in forms if vocabulary.term_frequency(form))


def _without_umlauts(
    word: str, stemmers: Sequence[str], vocabulary: Vocabulary, analyzers: Analyzers
) -> tuple[str, ...]:
    if "german" not in stemmers:
        return ()
    return _known(analyzers.forms([without_digraphs(word)], ["german"])[0], vocabulary)


def _corrections(word: str, stemmers: Sequence[str], vocabulary: Vocabulary, analyzers: Analyzers) -> tuple[str, ...]:
    """Return the commonest terms one edit away from the word; two edits away only where there is none."""
    near = {form for forms in analyzers.forms(one_edit(word), stemmers) for form in forms}
    found = [(vocabulary.term_frequency(term), term) for term in near]
    if not any(frequency for frequency, _ in found) and len(word) >= MIN_LETTERS_FOR_TWO:
        stems = {form for forms in analyzers.forms([word], stemmers) for form in forms}
        listed = list(vocabulary.with_prefix(word[:FIXED_PREFIX], MAX_PREFIX_TERMS))
        found = [(vocabulary.term_frequency(term), term) for stem in stems for term in within_two_edits(stem, listed)]
    return tuple(term for frequency, term in nlargest(MAX_CORRECTIONS, found) if frequency)


def _rarity(term: QueryTerm, vocabulary: Vocabulary) -> float:
    frequency = max(map(vocabulary.term_frequency, term.forms))
    return inverse_document_frequency(frequency, vocabulary.passage_count())
