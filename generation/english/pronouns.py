"""The first pronoun of a question that the question itself does not explain. English.

When in doubt a pronoun counts as explained, because an unchanged question does less harm than one with a wrong topic.
`generation.question.follow_up` decides what replaces the pronoun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from generation.english.phrases import (
    AUXILIARIES,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    TIMES,
    WH,
    is_code,
    is_plural,
    is_topic,
    is_word,
    listed,
    noun_phrases,
)

MANY = 3
"""Topic words from which a question with "this menu" explains itself."""

_EXPLETIVE = re.compile(
    r"""\b(?:is|was|be|does|do|will|would|can|could|isn't|it)\s+(?:it|is)\s+(?:be\s+|a\s+|not\s+)*(?:\w+ly\s+)?
    (?:possible|safe|allowed|okay|ok|better|best|good|bad|necessary|normal|common|required|legal|easy|hard|difficult|
    worth|true|important|mandatory|say|said|enough|advisable|acceptable|appropriate|permitted|recommended|determined|
    known|proven|take|cost|matter|mean|make\s+sense|help|hurt|rain|snow)\b
    .*\b(?:to\s+(?!the\b|a\b|an\b|my\b)\w+|that|if|when|whether|which|for\s+\w+.*\s+to)\b""",
    re.IGNORECASE | re.VERBOSE,
)
PERSONAL = listed("it they them he she him")
POSSESSIVE = listed("its their his")
_PLURAL = listed("they them their")
POINTING = listed("this that these those")
_BOUNDARY = listed(", ; . ? ! and but or if when while because before after until so then that which who")


def open_pronoun(question: str, words: Sequence[str]) -> int | None:
    """Return the index of the first pronoun that the question before it does not explain, None without one."""
    if _EXPLETIVE.search(question):
        return None
    for place, word in enumerate(words):
        low = word.casefold()
        if low in PERSONAL and not _explained(words, place):
            return place
        if low in POSSESSIVE and not _explained(words, place):
            return place
        if low in POINTING and _points_back(words, place) and not _explained(words, place):
            return place
        if low in {"one", "ones"} and _stands_for_noun(words, place):
            return place
    return None


def _explained(words: Sequence[str], place: int) -> bool:
    """Return whether the question itself says what the pronoun at `place` means.

    It is explained by a noun in an earlier clause or by a clause after a comma; a possessive also by two topic words
    anywhere before it, "they" also by a plural anywhere before it.
    """
    low, before = words[place].casefold(), words[:place]
    if low in _PLURAL and any(map(is_plural, before)):
        return True
    rest = words[place:]
    if "," in rest and sum(map(is_topic, rest[rest.index(",") :])) > 1:
        return True
    edges = [at for at, word in enumerate(before) if word.casefold() in _BOUNDARY and at]
    if not edges and low not in POSSESSIVE:
        return False
    until = place if low in POSSESSIVE else edges[-1]
    return (
        any(phrase.end <= until for phrase in noun_phrases(words))
        or _has_subject(words[:until])
        or sum(map(is_topic, words[:until])) > 1
    )


def _has_subject(words: Sequence[str]) -> bool:
    """Return whether a noun without a determiner follows an auxiliary ("do employees") or "which"."""
    pairs = pairwise(words)
    return any(
        first.casefold() in AUXILIARIES | {"which"} and is_topic(second) and second.casefold() not in PRONOUNS
        for first, second in pairs
    )


def _points_back(words: Sequence[str], place: int) -> bool:
    """Return whether "that" or "this" refers to something, and does not begin a clause."""
    following = words[place + 1].casefold() if place + 1 < len(words) else "?"
    preceding = words[place - 1].casefold() if place else ""
    if not is_word(following):
        return True
    that = words[place].casefold() == "that"
    if that and is_word(preceding) and preceding not in AUXILIARIES | PREPOSITIONS | {"about", "and", "but", "if"}:
        return False
    if following in AUXILIARIES | PREPOSITIONS | WH | {"mean", "also", "work", "apply"}:
        return True
    return following not in TIMES and sum(map(is_topic, words)) < MANY and not _has_code(words[place + 1 :])


def _has_code(words: Sequence[str]) -> bool:
    return any(map(is_code, words[:4]))


def _stands_for_noun(words: Sequence[str], place: int) -> bool:
    """Return whether "one" stands for a noun: in "the green one", "which one is"; not in "one year", "one of the"."""
    following = words[place + 1].casefold() if place + 1 < len(words) else "?"
    preceding = [word.casefold() for word in words[max(0, place - 2) : place]]
    if not is_word(following) and place and is_topic(words[place - 1]):
        return True
    return following != "of" and not is_topic(following) and bool(set(preceding) & (DETERMINERS | {"which", "another"}))
