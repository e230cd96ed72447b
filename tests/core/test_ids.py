"""Identifiers sort by the order in which they were made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from core.ids import new_id


def test_ids_of_one_millisecond_sort_by_creation_order() -> None:
    made = [new_id("doc") for _ in range(5_000)]

    assert all(before < after for before, after in pairwise(made))


def test_ids_keep_their_order_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_id("doc")
    monkeypatch.setattr("core.ids.time.time_ns", lambda: 0)

    assert new_id("doc") > before


def test_two_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: new_id("doc"), range(4_000)))

    assert len(set(made)) == len(made)
    assert {len(each) for each in made} == {len("doc_") + 26}
