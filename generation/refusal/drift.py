"""Tells when what is asked no longer looks like the golden set that the threshold was calibrated on.

A promise over questions to come holds while those are like the golden set's. Labels are missing in service, supports
are not: if no mix of the set's two kinds of questions explains the supports of late, the set is out of date. For the
"wrong" risk the mix is part of the promise, and the set's own is taken. Two-sample Kolmogorov-Smirnov, asymptotic.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.store.learned.calibrations import Calibration

LEVEL = 0.01
"""Chance of an alarm where nothing drifted, at most."""
LATEST = 500
LEAST = 50
"""Answers looked at, the latest; with fewer than LEAST nothing is said."""
MIXES = 50


@dataclass(frozen=True, slots=True)
class Drift:
    """How the latest answers differ from the golden set: `distance` above `critical` is drift."""

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
    """Compare the supports of the latest answers with the golden set's; None for fewer than LEAST."""
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
    """Return the shares of answerable questions that the latest may have without having drifted."""
    known, unknown = len(calibration.answerable), len(calibration.unanswerable)
    own = known / (known + unknown)
    return [own] if calibration.risk == "wrong" else [own, *(mix / MIXES for mix in range(MIXES + 1))]


def _shares(calibration: Calibration, supports: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return which share of answerable, unanswerable and late questions lies at or below each support there is."""
    kinds = [sorted(kind) for kind in (calibration.answerable, calibration.unanswerable, supports)]
    places = sorted({place for kind in kinds for place in kind})
    known, unknown, late = ([bisect_right(kind, place) / len(kind) for place in places] for kind in kinds)
    return list(zip(known, unknown, late, strict=True))


def _distance(shares: Sequence[tuple[float, float, float]], mix: float) -> float:
    return max(abs(mix * known + (1 - mix) * unknown - late) for known, unknown, late in shares)


def _critical(calibration: Calibration, mix: float, late: int) -> float:
    """Return the distance that chance explains at LEVEL; a mix of two samples varies as both do."""
    spread = mix**2 / len(calibration.answerable) + (1 - mix) ** 2 / len(calibration.unanswerable) + 1 / late
    return math.sqrt(-math.log(LEVEL / 2) / 2 * spread)


def _below(supports: Sequence[float], threshold: float) -> float:
    return sum(support < threshold for support in supports) / len(supports)
