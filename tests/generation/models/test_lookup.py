"""Guesses come from what was read: the longest run that was seen before, its latest place first."""

from __future__ import annotations

from generation.models.lookup import LONGEST, Lookup


def test_what_followed_the_same_run_is_guessed() -> None:
    assert Lookup([1, 2, 3, 4, 5, 6, 9, 1, 2, 3]).guess(3) == [4, 5, 6]


def test_a_longer_run_is_believed_before_a_shorter_and_later_one() -> None:
    assert Lookup([1, 2, 3, 7, 0, 3, 8, 1, 2, 3]).guess(1) == [7]


def test_of_equal_runs_the_later_one_is_believed() -> None:
    assert Lookup([5, 1, 0, 5, 2, 9, 5]).guess(1) == [2]


def test_a_guess_may_run_into_what_was_just_written() -> None:
    assert Lookup([4, 4, 4, 4]).guess(8) == [4]


def test_nothing_is_guessed_where_the_latest_token_is_new() -> None:
    assert Lookup([1, 2, 3]).guess() == []
    assert Lookup([]).guess() == []


def test_tokens_that_are_written_can_be_looked_up_too() -> None:
    lookup = Lookup([1, 2])
    for token in (7, 8, 9, 7):
        lookup.add(token)
    assert lookup.guess(2) == [8, 9]


def test_a_run_is_never_longer_than_said() -> None:
    assert max(map(len, Lookup(range(9))._ends)) == LONGEST
