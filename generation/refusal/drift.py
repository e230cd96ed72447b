"""Drift: whether recent questions still look like the golden set that the threshold was calibrated on.

A calibrated error is only valid for questions like those of the golden set. In service there are supports but no
labels: if no mix of the set's answerable and unanswerable questions explains the recent supports, the set is out of
date. For the "wrong" risk the mix of the set itself is used. Two-sample Kolmogorov-Smirnov test, asymptotic.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.store.learned.calibrations import Calibration

LEVEL = 0.01
"""Highest probability of an alarm without drift."""
LATEST = 500
LEAST = 50
"""The LATEST answers are compared; with fewer than LEAST there is no result."""
MIXES = 50


@dataclass(frozen=True, slots=True)
class Drift:
    """How the latest answers differ from the golden set (`…_then`): a `distance` above `critical` is drift."""

    answers: int
    refused: float
    refused_then: float
    support: float
    support_then: float
    distance: float
    critical: float

    @property
    def drifted(self) -> bool:
        return self.distance > self.critical


def drift(calibration: Calibration, supports: Sequence[float]) -> Drift | None:
    """Return how the supports of the latest answers differ from the golden set's, None for fewer than LEAST."""
    if len(supports) < LEAST:
        return None
    then = (*calibration.answerable, *calibration.unanswerable)
    shares = _shares(calibration, supports)
    distance, critical = min(
        ((_distance(shares, mix), _critical(calibration, mix, len(supports))) for mix in _mixes(calibration)),
        key=lambda pair: pair[0] - pair[1],
    )
    return Drift(
        len(supports),
        _below(supports, calibration.threshold),
        _below(then, calibration.threshold),
        sum(supports) / len(supports),
        sum(then) / len(then),
        distance,
        critical,
    )


def _mixes(calibration: Calibration) -> list[float]:
    """Return the shares of answerable questions that the latest questions may have without drift."""
    known, unknown = len(calibration.answerable), len(calibration.unanswerable)
    own = known / (known + unknown)
    return [own] if calibration.risk == "wrong" else [own, *(mix / MIXES for mix in range(MIXES + 1))]


def _shares(calibration: Calibration, supports: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return the shares of answerable, unanswerable and latest questions at or below each support."""
    kinds = [sorted(kind) for kind in (calibration.answerable, calibration.unanswerable, supports)]
    places = sorted({place for kind in kinds for place in kind})
    known, unknown, late = ([bisect_right(kind, place) / len(kind) for place in places] for kind in kinds)
    return list(zip(known, unknown, late, strict=True))


def _distance(shares: Sequence[tuple[float, float, float]], mix: float) -> float:
    return max(abs(mix * known + (1 - mix) * unknown - late) for known, unknown, late in shares)


def _critical(calibration: Calibration, mix: float, late: int) -> float:
    """Return the distance that chance explains at LEVEL; the variance of a mix is that of both samples."""
    spread = mix**2 / len(calibration.answerable) + (1 - mix) ** 2 / len(calibration.unanswerable) + 1 / late
    return math.sqrt(-math.log(LEVEL / 2) / 2 * spread)


def _below(supports: Sequence[float], threshold: float) -> float:
    return sum(support < threshold for support in supports) / len(supports)
