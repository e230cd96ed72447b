"""Why a search found what it found: which words of the question each passage holds, and which stand nowhere.

Speaks of nothing but passages that the caller may read: a word that only hidden ones hold is as absent as one that none
holds, and a mended spelling is told only where the caller can read it (decision 0028). Orders nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

from core.explanation import Explanation, SearchCounts, Term, TermMatch
from core.store.database import Database
from core.store.reading import hydrate, restricted, visible_ids
from core.types import Caller, Filters, Passage, Ranked
from retrieval.lexical.analysis import DEFAULT, Analyzers, fold, stemmer_of
from retrieval.lexical.identifiers import identifiers
from retrieval.lexical.index import TantivyIndex
from retrieval.ranking.candidates import Share
from retrieval.ranking.collapse import alike

MOST_WORDS = 64
"""Words of a question that are explained."""
FEW = 16
"""Holders of a term that are looked at before all of a caller's passages are."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or identifier of a question as it was typed, and the terms that it is looked up by."""

    typed: str
    forms: tuple[str, ...]
    plain: str
    identifier: bool = False


def explained(
    db: Database,
    lexical: TantivyIndex,
    caller: Caller,
    question: str,
    filters: Filters | None,
    found: Sequence[Ranked],
    looked: SearchCounts,
) -> Explanation:
    """Explain the passages that a caller's search found."""
    words = words_of(question, lexical)
    held = {hit.passage.chunk_id: matched(words, hit.passage) for hit in found}
    with db.read() as session:
        narrow, whole = restricted(session, caller, filters), not restricted(session, caller)
        share = Share(partial(hydrate, session, caller, filters=filters), lambda: visible_ids(session, caller, filters))
        told = terms(words, chain.from_iterable(held.values()), lexical, share, narrow=narrow)
    groups = None if caller.sees_all else caller.groups
    return Explanation(told, held, why_alike(found), looked, filters or Filters(), groups, whole)


def words_of(question: str, lexical: TantivyIndex) -> list[Word]:
    """Return the question's words in order, each once, then its identifiers."""
    analyzers = Analyzers()
    typed = dict(islice(_typed(question, analyzers), MOST_WORDS))
    plain = [terms[0] for terms in analyzers.forms(typed, [DEFAULT])]
    found = [Word(typed[word], _forms(word, lexical), term) for word, term in zip(typed, plain, strict=True)]
    names = lexical.asked(question).identifiers
    return found + [Word(name, (name,), name, identifier=True) for name, _ in names]


def matched(words: Sequence[Word], passage: Passage) -> tuple[TermMatch, ...]:
    """Return which of the words a passage holds, as which term, how often in its head and its text."""
    stemmer = stemmer_of(passage.language)
    head = " > ".join(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))
    in_head, in_text = (_counts(fold(part), stemmer) for part in (head, passage.text))
    counted = [
        TermMatch(word.typed, form, in_head[word.identifier, form], in_text[word.identifier, form])
        for word in words
        for form in word.forms
    ]
    return tuple(each for each in counted if each.head or each.text)


def terms(
    words: Sequence[Word], held: Iterable[TermMatch], lexical: TantivyIndex, share: Share, *, narrow: bool
) -> tuple[Term, ...]:
    """Return what became of each word: the term that passages of the caller hold, or that none does.

    `held` is what the found passages hold; `narrow` says that the caller may not see all.
    """
    known = {(each.typed, each.term) for each in held}
    told = [(word, _readable_form(word, known, lexical, share, narrow)) for word in words]
    # an identifier that is not found was none that this caller knows of: its words speak for it
    return tuple(
        Term(word.typed, form or word.plain, form is not None) for word, form in told if form or not word.identifier
    )


def why_alike(ranked: Iterable[Ranked]) -> dict[int, str]:
    """Return for each duplicate, by chunk id, how it compares with the passage that it stands under."""
    return {other.chunk_id: alike(hit.passage, other) for hit in ranked for other in hit.duplicates}


def _forms(word: str, lexical: TantivyIndex) -> tuple[str, ...]:
    """Return the terms that a folded word is looked up by."""
    return tuple(dict.fromkeys(form for wanted in lexical.asked(word).words for form in wanted.forms))


def _readable_form(
    word: Word, known: set[tuple[str, str]], lexical: TantivyIndex, share: Share, narrow: bool
) -> str | None:
    for form in word.forms:
        if (word.typed, form) in known or _stands(word, form, lexical, share, narrow):
            return form
    return None


def _stands(word: Word, form: str, lexical: TantivyIndex, share: Share, narrow: bool) -> bool:
    """Whether the caller may read a passage that holds the term: a few first, then all of his."""
    few = lexical.holding(form, FEW, identifier=word.identifier)
    seen = share.readable(few)
    if any(chunk_id in seen for chunk_id in few):
        return True
    return narrow and len(few) == FEW and bool(lexical.holding(form, 1, share.every(), identifier=word.identifier))


def _typed(question: str, analyzers: Analyzers) -> Iterator[tuple[str, str]]:
    """Yield the folded words of a question, each once, with how they were typed."""
    yielded: set[str] = set()
    for piece in question.split():
        words = analyzers.words(piece)
        for word in words:
            if word not in yielded:
                yielded.add(word)
                yield word, (_bare(piece) if len(words) == 1 else word)


def _bare(piece: str) -> str:
    """Return a word without the punctuation around it."""
    inner = [at for at, letter in enumerate(piece) if letter.isalnum()]
    return piece[inner[0] : inner[-1] + 1] if inner else piece


def _counts(folded: str, stemmer: str) -> Counter[tuple[bool, str]]:
    """Count terms (False) and identifiers (True) of a folded text."""
    terms = Analyzers()[stemmer].analyze(folded)
    return Counter((False, term) for term in terms) + Counter((True, name) for name in identifiers(folded))
