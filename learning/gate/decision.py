"""The gate: may a candidate take the place of what is active? A pure function of two reports on the same lessons.

A candidate must not be worse on anything that is measured, and must be better, beyond chance, on what it was tuned
for. Every reason is a sentence that a reviewer can read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

from learning.gate.report import ModelReport


@dataclass(frozen=True, slots=True)
class Rules:
    """Loss in nats per answer token; F1 and the share that falls back to quotes in 0..1."""

    least_test: int = 5
    least_gain: float = 0.02
    most_f1_lost: float = 0.03
    most_fallback_gained: float = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the candidate may be promoted, and why or why not."""

    passed: bool
    reasons: tuple[str, ...]


def decide(candidate: ModelReport, active: ModelReport, rules: Rules = Rules()) -> Verdict:
    """Compare two models that were asked the same lessons."""
    against = [*_unfit(candidate, active, rules)] or [
        *_not_better(candidate, active, rules),
        *_worse_answers(candidate, active, rules),
    ]
    return Verdict(False, tuple(against)) if against else Verdict(True, (_praise(candidate, active),))


def _unfit(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return why the two cannot be compared at all."""
    if len(candidate.losses) != len(active.losses):
        return [f"The two were not asked the same: {len(candidate.losses)} and {len(active.losses)} test examples."]
    if len(candidate.losses) < rules.least_test:
        return [f"{len(candidate.losses)} test examples are too few; {rules.least_test} are needed."]
    if not all(map(math.isfinite, (*candidate.losses, *active.losses))):
        return ["A held-out loss is not a number."]
    return []


def _not_better(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return why the held-out loss does not speak for the candidate: paired by example, beyond one standard error."""
    gains = [old - new for new, old in zip(candidate.losses, active.losses, strict=True)]
    gain = sum(gains) / len(gains)
    spread = stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else 0.0
    if gain < rules.least_gain:
        return [
            f"The held-out loss went from {active.loss:.3f} to {candidate.loss:.3f}; "
            f"it must fall by at least {rules.least_gain:.3f}."
        ]
    if gain <= spread:
        return [f"The held-out loss fell by {gain:.3f}, which is within chance (standard error {spread:.3f})."]
    return []


def _worse_answers(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return what the written answers say against the candidate; nothing when none were written."""
    if not candidate.answers or not active.answers:
        return []
    found = []
    if candidate.f1 < active.f1 - rules.most_f1_lost:
        found.append(f"Its answers are further from the approved ones: F1 {candidate.f1:.2f}, before {active.f1:.2f}.")
    if candidate.fallback_rate > active.fallback_rate + rules.most_fallback_gained:
        found.append(
            f"More of its answers do not stand in their sources: {candidate.fallback_rate:.0%}, "
            f"before {active.fallback_rate:.0%}."
        )
    return found


def _praise(candidate: ModelReport, active: ModelReport) -> str:
    text = f"The held-out loss fell from {active.loss:.3f} to {candidate.loss:.3f} on {len(candidate.losses)} examples"
    if not candidate.answers or not active.answers:
        return text + "."
    fallback = f"{active.fallback_rate:.0%} to {candidate.fallback_rate:.0%}"
    return f"{text}; F1 {active.f1:.2f} to {candidate.f1:.2f}, fallback {fallback}."
