"""Explain a search: which words of the question each passage contains, and which words are in no passage.

Covers only passages that the caller may read: a word that only hidden passages contain is reported as absent, and a
corrected spelling is reported only where the caller can read it (decision 0028). Changes no order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

from core.store.database import Database
from core.store.reading import hydrate, restricted, visible_ids
from core.types import Caller, Explanation, Filters, Passage, Ranked, SearchCounts, Term, TermMatch
from retrieval.lexical.analysis import DEFAULT, Analyzers, fold, stemmer_of
from retrieval.lexical.identifiers import identifiers
from retrieval.lexical.index import TantivyIndex
from retrieval.ranking.candidates import Visible
from retrieval.ranking.collapse import compare_texts

MOST_WORDS = 64
"""Words of a question that are explained."""
FEW = 16
"""Passages with a term that are checked first, before all passages of the caller are."""


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word or identifier of a question as typed, and the terms that it is searched with."""

    typed: str
    forms: tuple[str, ...]
    plain: str
    identifier: bool = False


def explain_search(
    db: Database,
    lexical: TantivyIndex,
    caller: Caller,
    question: str,
    filters: Filters | None,
    found: Sequence[Ranked],
    looked: SearchCounts,
) -> Explanation:
    """Return the explanation of the passages that a caller's search found."""
    words = words_of(question, lexical)
    held = {hit.passage.chunk_id: match_passage(words, hit.passage) for hit in found}
    with db.read() as session:
        narrow, whole = restricted(session, caller, filters), not restricted(session, caller)
        visible = Visible(
            partial(hydrate, session, caller, filters=filters), lambda: visible_ids(session, caller, filters)
        )
        found_terms = find_terms(words, chain.from_iterable(held.values()), lexical, visible, narrow=narrow)
    groups = None if caller.sees_all else caller.groups
    return Explanation(found_terms, held, describe_duplicates(found), looked, filters or Filters(), groups, whole)


def words_of(question: str, lexical: TantivyIndex) -> list[QuestionWord]:
    """Return the words of the question in order, each once, then its identifiers."""
    analyzers = Analyzers()
    typed = dict(islice(_typed(question, analyzers), MOST_WORDS))
    plain = [terms[0] for terms in analyzers.forms(typed, [DEFAULT])]
    found = [QuestionWord(typed[word], _forms(word, lexical), term) for word, term in zip(typed, plain, strict=True)]
    names = lexical.parse(question).identifiers
    return found + [QuestionWord(name, (name,), name, identifier=True) for name, _ in names]


def match_passage(words: Sequence[QuestionWord], passage: Passage) -> tuple[TermMatch, ...]:
    """Return the words that a passage contains: as which term, and how often in its head and its text."""
    stemmer = stemmer_of(passage.language)
    head = " > ".join(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))
    in_head, in_text = (_counts(fold(part), stemmer) for part in (head, passage.text))
    counted = [
        TermMatch(word.typed, form, in_head[word.identifier, form], in_text[word.identifier, form])
        for word in words
        for form in word.forms
    ]
    return tuple(each for each in counted if each.head or each.text)


def find_terms(
    words: Sequence[QuestionWord], held: Iterable[TermMatch], lexical: TantivyIndex, visible: Visible, *, narrow: bool
) -> tuple[Term, ...]:
    """Return for each word the term that passages visible to the caller contain, or that none does.

    `held` are the terms of the found passages; `narrow` says that the caller may not see all passages.
    """
    known = {(each.typed, each.term) for each in held}
    found_terms = [(word, _readable_form(word, known, lexical, visible, narrow)) for word in words]
    # an identifier that is not found is left out: its words are reported by themselves
    return tuple(
        Term(word.typed, form or word.plain, form is not None)
        for word, form in found_terms
        if form or not word.identifier
    )


def describe_duplicates(ranked: Iterable[Ranked]) -> dict[int, str]:
    """Return for each duplicate, by chunk id, how it differs from the passage that it is listed under."""
    return {other.chunk_id: compare_texts(hit.passage, other) for hit in ranked for other in hit.duplicates}


def _forms(word: str, lexical: TantivyIndex) -> tuple[str, ...]:
    """Return the terms that a folded word is searched with."""
    return tuple(dict.fromkeys(form for term in lexical.parse(word).words for form in term.forms))


def _readable_form(
    word: QuestionWord, known: set[tuple[str, str]], lexical: TantivyIndex, visible: Visible, narrow: bool
) -> str | None:
    for form in word.forms:
        if (word.typed, form) in known or _is_readable(word, form, lexical, visible, narrow):
            return form
    return None


def _is_readable(word: QuestionWord, form: str, lexical: TantivyIndex, visible: Visible, narrow: bool) -> bool:
    """Return whether the caller may read a passage that contains the term: check a few first, then all of theirs."""
    few = lexical.ids_with_term(form, FEW, identifier=word.identifier)
    seen = visible.readable(few)
    if any(chunk_id in seen for chunk_id in few):
        return True
    return (
        narrow and len(few) == FEW and bool(lexical.ids_with_term(form, 1, visible.every(), identifier=word.identifier))
    )


def _typed(question: str, analyzers: Analyzers) -> Iterator[tuple[str, str]]:
    """Yield the folded words of a question, each once, with the typed form."""
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
