"""Scoring until a deadline: whole batches from the first text on, and none that would end too late."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from retrieval.models.deadline import score_until

TEXTS = [str(number) for number in range(10)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], list[float]]:
    """A scorer for which each text takes a second of a clock that only it moves."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def score(texts: Sequence[str]) -> list[float]:
        now[0] += len(texts)
        return [float(text) for text in texts]

    return score


def test_without_a_deadline_all_are_scored_in_order(clock: Callable[[Sequence[str]], list[float]]) -> None:
    assert score_until(None, TEXTS, 4, clock) == [float(number) for number in range(10)]


@pytest.mark.parametrize(("seconds", "scored"), [(0.0, 0), (0.5, 4), (4.0, 4), (7.9, 4), (8.5, 8), (60.0, 10)])
def test_a_batch_that_would_end_too_late_is_not_begun(
    clock: Callable[[Sequence[str]], list[float]], seconds: float, scored: int
) -> None:
    assert len(score_until(100.0 + seconds, TEXTS, 4, clock)) == scored


def test_no_texts_have_no_scores(clock: Callable[[Sequence[str]], list[float]]) -> None:
    assert score_until(None, [], 4, clock) == []
