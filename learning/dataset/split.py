"""Splits examples into train, valid and test, in groups that must stay together.

Examples belong to one group when their questions are near duplicates or when the same place answers them. The split of
a group depends only on its content, so that it stays the same when the dataset grows.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.types import Split
from generation.english.words import content

NEAR = 0.6
"""Jaccard overlap of content words from which two questions are near duplicates."""
MAX_HELD_OUT_GROUP = 0.25
"""Share of all examples above which a group is always in train: held out, it would be most of the test split."""


@dataclass(frozen=True, slots=True)
class Item:
    """The part of an example that decides its split: the question and the places that its answer comes from."""

    question: str
    places: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the examples that are held out, and the smallest numbers of them that are worth measuring."""

    test: float = 0.2
    valid: float = 0.1
    min_test: int = 5
    min_valid: int = 2


def assign(items: Sequence[Item], shares: Shares = Shares()) -> list[Split]:
    """Return each item's split, in order. All items of one group (see `groups`) are in the same split.

    Groups are ordered by the smallest hash of their questions; the first ones fill test, the next ones valid, the rest
    is train. Adding examples moves only groups near the borders.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups(items)):
        members[group].append(index)
    ordered = sorted(members.values(), key=lambda indices: _group_hash([items[index].question for index in indices]))
    splits: list[Split] = ["train"] * len(items)
    wanted = {
        "test": max(shares.min_test, round(shares.test * len(items))),
        "valid": max(shares.min_valid, round(shares.valid * len(items))),
    }
    held_out: Counter[str] = Counter()
    for indices in ordered:
        split = next((name for name in wanted if held_out[name] < wanted[name]), None)
        if split is None:
            break
        if len(indices) <= max(1, MAX_HELD_OUT_GROUP * len(items)):
            held_out[split] += len(indices)
            for index in indices:
                splits[index] = "test" if split == "test" else "valid"
    return splits


def groups(items: Sequence[Item]) -> list[int]:
    """Return a group number per item; near-duplicate questions and shared places join items, transitively."""
    parents = list(range(len(items)))
    for first, second in _links(items):
        parents[_root(parents, first)] = _root(parents, second)
    return [_root(parents, index) for index in range(len(items))]


def _links(items: Sequence[Item]) -> Iterable[tuple[int, int]]:
    """Yield pairs of items that belong together: not all pairs, but enough to join every group."""
    seen: dict[Hashable, int] = {}
    for index, item in enumerate(items):
        for key in (*item.places, ("words", frozenset(content(item.question)))):
            yield index, seen.setdefault(key, index)
    yield from _near_duplicates([set(content(item.question)) for item in items])


def _near_duplicates(questions: Sequence[set[str]]) -> Iterable[tuple[int, int]]:
    """Yield pairs of questions whose content words overlap by NEAR, found through the words that they share."""
    questions_with: Mapping[str, list[int]] = defaultdict(list)
    for index, words in enumerate(questions):
        shared = Counter(other for word in words for other in questions_with[word])
        for other, common in shared.items():
            if common >= NEAR * len(words | questions[other]):
                yield index, other
        for word in words:
            questions_with[word].append(index)


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index


def _group_hash(questions: Iterable[str]) -> str:
    """Return the smallest hash of the questions' content words: it decides the group's place in the order."""
    return min(hashlib.sha256(" ".join(sorted(content(question))).encode()).hexdigest() for question in questions)
