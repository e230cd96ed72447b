"""Who is taught and who is asked: groups of examples that must not be parted, and their place in train, valid or test.

Examples belong together when their questions are near duplicates or when they are answered from the same place. The
place of a group follows from its content alone, so that it stays where it is as the data grows.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.types import Split
from generation.english.words import content

NEAR = 0.6
"""Jaccard overlap of content words from which two questions are of one family."""
LARGEST = 0.25
"""Share of all examples above which a group can only be taught: asked, it would be the whole test."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the split must know of an example: its question and the places that its answer comes from."""

    question: str
    places: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """How much is held out, and the least of it that means anything."""

    test: float = 0.2
    valid: float = 0.1
    least_test: int = 5
    least_valid: int = 2


def assign(items: Sequence[Item], shares: Shares = Shares()) -> list[Split]:
    """Return each item's split, in order. No group of `groups(items)` lies in two of them.

    Groups are ordered by the hash of their smallest question; the first fill test, the next valid, the rest is
    taught. Adding examples moves only groups near the borders.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(groups(items)):
        members[group].append(place)
    ordered = sorted(members.values(), key=lambda places: _draw([items[place].question for place in places]))
    splits: list[Split] = ["train"] * len(items)
    wanted = {
        "test": max(shares.least_test, round(shares.test * len(items))),
        "valid": max(shares.least_valid, round(shares.valid * len(items))),
    }
    held: Counter[str] = Counter()
    for places in ordered:
        split = next((name for name in wanted if held[name] < wanted[name]), None)
        if split is None:
            break
        if len(places) <= max(1, LARGEST * len(items)):
            held[split] += len(places)
            for place in places:
                splits[place] = "test" if split == "test" else "valid"
    return splits


def groups(items: Sequence[Item]) -> list[int]:
    """Return a group number per item: joined by near-duplicate questions and by shared places, transitively."""
    parents = list(range(len(items)))
    for first, second in _links(items):
        parents[_root(parents, first)] = _root(parents, second)
    return [_root(parents, place) for place in range(len(items))]


def _links(items: Sequence[Item]) -> Iterable[tuple[int, int]]:
    """Yield pairs that belong together; enough of them to join every group, not all."""
    seen: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        for key in (*item.places, ("words", frozenset(content(item.question)))):
            yield place, seen.setdefault(key, place)
    yield from _near([set(content(item.question)) for item in items])


def _near(questions: Sequence[set[str]]) -> Iterable[tuple[int, int]]:
    """Yield pairs of questions whose content words overlap by NEAR, found through the words that they share."""
    holders: Mapping[str, list[int]] = defaultdict(list)
    for place, words in enumerate(questions):
        shared = Counter(other for word in words for other in holders[word])
        for other, common in shared.items():
            if common >= NEAR * len(words | questions[other]):
                yield place, other
        for word in words:
            holders[word].append(place)


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _draw(questions: Iterable[str]) -> str:
    """Return the group's lot: the smallest hash of its questions' words."""
    return min(hashlib.sha256(" ".join(sorted(content(question))).encode()).hexdigest() for question in questions)
