"""How well a model answers lessons that it was not trained on: its loss, and its answers after the product's own check.

Knows a Generator and numbers, no model library: losses come from `learning.tuning.generator`. What follows from the
figures is decided in `learning.gate.decision`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.ports import Generator, Progress
from core.types import Json
from generation.metrics import token_f1
from generation.phrasing.phrase import Phrased, phrase
from learning.dataset.lessons import Lesson, plain

MAX_ANSWERS = 20
SECONDS_PER_ANSWER = 60.0


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A model's results on the test lessons, in their order.

    `losses` are nats per answer token. `f1` is the mean token F1 of the words that would be shown (0 for an answer
    that falls back to quotes), `fallback_rate` the share of answers that do; both over the first `answers` lessons.
    """

    model: str
    losses: tuple[float, ...]
    answers: int = 0
    f1: float = 0.0
    fallback_rate: float = 0.0
    seconds_per_answer: float = 0.0

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
    scores, fallbacks = [], 0
    for index, lesson in enumerate(answered):
        phrased = answer(generator, lesson)
        fallbacks += phrased.fallback is not None
        scores.append(token_f1(plain(phrased.text), lesson.target) if phrased.fallback is None else 0.0)
        progress("evaluate", (index + 1) / len(answered))
    count = max(1, len(answered))
    return ModelReport(
        model=generator.name,
        losses=tuple(losses),
        answers=len(answered),
        f1=round(sum(scores) / count, 4),
        fallback_rate=round(fallbacks / count, 4),
        seconds_per_answer=round((time.monotonic() - began) / count, 3),
    )


def answer(generator: Generator, lesson: Lesson) -> Phrased:
    """Return what a caller would get: the checked text, or the reason why quotes would be shown instead."""
    events = phrase(generator, lesson.question, lesson.sources, deadline=time.monotonic() + SECONDS_PER_ANSWER)
    while True:
        try:
            next(events)
        except StopIteration as end:
            phrased: Phrased = end.value
            return phrased
