"""How well a model answers lessons that it was not trained on: its loss, and its answers after the product's own check.

Knows a Generator and numbers, no model library: losses come from `learning.tuning.generator`. What follows from the
figures is decided in `learning.gate.decision`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from core.ports import Generator, Progress
from core.types import Citation, Json
from generation.metrics import normalise, token_f1
from generation.phrasing.phrase import Phrased, phrase
from learning.dataset.lessons import Lesson, plain

MAX_ANSWERS = 20
SECONDS_PER_ANSWER = 60.0
WHOLE = 0.9
"""Share of the approved answer's words that a usable answer has, and all of its numbers."""
EXTRA, SPARE = 1.34, 8
"""A usable answer has at most EXTRA times the words of the approved one, or SPARE words more."""


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A model's results on the test lessons, in their order.

    `losses` are nats per answer token. `f1` is the mean token F1 of the words that would be shown (0 for an answer
    that falls back to quotes), `fallback_rate` the share of answers that do; both over the first `answers` lessons.
    `usable` of these show all of the approved answer and little else, `usable_quotes` would if the sources were quoted.
    """

    model: str
    losses: tuple[float, ...]
    answers: int = 0
    f1: float = 0.0
    fallback_rate: float = 0.0
    seconds_per_answer: float = 0.0
    usable: int = 0
    usable_quotes: int = 0

    @property
    def loss(self) -> float:
        return sum(self.losses) / len(self.losses) if self.losses else 0.0

    def as_json(self) -> dict[str, Json]:
        """Return the report for a model version's row."""
        return asdict(self) | {"losses": [round(loss, 4) for loss in self.losses], "loss": round(self.loss, 4)}


def examine(
    generator: Generator,
    losses: Sequence[float],
    lessons: Sequence[Lesson],
    *,
    progress: Progress,
    max_answers: int = MAX_ANSWERS,
) -> ModelReport:
    """Return a report on the model; the generator answers the first `max_answers` lessons as it answers callers."""
    answered = lessons[:max_answers]
    began = time.monotonic()
    scores, fallbacks, usable, usable_quotes = [], 0, 0, 0
    for index, lesson in enumerate(answered):
        phrased, quotes = answer(generator, lesson), _has_usable_quotes(lesson.sources, lesson.target)
        shown = phrased.fallback is None
        fallbacks += not shown
        scores.append(token_f1(plain(phrased.text), lesson.target) if shown else 0.0)
        usable += is_usable(plain(phrased.text), lesson.target) if shown else quotes
        usable_quotes += quotes
        progress("evaluate", (index + 1) / len(answered))
    count = max(1, len(answered))
    return ModelReport(
        model=generator.name,
        losses=tuple(losses),
        answers=len(answered),
        f1=round(sum(scores) / count, 4),
        fallback_rate=round(fallbacks / count, 4),
        seconds_per_answer=round((time.monotonic() - began) / count, 3),
        usable=usable,
        usable_quotes=usable_quotes,
    )


def is_usable(text: str, approved: str) -> bool:
    """Return whether a text says all of the approved answer and little else."""
    said, wanted = normalise(text).split(), normalise(approved).split()
    found = Counter(said) & Counter(wanted)
    numbers = [word for word in wanted if any(map(str.isdigit, word))]
    whole = found.total() >= WHOLE * len(wanted) and not Counter(numbers) - found
    return whole and len(said) <= max(EXTRA * len(wanted), len(wanted) + SPARE)


def prefers_phrasing(report: Mapping[str, Json]) -> bool:
    """Return whether a model version's report shows more usable answers of the model than quotes would be."""
    candidate = report.get("candidate") or {}
    return int(candidate.get("usable", 0)) > int(candidate.get("usable_quotes", 0))


def _has_usable_quotes(sources: Sequence[Citation], approved: str) -> bool:
    """Return whether the best source alone, or the first few together, would be a usable answer."""
    quotes = [source.quote for source in sources]
    return any(is_usable(" ".join(quotes[:count]), approved) for count in range(1, len(quotes) + 1))


def answer(generator: Generator, lesson: Lesson) -> Phrased:
    """Return what a caller would get: the checked text, or the reason why quotes would be shown instead."""
    events = phrase(generator, lesson.question, lesson.sources, deadline=time.monotonic() + SECONDS_PER_ANSWER)
    while True:
        try:
            next(events)
        except StopIteration as end:
            phrased: Phrased = end.value
            return phrased
