"""The gate of search: decides from what two versions found for the same questions whether one may replace the other.

A candidate must find the right passage higher on questions that it was not tuned on, beyond chance; must not lose what
was right before, neither what people approved nor documents by their titles; and must not fall in a single collection.
Each look since the last promotion makes the test stricter, so that repeated tries cannot win by luck. Knows ranks only.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import Json
from learning.gate.decision import Verdict

FIRST = 10
RESAMPLES = 4000
SEED = 17


@dataclass(frozen=True, slots=True)
class SearchRules:
    """The limits. Gains are nDCG@10 in 0..1, shares in 0..1; `chance` is the error that one look may make."""

    min_test: int = 10
    chance: float = 0.1
    min_gain: float = 0.002
    max_first_drop: float = 0.01
    max_forgotten: float = 0.03
    min_forgotten: int = 2
    min_slice: int = 20
    max_slice_drop: float = 0.03


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranks of the first right passage by the candidate and by the active version, 0: not found. One per question."""

    collection: str
    candidate: int
    active: int


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What both versions found: for held-out questions, approved answers of before, and documents by their titles."""

    held_out: tuple[Ranking, ...]
    approved: tuple[Ranking, ...] = ()
    titles: tuple[Ranking, ...] = ()
    looks: int = 1
    """How many candidates were tested since the last promotion, this one among them."""

    def as_json(self) -> dict[str, Json]:
        """Return the figures for a model version's row."""
        return {
            "questions": len(self.held_out),
            "looks": self.looks,
            "ndcg": {"candidate": _mean_gain(self.held_out, True), "active": _mean_gain(self.held_out, False)},
            "first": {"candidate": _first(self.held_out, True), "active": _first(self.held_out, False)},
            "chance": round(_chance(_differences(self.held_out)), 4) if self.held_out else None,
            "forgotten": {name: _forgotten(found) for name, found in self._kept()},
            "slices": {
                name: {"questions": len(own), "gain": round(float(_differences(own).mean()), 4)}
                for name, own in _slices(self.held_out).items()
            },
        }

    def _kept(self) -> Sequence[tuple[str, tuple[Ranking, ...]]]:
        return (("approved answers", self.approved), ("documents by their titles", self.titles))


def decide_search(report: SearchReport, rules: SearchRules = SearchRules()) -> Verdict:
    """Return the verdict on a candidate, in sentences."""
    if len(report.held_out) < rules.min_test:
        return Verdict(False, (f"{len(report.held_out)} held-out questions are too few; {rules.min_test} are needed.",))
    objections = (*_not_better(report, rules), *_forgets(report, rules), *_worse_slices(report, rules))
    return Verdict(False, objections) if objections else Verdict(True, (_improvement(report),))


def _not_better(report: SearchReport, rules: SearchRules) -> Sequence[str]:
    differences = _differences(report.held_out)
    before, after = _mean_gain(report.held_out, False), _mean_gain(report.held_out, True)
    went = f"On {len(differences)} held-out questions nDCG@10 went from {before:.3f} to {after:.3f}"
    if float(differences.mean()) < rules.min_gain:
        return [f"{went}; it must rise by at least {rules.min_gain:.3f}."]
    allowed = rules.chance / report.looks
    if (chance := _chance(differences)) > allowed:
        return [f"{went}, which is within chance: {chance:.0%} of resamples show no gain, {allowed:.1%} may."]
    first_before, first_after = _first(report.held_out, False), _first(report.held_out, True)
    if first_after < first_before - rules.max_first_drop:
        return [f"The first passage is right for {first_after:.1%} of them, before for {first_before:.1%}."]
    return []


def _forgets(report: SearchReport, rules: SearchRules) -> Sequence[str]:
    objections = []
    for name, found in report._kept():
        lost, right = _forgotten(found)
        if lost > max(rules.min_forgotten, rules.max_forgotten * right):
            objections.append(f"Of {right} {name} that were found first, {lost} are not found first any more.")
    return objections


def _worse_slices(report: SearchReport, rules: SearchRules) -> Sequence[str]:
    """Return the collections with enough questions in which the candidate falls by more than the margin and chance."""
    objections = []
    for name, own in _slices(report.held_out).items():
        differences = _differences(own)
        fall = -float(differences.mean())
        error = float(differences.std()) / math.sqrt(len(own))
        if len(own) >= rules.min_slice and fall > max(rules.max_slice_drop, error):
            objections.append(f"In the collection {name} nDCG@10 falls by {fall:.3f} on {len(own)} questions.")
    return objections


def _improvement(report: SearchReport) -> str:
    held_out = report.held_out
    return (
        f"On {len(held_out)} held-out questions nDCG@10 rose from {_mean_gain(held_out, False):.3f} to "
        f"{_mean_gain(held_out, True):.3f}, and the first passage is right for {_first(held_out, True):.1%}, "
        f"before for {_first(held_out, False):.1%}."
    )


def gain(rank: int) -> float:
    """Return 1 / log2(1 + rank) for the first ten ranks, else 0."""
    return 1 / math.log2(1 + rank) if 0 < rank <= FIRST else 0.0


def _differences(rankings: Sequence[Ranking]) -> NDArray[np.float64]:
    return np.array([gain(each.candidate) - gain(each.active) for each in rankings], np.float64)


def _chance(differences: NDArray[np.float64]) -> float:
    """Return the share of resamples of the questions in which the candidate is not better (paired bootstrap)."""
    draw = np.random.default_rng(SEED)
    means = [float(draw.choice(differences, len(differences)).mean()) for _ in range(RESAMPLES)]
    return sum(mean <= 0 for mean in means) / RESAMPLES


def _forgotten(rankings: Sequence[Ranking]) -> tuple[int, int]:
    """Return how many of the questions whose first passage was right have another one now, and how many those were."""
    right = [each for each in rankings if each.active == 1]
    return sum(each.candidate != 1 for each in right), len(right)


def _slices(rankings: Sequence[Ranking]) -> dict[str, list[Ranking]]:
    slices: dict[str, list[Ranking]] = defaultdict(list)
    for each in rankings:
        slices[each.collection].append(each)
    return dict(sorted(slices.items()))


def _mean_gain(rankings: Sequence[Ranking], candidate: bool) -> float:
    found = [gain(each.candidate if candidate else each.active) for each in rankings]
    return round(sum(found) / len(found), 4) if found else 0.0


def _first(rankings: Sequence[Ranking], candidate: bool) -> float:
    found = [(each.candidate if candidate else each.active) == 1 for each in rankings]
    return round(sum(found) / len(found), 4) if found else 0.0
