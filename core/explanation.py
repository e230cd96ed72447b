"""How a search explains itself: the words of the question, how much was searched, why each passage was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.filters import Filters


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question as typed and as in the index, and whether any passage that was searched has it."""

    typed: str
    term: str
    found: bool


@dataclass(frozen=True, slots=True)
class TermMatch:
    """How often a passage has a word of the question in its title and headings (`head`) and in its text."""

    typed: str
    term: str
    head: int
    text: int


@dataclass(frozen=True, slots=True)
class SearchCounts:
    """How much a search looked at: hits wanted of each list, hits that each list gave, passages read for the caller."""

    depth: int = 0
    dense: int = 0
    lexical: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a search found its passages: its terms and, by chunk id, their matches and why a duplicate is one.

    `groups` are the caller's; None for a caller who sees everything. `whole` says that nothing is hidden from this
    caller, so a score that counts all passages reveals nothing.
    """

    terms: tuple[Term, ...]
    matched: Mapping[int, tuple[TermMatch, ...]]
    alike: Mapping[int, str]
    looked: SearchCounts
    filters: Filters
    groups: frozenset[str] | None
    whole: bool
