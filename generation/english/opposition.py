"""Whether two statements contradict one another: the same is said of the same thing, and both cannot be right.

Surface evidence only, as in `generation.phrasing.check`, and strict: a word, a condition or a year of their own makes
them statements about different things. Knows text and the headings above it; which statements are compared is decided
in `generation.refusal.contradiction`.
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
"""Points at something that the sentence itself does not say: "in this state"."""
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
"""Words that carry a statement without being what it is about: "the warranty lasts", "is valid for", "covers"."""
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
"""Words that set a statement apart from one without them."""
ALIKE = 0.6
"""Share of all their words that two statements have in common where only a denial or a direction sets them apart."""
MOST_FIGURES = 2
"""Figures of one kind in a statement: more are a list, and a list's parts speak of different things."""
FURTHER = 4
"""Words that the longer statement may have beyond the shorter."""


def _pairs(text: str) -> frozenset[frozenset[str]]:
    found = text.split()
    return frozenset(frozenset((stem(a), stem(b))) for a, b in zip(found[::2], found[1::2], strict=True))


OPPOSITES, ACTIONS = _pairs(_OPPOSITES), _pairs(_ACTIONS)
_TURNING = frozenset().union(*OPPOSITES, *ACTIONS)


@dataclass(frozen=True)
class Statement:
    """A span as it is compared; `about` is what stands above it: title, headings, the line that introduces it."""

    text: str
    about: str = ""

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of what it says, without figures, denials, directions and glue."""
        return _said(DENIED.sub(" ", without_quantities(self.text)))

    @cached_property
    def conditions(self) -> frozenset[str]:
        """Stems of the clauses that say when it holds, or what it is done for."""
        return _said(" ".join(match.group("clause") for match in _CONDITION.finditer(without_quantities(self.text))))

    @cached_property
    def known(self) -> frozenset[str]:
        """All that it is about: its words and those above it."""
        return self.words | _said(self.about)

    @cached_property
    def denied(self) -> bool:
        return DENIED.search(_LIMITS.sub(" ", self.text)) is not None

    @cached_property
    def directions(self) -> Counter[str]:
        return Counter(stem(word) for word in words(self.text) if stem(word) in _TURNING)


def clashing(question: str, one: Statement, other: Statement) -> tuple[Quantity, Quantity] | None:
    """Return the figures in which two statements differ although they speak of the same; None where they do not."""
    if not _same_thing(question, one, other):
        return None
    for mine in one.quantities:
        ours = [each for each in one.quantities if each.comparable(mine)]
        theirs = [each for each in other.quantities if each.comparable(mine)]
        if not theirs or max(len(ours), len(theirs)) > MOST_FIGURES:
            continue
        if all(a.clashes(b) for a in ours for b in theirs):
            return mine, theirs[0]
    return None


def denies(question: str, one: Statement, other: Statement) -> bool:
    """Tell whether one says what the other denies, or the other way round what it says: open for closed."""
    if not (_same_thing(question, one, other) and _alike(one.words, other.words)) or _HERE.search(
        one.text + other.text
    ):
        return False
    if one.denied != other.denied:
        return one.directions == other.directions
    mine, theirs = one.directions - other.directions, other.directions - one.directions
    if mine.total() != 1 or theirs.total() != 1:
        return False
    pair = frozenset((*mine, *theirs))
    return pair in OPPOSITES or (pair in ACTIONS and _asks_which(question, pair))


def _same_thing(question: str, one: Statement, other: Statement) -> bool:
    """Tell whether two statements speak of the same, under the same condition: none has words that only it has."""
    asked = set(content(question))
    if APART & (set(words(one.text)) ^ set(words(other.text))):
        return False
    if not one.words & other.words or not asked & one.known & other.known:
        return False
    if years(f"{one.text} {one.about}") != years(f"{other.text} {other.about}"):
        return False
    if asked & (one.known ^ other.known) - GLUE:
        return False  # only one of them speaks of what was asked
    mine, theirs = one.words - other.known, other.words - one.known
    if (mine and theirs) or max(len(mine), len(theirs)) > FURTHER:
        return False
    return one.conditions <= other.known | asked and other.conditions <= one.known | asked


def _alike(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


def _asks_which(question: str, pair: frozenset[str]) -> bool:
    """Tell whether a question asks which of two opposite actions it is: open or closed, must it be on."""
    asked = words(question)
    named = {stem(word) for word in asked} & pair
    return len(named) == 2 or (len(named) == 1 and bool(asked) and asked[0] in YES_OR_NO)


def _said(text: str) -> frozenset[str]:
    found = frozenset(stem(word) for word in words(text) if word not in STOP)
    return found - GLUE - claims.DIRECTIONS
