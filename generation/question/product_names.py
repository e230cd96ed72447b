"""Product names: removed from a question to the product's own document, and compared with names of other products.

The sentences of the Kestrel 40's manual say "the pump"; only the title has the name. A cross-encoder that reads one
sentence alone misses the name and scores the right sentence low. Knows words and capitals, no model.
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
    """Return the question without the names that are in the passage's title; unchanged if nothing else is left.

    A word is a name if it contains a digit, if it has a capital inside the question, or if the passage writes it only
    with a capital. "The X200 printer" becomes "the printer", "the X200" becomes "it".
    """
    titled = {word.lower() for word in WORD.findall(passage.title)}

    def marked_name(match: re.Match[str]) -> str:
        is_name = match.group().lower() in titled and _is_name(match, question, passage.text)
        return "\0" if is_name else match.group()

    marked = WORD.sub(marked_name, question)
    if "\0" not in marked:
        return question

    def replaced(match: re.Match[str]) -> str:
        following = WORD.match(marked, match.end() + 1)
        if following is not None and following.group().lower() in titled:
            return match.group().replace("\0", "")
        return "it"

    shortened = _DANGLING.sub("", " ".join(_NAMED.sub(replaced, marked).split()))
    return shortened if any(word.lower() not in STOP for word in WORD.findall(shortened)) else question


def designations(text: str) -> frozenset[str]:
    """Return the words that contain a digit, in lower case: "x200", "2024"."""
    return frozenset(word.lower() for word in WORD.findall(text) if any(char.isdigit() for char in word))


def siblings(question: str, passages: Iterable[Passage]) -> Set[str]:
    """Return the titles of documents about another model than the one that the question names.

    Such a title has designations, but none from the question, while the title of another document has one of those.
    """
    asked = designations(question)
    titles = {passage.title: designations(passage.title) for passage in passages}
    if not any(asked & there for there in titles.values()):
        return frozenset()
    return frozenset(title for title, there in titles.items() if there and not asked & there)


def _is_name(match: re.Match[str], question: str, text: str) -> bool:
    word = match.group()
    if any(char.isdigit() for char in word):
        return True
    if word[0].isupper() and question[: match.start()].strip():
        return True
    return _always_capital(word, text)


def _always_capital(word: str, text: str) -> bool:
    """Return whether the text has the word inside a sentence, and always with a capital."""
    found = [match for match in WORD.finditer(text) if match.group().lower() == word.lower()]
    within = [match for match in found if text[: match.start()].strip() and not _SENTENCE.search(text[: match.start()])]
    return bool(within) and all(match.group()[0].isupper() for match in found)
