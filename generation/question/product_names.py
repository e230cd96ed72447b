"""Names of what a document is about: taken out of a question to it, and kept apart from names of its siblings.

A sentence of the Kestrel 40's manual says "the pump", and its title says the name for all of them: a cross-encoder that
reads the sentence alone misses the name more than it values the answer. Knows words and capitals, no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from core.types import Passage
from generation.english.words import STOP, WORD

_DANGLING = re.compile(r"\s+(?:of|on|in|for|with|to|from|by|at)\s+it\s*(?=[?.,!;:]|$)")
_NAMED = re.compile(r"(?:\b(?:the|an?|my|our|your|this)\s+)?\0(?:\s*\0)*")
_SENTENCE = re.compile(r"[.!?:\n]\s*$")


def without_names(question: str, passage: Passage) -> str:
    """Return the question without the words of the title that are names; whole where nothing to ask would be left.

    A word is a name when it holds a digit, when the asker wrote it with a capital within the question, or when the
    passage writes it only with one. "The X200 printer" becomes "the printer", "the X200" becomes "it".
    """
    titled = {word.lower() for word in WORD.findall(passage.title)}

    def shortened(match: re.Match[str]) -> str:
        named = match.group().lower() in titled and _is_name(match, question, passage.text)
        return "\0" if named else match.group()

    marked = WORD.sub(shortened, question)
    if "\0" not in marked:
        return question

    def said(match: re.Match[str]) -> str:
        following = WORD.match(marked, match.end() + 1)
        if following is not None and following.group().lower() in titled:
            return match.group().replace("\0", "")
        return "it"

    kept = _DANGLING.sub("", " ".join(_NAMED.sub(said, marked).split()))
    return kept if any(word.lower() not in STOP for word in WORD.findall(kept)) else question


def designations(text: str) -> frozenset[str]:
    """Return the words with a digit, in small letters: "x200", "2024"."""
    return frozenset(word.lower() for word in WORD.findall(text) if any(char.isdigit() for char in word))


def siblings(question: str, passages: Iterable[Passage]) -> Set[str]:
    """Return the titles of documents about another model than the one that the question names.

    They bear designations of their own, none that was asked about, and another document's title bears one that was.
    """
    asked = designations(question)
    titles = {passage.title: designations(passage.title) for passage in passages}
    if not any(asked & borne for borne in titles.values()):
        return frozenset()
    return frozenset(title for title, borne in titles.items() if borne and not asked & borne)


def _is_name(match: re.Match[str], question: str, text: str) -> bool:
    word = match.group()
    if any(char.isdigit() for char in word):
        return True
    if word[0].isupper() and question[: match.start()].strip():
        return True
    return _always_capital(word, text)


def _always_capital(word: str, text: str) -> bool:
    """Tell whether the text has the word, also where no sentence begins, and never in small letters."""
    found = [match for match in WORD.finditer(text) if match.group().lower() == word.lower()]
    within = [match for match in found if text[: match.start()].strip() and not _SENTENCE.search(text[: match.start()])]
    return bool(within) and all(match.group()[0].isupper() for match in found)
