"""Support: the probability (0..1) that the answer's units answer the question, and the threshold below which Vouch
refuses.

A logistic model on what the reader says and on how the search found it. Knows no text beyond shared words. The
coefficients come from `bench/fit_support.py`, which names its training sets; change them only by running it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from generation.english.words import content
from generation.evidence import reading
from generation.evidence.reading import Evidence

DEFAULT_THRESHOLD = 0.35
"""See docs/decisions/0096. `vouch eval answers --calibrate` replaces it with one for the documents of this
installation."""


@dataclass(frozen=True, slots=True)
class Features:
    """The inputs of the model.

    `answers`: the reader's logit that the best passage holds the answer, -12..12. `part`: that of its best part.
    `relevance`: that it is about the question. `coverage`: the share of the question's content words in the passage
    and its headings. `dense`: the best cosine of a passage.
    """

    answers: float
    part: float
    relevance: float
    coverage: float
    dense: float


WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"bias": -0.982, "answers": 0.665, "part": 0.084, "relevance": 0.0, "coverage": 0.0, "dense": 0.0}
)

VERSION = f"support-{hashlib.sha256(json.dumps([*WEIGHTS.items()]).encode()).hexdigest()[:8]}"


def features(question: str, evidence: Evidence) -> Features:
    """Return the features of what was read, which must not be empty."""
    best = evidence.passages[0]
    dense = (each.ranked.dense_score for each in evidence.passages)
    return Features(
        answers=_bounded(best.answers, -12, 12),
        part=_bounded(best.best, -12, 12),
        relevance=_bounded(best.relevance, -12, 12),
        coverage=_coverage(question, best),
        dense=max((float(score) for score in dense if score is not None), default=0.0),
    )


def support(found: Features) -> float:
    """Return the probability that the best passage answers the question."""
    values = {"bias": 1.0} | asdict(found)
    return 1 / (1 + math.exp(-_bounded(sum(weight * values[name] for name, weight in WEIGHTS.items()), -30, 30)))


def made_with(models: Mapping[str, str], search_k: int) -> dict[str, str]:
    """Return the versions of all that a support depends on except the documents; `models` are those of the search."""
    return {**models, "quotes": reading.VERSION, "support": VERSION, "passages": str(search_k)}


def _coverage(question: str, best: reading.ReadPassage) -> float:
    asked = set(content(question))
    passage = best.passage
    near = set(content(" ".join((passage.title, *passage.heading, passage.text))))
    return len(asked & near) / len(asked) if asked else 0.0


def _bounded(value: float, low: float, high: float) -> float:
    """Return the value within limits, so that one feature alone does not decide."""
    return max(low, min(high, value))
