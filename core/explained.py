"""What a search tells of itself when asked to explain: its words, how far it looked, why each passage is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.filters import Filters


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question as it was typed and as the index knows it; whether anything that was searched holds it."""

    typed: str
    term: str
    found: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """How often a word of the question stands in a passage's title and headings, and in its text."""

    typed: str
    term: str
    head: int
    text: int


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a search looked: hits wanted of each list, hits that each gave, passages read back for the caller."""

    depth: int = 0
    dense: int = 0
    lexical: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a search went: its words, and by chunk id what each passage holds of them and why a duplicate is one.

    `groups` are the caller's; None for one who sees everything. `whole` says that nothing is hidden from him, so that
    a score which counts all passages tells him nothing new.
    """

    terms: tuple[Term, ...]
    matched: Mapping[int, tuple[Matched, ...]]
    alike: Mapping[int, str]
    looked: Looked
    filters: Filters
    groups: frozenset[str] | None
    whole: bool
