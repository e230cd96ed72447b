"""No example in test or valid is like one in train: near duplicates and shared places stay in one split."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from core.types import Split
from generation.english.words import content
from learning.dataset.split import MAX_HELD_OUT_GROUP, NEAR, Item, assign, groups

WORDS = [
    "reset", "router", "kettle", "lamp", "filter", "noise", "battery", "charge",
    "clean", "screen", "remote", "signal", "warranty", "cable",
]  # fmt: skip
ITEMS = st.lists(
    st.builds(
        lambda words, place: Item(f"How to {' '.join(words)}?", (place,)),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
        st.integers(0, 30),
    ),
    max_size=60,
)


def near(first: str, second: str) -> bool:
    one, other = set(content(first)), set(content(second))
    return len(one & other) >= NEAR * len(one | other)


def many(count: int) -> list[Item]:
    return [Item(f"How do I repair part number{place}?", (place,)) for place in range(count)]


@given(ITEMS)
def test_no_place_and_no_near_duplicate_is_in_two_splits(items: list[Item]) -> None:
    splits = assign(items)

    for place, (item, split) in enumerate(zip(items, splits, strict=True)):
        for other, where in zip(items[:place], splits, strict=False):
            if item.places == other.places or near(item.question, other.question):
                assert split == where


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_the_items_changes_nothing(items: list[Item], draw: st.DrawFn) -> None:
    shuffled = list(range(len(items)))
    draw.shuffle(shuffled)  # type: ignore[attr-defined]

    splits = assign([items[place] for place in shuffled])

    assert [splits[shuffled.index(place)] for place in range(len(items))] == assign(items)


@given(ITEMS)
def test_a_group_that_would_be_most_of_the_test_split_is_in_train(items: list[Item]) -> None:
    members: dict[int, list[Split]] = defaultdict(list)
    for group, split in zip(groups(items), assign(items), strict=True):
        members[group].append(split)

    for splits in members.values():
        assert len(splits) <= max(1, MAX_HELD_OUT_GROUP * len(items)) or set(splits) == {"train"}


def test_a_fifth_is_test_and_a_tenth_is_valid() -> None:
    counts = Counter(assign(many(200)))

    assert counts == {"train": 140, "test": 40, "valid": 20}


def test_few_items_still_give_a_test_split() -> None:
    assert Counter(assign(many(20))) == {"train": 13, "test": 5, "valid": 2}


def test_most_test_items_stay_in_test_as_the_data_grows() -> None:
    before, after = assign(many(200)), assign(many(220))

    moved = [split for split, was in zip(after, before, strict=False) if was == "test" and split == "train"]
    assert len(moved) <= 4


def test_near_duplicates_are_joined_through_one_another() -> None:
    questions = ["clean the filter of the dryer", "clean the dryer filter now", "clean dryer filter weekly now"]

    assert len(set(groups([Item(question, (place,)) for place, question in enumerate(questions)]))) == 1
