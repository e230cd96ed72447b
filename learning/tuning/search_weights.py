"""Fit the weights of the lists: on what questions with known answers find, by a small grid, in seconds.

The start stays unless the best weights beat it by more than chance; of all that are then as good as the best within one
standard error, those nearest to the start are taken: little feedback moves little. The sums are those of
`retrieval.ranking.fusion`, computed for many weights at a time. Knows no index and no database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.fusion import DEFAULT_WEIGHTS, Fused, Weights
from retrieval.ranking.refine import LATE_DEPTH

Numbers = NDArray[np.float64]
DENSE_GRID = (0.3, 0.45, 0.6, 0.75, 0.9)
FINE_GRID = tuple(round(0.1 * step, 1) for step in range(11))
FIRST = 10
"""Ranks that count."""
SURE = 2.0
"""Standard errors by which the best of many weights must beat the start: some always win by luck."""


@dataclass(frozen=True, slots=True)
class Lists:
    """One question's hits as arrays over chunks: the parts of both lists (0..1), late interaction, NaN where unknown.

    `right` are the passages that answer; those in `ignored` count neither way.
    """

    chunk_ids: NDArray[np.int64]
    dense: Numbers
    lexical: Numbers
    late: Numbers
    right: NDArray[np.bool_]
    ignored: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fit:
    """The weights that were chosen, and the mean gain with the first and with these; `best` has the highest mean."""

    weights: Weights
    questions: int
    before: float
    after: float
    best: Weights


def make_lists(fused: Sequence[Fused], late: Mapping[int, float], right: set[int], ignored: set[int]) -> Lists:
    """Return a question's hits as arrays, in the order of chunk ids, by which ties are broken."""
    hits = sorted(fused, key=lambda hit: hit.chunk_id)
    ids = [hit.chunk_id for hit in hits]
    return Lists(
        np.array(ids, np.int64),
        np.array([hit.dense_part for hit in hits], np.float64),
        np.array([hit.lexical_part for hit in hits], np.float64),
        np.array([late.get(chunk_id, math.nan) for chunk_id in ids], np.float64),
        np.array([chunk_id in right for chunk_id in ids], np.bool_),
        np.array([chunk_id in ignored and chunk_id not in right for chunk_id in ids], np.bool_),
    )


def grid() -> list[Weights]:
    """Return the weights that are tried."""
    return [Weights(dense, late, rest) for dense, late, rest in product(DENSE_GRID, FINE_GRID, FINE_GRID)]


def heads(tried: Sequence[Weights]) -> list[Weights]:
    """Return one of the weights for each order in which passages can come before late interaction."""
    return list({each.dense: each for each in tried}.values())


def ranks(lists: Lists, tried: Sequence[Weights]) -> NDArray[np.int64]:
    """Return the rank of the first right passage with each of the weights; 0 where none was found."""
    found = np.zeros(len(tried), np.int64)
    if not lists.right.any():
        return found
    counted = ~(lists.right | lists.ignored)
    by_dense: dict[float, list[int]] = {}
    for number, weights in enumerate(tried):
        by_dense.setdefault(weights.dense, []).append(number)
    for dense, numbers in by_dense.items():
        scores = _scores(lists, dense, [tried[number] for number in numbers])
        best = scores[:, lists.right].max(axis=1, keepdims=True)
        found[numbers] = 1 + (scores[:, counted] > best).sum(axis=1)
    return found


def gains(ranked: NDArray[np.int64]) -> Numbers:
    """Return 1 / log2(1 + rank) for ranks up to FIRST, else 0: nDCG@10 with one right passage."""
    counts = (ranked > 0) & (ranked <= FIRST)
    return np.where(counts, 1 / np.log2(1 + np.maximum(ranked, 1)), 0.0)


def fit(every: Sequence[Lists], start: Weights = DEFAULT_WEIGHTS) -> Fit:
    """Return the weights nearest to `start` of those that no others beat by more than chance."""
    tried = [start, *(each for each in grid() if each != start)]
    table = np.stack([gains(ranks(lists, tried)) for lists in every])
    means = table.mean(axis=0)
    best = int(means.argmax())
    behind = table[:, [best]] - table
    error = behind.std(axis=0, ddof=1) / math.sqrt(len(every)) if len(every) > 1 else np.full(len(tried), np.inf)
    if behind[:, 0].mean() <= SURE * error[0]:
        return Fit(start, len(every), round(float(means[0]), 4), round(float(means[0]), 4), tried[best])
    equal = np.flatnonzero((behind.mean(axis=0) <= error) & (means >= means[0]))
    chosen = min(equal.tolist(), key=lambda number: (_distance(tried[number], start), -means[number]))
    return Fit(tried[chosen], len(every), round(float(means[0]), 4), round(float(means[chosen]), 4), tried[best])


def _scores(lists: Lists, dense: float, tried: Sequence[Weights]) -> Numbers:
    """Return scores (len(tried), chunks) with weights that share `dense`, as search and late interaction give them."""
    fused = dense * lists.dense + (1 - dense) * lists.lexical
    head = np.zeros(len(fused), np.bool_)
    head[np.lexsort((lists.chunk_ids, -fused))[:LATE_DEPTH]] = True
    known = head & ~np.isnan(lists.late)
    if not known.any():
        return np.repeat(fused[None], len(tried), axis=0)
    low, high = lists.late[known].min(), lists.late[known].max()
    scaled = (lists.late - low) / (high - low) if high > low else np.ones_like(lists.late)
    late = np.array([[each.late] for each in tried])
    rest = np.array([[each.dense_with_late] for each in tried])
    both = rest * lists.dense + (1 - rest) * lists.lexical
    compared = late * np.where(known, scaled, both) + (1 - late) * both
    result: Numbers = np.where(head, compared, (1 - late) * fused)
    return result


def _distance(weights: Weights, start: Weights) -> float:
    pairs = zip(astuple(weights), astuple(start), strict=True)
    return round(math.fsum((own - first) ** 2 for own, first in pairs), 6)
