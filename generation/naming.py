"""A question without the name of what a document is about: "How do I start the pump?" of the Kestrel 40's manual.

A sentence of that manual says "the pump"; a cross-encoder that reads it alone misses the name more than it values the
answer. The title says the name for all of them. Knows words and capitals, no model.
"""

from __future__ import annotations

import re

from core.types import Passage
from generation.words import STOP, WORD

_DANGLING = re.compile(
    r"\s+(?:of|on|in|for|with|to|from|by|at)(?:\s+(?:the|an?|my|our|your|this))?\s*(?=[?.,!;:]|$)", re.I
)
_SENTENCE = re.compile(r"[.!?:\n]\s*$")


def without_names(question: str, passage: Passage) -> str:
    """Return the question without the words of the title that are names; whole where nothing to ask would be left.

    A word is a name when it holds a digit, when the asker wrote it with a capital within the question, or when the
    passage writes it only with one.
    """
    titled = {match.group().lower() for match in WORD.finditer(passage.title)}
    names = [
        match
        for match in WORD.finditer(question)
        if match.group().lower() in titled and _is_name(match, question, passage.text)
    ]
    if not names:
        return question
    kept, last = "", 0
    for match in names:
        kept, last = kept + question[last : match.start()], match.end()
    kept = " ".join((kept + question[last:]).split())
    kept = re.sub(r"\s+(?=[?.,!;:])", "", _DANGLING.sub("", kept))
    return kept if any(word.lower() not in STOP for word in WORD.findall(kept)) else question


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
