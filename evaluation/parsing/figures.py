"""Counts what of a source's content is in a result, and makes figures of the counts. The definitions are in the guide.

F1 is over multisets: of equal things, as many count as both have. Counts of files add up, and figures are made of sums.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from rapidfuzz.distance import Indel

from core.types import Json
from evaluation.parsing.content import Content, Item

SCORES = ("table_cell_f1", "table_row_f1", "list_item_f1", "list_order", "heading_f1", "heading_level_accuracy",
          "text_similarity")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matches:
    """How many things the source has, the result has, and both have."""

    source: int = 0
    result: int = 0
    both: int = 0

    def __add__(self, other: Matches) -> Matches:
        return Matches(self.source + other.source, self.result + other.result, self.both + other.both)

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall; None if neither side has anything."""
        total = self.source + self.result
        return 2 * self.both / total if total else None


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some were right; `right` is a sum of shares where each has a degree."""

    right: float = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.of + other.of)

    @property
    def value(self) -> float | None:
        return self.right / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one document or of several."""

    cells: Matches = Matches()
    rows: Matches = Matches()
    items: Matches = Matches()
    order: Share = Share()
    headings: Matches = Matches()
    levels: Share = Share()
    similarity: Share = Share()

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def scores(self) -> dict[str, Json]:
        """Return the figures, named as in SCORES; None where there was nothing to find and nothing was found."""
        found = (self.cells.f1, self.rows.f1, self.items.f1, self.order.value, self.headings.f1, self.levels.value,
                 self.similarity.value)  # fmt: skip
        return {name: None if value is None else round(value, 4) for name, value in zip(SCORES, found, strict=True)}


def compare(source: Content, result: Content) -> Counts:
    """Return the counts of one document."""
    return Counts(
        matches(source.cells(), result.cells()),
        matches(source.rows(), result.rows()),
        matches(_comparable(source.items), _comparable(result.items)),
        _order(source.items, result.items),
        matches([each.text for each in source.headings], [each.text for each in result.headings]),
        _levels(source, result),
        Share(similarity(source.words, result.words), 1),
    )


def matches(source: Iterable[Hashable], result: Iterable[Hashable]) -> Matches:
    """Return how many both have, as multisets."""
    wanted, found = Counter(source), Counter(result)
    return Matches(wanted.total(), found.total(), (wanted & found).total())


def similarity(source: Sequence[str], result: Sequence[str]) -> float:
    """Return the share of words of both that need no insertion or deletion to get one from the other."""
    return float(Indel.normalized_similarity(source, result))


def _comparable(items: Iterable[Item]) -> list[tuple[str, str, int]]:
    return [(item.text, item.number, item.depth) for item in items]


def _order(source: Sequence[Item], result: Sequence[Item]) -> Share:
    """Return how many neighbours in a list of the source are neighbours in one list of the result, in that order.

    Only items count that both have, by their text; of equal ones, the first is the first. A list lies with the lists
    inside it. Items that are in only one of them are passed over, so a lost item lowers the F1 of items and not this.
    """
    wanted, found = Counter(item.text for item in source), Counter(item.text for item in result)
    common = wanted & found
    ours, theirs = _numbered(source, common), _numbered(result, common)
    after = {(theirs[at][0]): theirs[at + 1] for at in range(len(theirs) - 1)}
    groups = dict(theirs)
    right = of = 0
    for (item, group), (following, next_group) in pairwise(ours):
        if group == next_group:
            of += 1
            right += after.get(item) == (following, groups[item])
    return Share(right, of)


def _numbered(items: Iterable[Item], common: Counter[str]) -> list[tuple[tuple[str, int], int]]:
    """Return the items that both have, each as its text and the how-manieth of that text, and its list."""
    seen: defaultdict[str, int] = defaultdict(int)
    kept = []
    for item in items:
        if seen[item.text] < common[item.text]:
            kept.append(((item.text, seen[item.text]), item.group))
            seen[item.text] += 1
    return kept


def _levels(source: Content, result: Content) -> Share:
    """Return how many of the headings that both have, by text, have the same depth."""
    texts = matches([each.text for each in source.headings], [each.text for each in result.headings])
    return Share(matches(source.headings, result.headings).both, texts.both)
