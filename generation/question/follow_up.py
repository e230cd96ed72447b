"""What a question means after the questions before it, in any language and without grammar.

A question that names little of its own gets the naming words of the earlier question in brackets: "And the weight
(price pump)?". One that only brings a sibling of a name in the earlier question is that question with the name
exchanged. Every other question stays as it is. Only the caller's own words are added, never a document's. Knows no
storage: `core.store.conversations` has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise

from generation.question.names import Name, names
from generation.question.small_words import (
    JOINING,
    PLACING,
    POINTING,
    REFERRING,
    SMALL_WORDS,
    content,
    length,
    of,
    words,
)

FEW = 2
"""Words that name something, of a question that refers back or is joined to the one before it by "and"."""
SHORT = 4
"""Words of a question that is joined to the one before it although it has a name of its own: "And on Windows 11?"."""
MOST_CARRIED = 10
"""Naming words that are added from earlier questions."""
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*\]")
"""What redaction leaves of personal data."""
_ASKS = re.compile(r"[?？؟]\W*$")
_SENTENCES = re.compile(r"\w[.!?]\s+\w")
_END = re.compile(r"[\s?？؟!.]+$")


@dataclass(frozen=True, slots=True)
class Understood:
    """A standalone question. `question` is None if it names nothing, and no earlier question does."""

    question: str | None


def understand(question: str, earlier: Sequence[str], *, asked_back: bool = False) -> Understood:
    """Return the standalone form of a cleaned question. `earlier` has the standalone questions before it, oldest first.

    `asked_back` says that the last of them was answered with a question ("Which one?"), which this one answers.
    """
    named = content(question)
    before = next((text for each in reversed(earlier) if length(content(text := PLACEHOLDER.sub(" ", each)))), None)
    if before is None:
        return Understood(question if named else None)
    if (exchanged := _exchange(question, before, named)) is not None:
        return Understood(exchanged)
    if asked_back and length(named) <= FEW + 1 and not _ASKS.search(question):
        return Understood(_with(before, named))
    return Understood(_with(question, _carried(question, before)) if _refers(question, named) else question)


def _refers(question: str, named: Sequence[str]) -> bool:
    """Return whether a question names so little that it needs the one before it."""
    said = words(question)
    if not length(named):
        return bool(said) and (not any(map(str.isdigit, question)) or _ASKS.search(question) is not None)
    if _refers_back(question):
        return length(named) <= FEW and not _SENTENCES.search(question)
    own = _own(question)
    if said[0].casefold() in of(JOINING, question):
        return length(named) <= FEW and (not own or len(said) <= SHORT)
    return _ASKS.search(question) is not None and length(named) <= 1 and not own


def _refers_back(question: str) -> bool:
    """Return whether a question has a word for something named before. "Sie" with a capital is no such word."""
    small, pointing, referring = (of(table, question) for table in (SMALL_WORDS, POINTING, REFERRING))
    said = words(question)
    return bool(referring & {said[0].casefold(), *said}) or any(
        word in pointing and following in small for word, following in pairwise([*said, min(small, default="")])
    )


def _exchange(question: str, before: str, named: Sequence[str]) -> str | None:
    """Return the earlier question with the name that the question brings, if it brings nothing else."""
    there = [name for name in _own(before) if name.family != "year"]
    if named and all(map(str.isdigit, named)) and len(there) == 1:
        return _asked(before, there[0].text, re.sub(r"\d+$", named[-1], there[0].text))
    known = _folded(content(before))
    for name in names(question):
        if length([word for word in content(question.replace(name.text, " ")) if word.casefold() not in known]):
            return None
        siblings = {old.text for old in names(before) if old.family == name.family and old.key != name.key}
        if len(siblings) == 1:
            return _asked(before, siblings.pop(), name.text)
    return None


def _own(question: str) -> list[Name]:
    """Return the names of a question with a capital: "within 14 days" is none."""
    small = of(SMALL_WORDS, question)
    return [name for name in names(question) if name.text[0].isupper() and not _folded(words(name.text)) & small]


def _asked(before: str, old: str, new: str) -> str:
    return f"{_END.sub('', before.replace(old, new))}?"


def _carried(question: str, before: str) -> list[str]:
    """Return the words of the earlier question, without what the question says instead: after the same preposition."""
    found = list(content(before))
    small, said = of(SMALL_WORDS, before), words(before)
    shared = _folded(words(question)) & of(PLACING, question)
    for place in (at for at, word in enumerate(said) if word.casefold() in shared):
        instead = list(dropwhile(lambda word: word.casefold() in small, said[place:]))
        if not _folded(instead) & small:
            found = [word for word in found if word not in instead] or found
    return [word for word in found if not word.isdigit() or not any(map(str.isdigit, question))]


def _with(question: str, carried: Sequence[str]) -> str:
    """Return the question with words in brackets that it does not have."""
    own = _folded(words(question))
    added = [word for word in carried if word.casefold() not in own][:MOST_CARRIED]
    return f"{_END.sub('', question)} ({' '.join(added)})?" if added else question


def _folded(found: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in found)
