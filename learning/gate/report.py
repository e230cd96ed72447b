"""How well a model answers lessons that it was not taught: its loss, and the answers it writes through the real check.

Knows a Generator and numbers, no model library: losses come from `learning.tuning.generator`. What the figures lead to
is decided in `learning.gate.decision`.
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

MOST_ANSWERS = 20
SECONDS_PER_ANSWER = 60.0


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What a model did on the test lessons, in their order.

    `losses` are nats per answer token. `f1` is the mean token F1 of the words that would be shown (0 for an answer
    that falls back to quotes), `fallback_rate` the share that does; both over the first `answers` lessons.
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
    most: int = MOST_ANSWERS,
) -> ModelReport:
    """Let the generator answer the first `most` lessons as it would a caller, and report."""
    asked = lessons[:most]
    began = time.monotonic()
    scores, fallbacks = [], 0
    for place, lesson in enumerate(asked):
        said = answer(generator, lesson)
        fallbacks += said.fallback is not None
        scores.append(token_f1(plain(said.text), lesson.target) if said.fallback is None else 0.0)
        progress("evaluate", (place + 1) / len(asked))
    count = max(1, len(asked))
    return ModelReport(
        model=generator.name,
        losses=tuple(losses),
        answers=len(asked),
        f1=round(sum(scores) / count, 4),
        fallback_rate=round(fallbacks / count, 4),
        seconds_per_answer=round((time.monotonic() - began) / count, 3),
    )


def answer(generator: Generator, lesson: Lesson) -> Phrased:
    """Return what a caller would be shown: checked words, or the reason why quotes would be."""
    events = phrase(generator, lesson.question, lesson.sources, deadline=time.monotonic() + SECONDS_PER_ANSWER)
    while True:
        try:
            next(events)
        except StopIteration as end:
            said: Phrased = end.value
            return said
