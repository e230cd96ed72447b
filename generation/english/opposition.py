"""Whether two statements contradict one another: they speak of the same thing and cannot both be right.

Compares the surface only, as `generation.phrasing.check` does, and is strict: two statements are about different things
if one has a word, a condition or a year that the other lacks. Knows a text and its headings;
`generation.refusal.contradiction` decides which statements are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

from generation.english import claims
from generation.english.quantities import Quantity, quantities, without_quantities, years
from generation.english.words import STOP, content, stem, words

DENIED = re.compile(r"\b(?:not|never|cannot|forbidden|prohibited|impossible|unable)\b|n['’]t\b", re.IGNORECASE)
_LIMITS = re.compile(
    r"\b(?:no|not) (?:more|less|fewer|longer|shorter|later|earlier|higher|lower|only)\b", re.IGNORECASE
)
_HERE = re.compile(r"\b(?:in|under|for|at) (?:this|that|these|those|such) [a-z]", re.IGNORECASE)
"""Refers to something outside the sentence: "in this state"."""
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|while|unless|where|except|without|once|during|as soon as|in case|provided|depending|"
    r"(?<=\w )to(?= [a-z]))\b(?P<clause>[^,.;:]*)",
    re.IGNORECASE,
)
_GLUE = """
    able allow apply available come consist contain cost cover entitle equal follow give go have hold include keep last
    lie long make may might must need offer possible press provide receive recommend require run should stand support
    take time valid within
"""
GLUE = frozenset(stem(word) for word in _GLUE.split())
"""Verbs of a statement that are not its topic: "the warranty lasts", "is valid for", "covers"."""
_OPPOSITES = """
    before after   above below   over under   left right   inside outside   first last   minimum maximum
    clockwise counterclockwise   clockwise anticlockwise   optional required
"""
_ACTIONS = """
    on off   up down   open close   open closed   lock unlock   enable disable   connect disconnect   start stop
    add remove   increase decrease
"""
_YES_OR_NO = "is are was were do does did can could may must should shall will has have"
YES_OR_NO = frozenset(_YES_OR_NO.split())
APART = frozenset(("without", "except", "unless", "only"))
"""Words that make a statement different from one without them."""
ALIKE = 0.6
"""Share of all their words that two statements must share to differ only in a denial or a direction."""
MOST_FIGURES = 2
"""Most figures of one kind in a statement: more are a list, and the parts of a list are about different things."""
MOST_EXTRA = 4
"""Most words that the longer statement may have in addition to the shorter one."""


def _pairs(text: str) -> frozenset[frozenset[str]]:
    found = text.split()
    return frozenset(frozenset((stem(a), stem(b))) for a, b in zip(found[::2], found[1::2], strict=True))


OPPOSITES, ACTIONS = _pairs(_OPPOSITES), _pairs(_ACTIONS)
_TURNING = frozenset().union(*OPPOSITES, *ACTIONS)


@dataclass(frozen=True)
class Statement:
    """A span to compare; `about` has its title, its headings and the line that introduces it."""

    text: str
    about: str = ""

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of its content words, without figures, denials, directions and GLUE."""
        return _topic_stems(DENIED.sub(" ", without_quantities(self.text)))

    @cached_property
    def conditions(self) -> frozenset[str]:
        """Stems of the clauses that give a condition or a purpose."""
        return _topic_stems(
            " ".join(match.group("clause") for match in _CONDITION.finditer(without_quantities(self.text)))
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Stems of its words and of those above it."""
        return self.words | _topic_stems(self.about)

    @cached_property
    def denied(self) -> bool:
        return DENIED.search(_LIMITS.sub(" ", self.text)) is not None

    @cached_property
    def directions(self) -> Counter[str]:
        return Counter(stem(word) for word in words(self.text) if stem(word) in _TURNING)


def clashing_figures(question: str, one: Statement, other: Statement) -> tuple[Quantity, Quantity] | None:
    """Return the figures in which two statements about the same thing differ, None if they agree."""
    if not _same_thing(question, one, other):
        return None
    for figure in one.quantities:
        here = [each for each in one.quantities if each.comparable(figure)]
        there = [each for each in other.quantities if each.comparable(figure)]
        if not there or max(len(here), len(there)) > MOST_FIGURES:
            continue
        if all(a.clashes(b) for a in here for b in there):
            return figure, there[0]
    return None


def denies(question: str, one: Statement, other: Statement) -> bool:
    """Return whether one statement denies the other, or says the opposite of it: open for closed."""
    if not (_same_thing(question, one, other) and _alike(one.words, other.words)) or _HERE.search(
        one.text + other.text
    ):
        return False
    if one.denied != other.denied:
        return one.directions == other.directions
    here, there = one.directions - other.directions, other.directions - one.directions
    if here.total() != 1 or there.total() != 1:
        return False
    pair = frozenset((*here, *there))
    return pair in OPPOSITES or (pair in ACTIONS and _asks_which(question, pair))


def _same_thing(question: str, one: Statement, other: Statement) -> bool:
    """Return whether two statements are about the same thing under the same condition, by the words that they share."""
    asked = set(content(question))
    if APART & (set(words(one.text)) ^ set(words(other.text))):
        return False
    if not one.words & other.words or not asked & one.known & other.known:
        return False
    if years(f"{one.text} {one.about}") != years(f"{other.text} {other.about}"):
        return False
    if asked & (one.known ^ other.known) - GLUE:
        return False  # only one of them is about the question
    here, there = one.words - other.known, other.words - one.known
    if (here and there) or max(len(here), len(there)) > MOST_EXTRA:
        return False
    return one.conditions <= other.known | asked and other.conditions <= one.known | asked


def _alike(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


def _asks_which(question: str, pair: frozenset[str]) -> bool:
    """Return whether a question asks which of two opposite actions is right: open or closed, must it be on."""
    asked = words(question)
    named = {stem(word) for word in asked} & pair
    return len(named) == 2 or (len(named) == 1 and bool(asked) and asked[0] in YES_OR_NO)


def _topic_stems(text: str) -> frozenset[str]:
    found = frozenset(stem(word) for word in words(text) if word not in STOP)
    return found - GLUE - claims.DIRECTIONS
