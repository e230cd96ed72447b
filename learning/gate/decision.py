"""The gate: decides whether a candidate may replace the active model, from two reports on the same lessons alone.

A candidate must not be worse on anything that is measured, and must be better, beyond chance, on the loss that it was
tuned for. Each reason is a sentence for a reviewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

from learning.gate.report import ModelReport


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits. Loss is in nats per answer token; F1 and the share that falls back to quotes are in 0..1."""

    min_test: int = 5
    min_loss_gain: float = 0.02
    max_f1_drop: float = 0.03
    max_fallback_rise: float = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the candidate may be promoted, and why or why not."""

    passed: bool
    reasons: tuple[str, ...]


def decide(candidate: ModelReport, active: ModelReport, rules: Rules = Rules()) -> Verdict:
    """Return the verdict on a candidate whose report is on the same lessons as the active model's."""
    objections = [*_not_comparable(candidate, active, rules)] or [
        *_not_better(candidate, active, rules),
        *_worse_answers(candidate, active, rules),
    ]
    return Verdict(False, tuple(objections)) if objections else Verdict(True, (_improvement(candidate, active),))


def _not_comparable(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return why the two reports cannot be compared; empty if they can."""
    if len(candidate.losses) != len(active.losses):
        return [
            "The two models were not tested on the same examples: "
            f"{len(candidate.losses)} and {len(active.losses)} test examples."
        ]
    if len(candidate.losses) < rules.min_test:
        return [f"{len(candidate.losses)} test examples are too few; {rules.min_test} are needed."]
    if not all(map(math.isfinite, (*candidate.losses, *active.losses))):
        return ["A held-out loss is not a number."]
    return []


def _not_better(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return why the loss is not better: the mean gain, paired by example, must exceed one standard error."""
    gains = [old - new for new, old in zip(candidate.losses, active.losses, strict=True)]
    gain = sum(gains) / len(gains)
    spread = stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else 0.0
    if gain < rules.min_loss_gain:
        return [
            f"The held-out loss went from {active.loss:.3f} to {candidate.loss:.3f}; "
            f"it must fall by at least {rules.min_loss_gain:.3f}."
        ]
    if gain <= spread:
        return [f"The held-out loss fell by {gain:.3f}, which is within chance (standard error {spread:.3f})."]
    return []


def _worse_answers(candidate: ModelReport, active: ModelReport, rules: Rules) -> Sequence[str]:
    """Return why the written answers are worse; empty when none were written."""
    if not candidate.answers or not active.answers:
        return []
    objections = []
    if candidate.usable < active.usable:
        objections.append(
            f"Fewer of its answers are usable: {candidate.usable} of {candidate.answers}, before {active.usable}."
        )
    if candidate.f1 < active.f1 - rules.max_f1_drop:
        objections.append(
            f"Its answers are further from the approved ones: F1 {candidate.f1:.2f}, before {active.f1:.2f}."
        )
    if candidate.fallback_rate > active.fallback_rate + rules.max_fallback_rise:
        objections.append(
            f"More of its answers are not supported by their sources: {candidate.fallback_rate:.0%}, "
            f"before {active.fallback_rate:.0%}."
        )
    return objections


def _improvement(candidate: ModelReport, active: ModelReport) -> str:
    text = f"The held-out loss fell from {active.loss:.3f} to {candidate.loss:.3f} on {len(candidate.losses)} examples"
    if not candidate.answers or not active.answers:
        return text + "."
    fallback = f"{active.fallback_rate:.0%} to {candidate.fallback_rate:.0%}"
    usable = f"{active.usable} to {candidate.usable} of {candidate.answers} (quotes: {candidate.usable_quotes})"
    return f"{text}; usable answers {usable}, F1 {active.f1:.2f} to {candidate.f1:.2f}, fallback {fallback}."
