"""Scores texts in batches until a deadline. Shared by the rerankers.

Knows no model: the caller passes the function that scores one batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def score_until(
    deadline: float | None, texts: Sequence[str], size: int, score: Callable[[Sequence[str]], Sequence[float]]
) -> list[float]:
    """Score batches of `size` from the first text on; stop before a batch that would likely end after the deadline.

    `deadline` is in time.monotonic()'s seconds. A batch is expected to take as long as the longest before it; the first
    one starts if there is any time left at all.
    """
    scores: list[float] = []
    longest = 0.0
    for start in range(0, len(texts), size):
        began = time.monotonic()
        if deadline is not None and began + longest >= deadline:
            break
        scores.extend(score(texts[start : start + size]))
        longest = max(longest, time.monotonic() - began)
    return scores
