"""Which questions of a golden set are asked, and how: a sample of them, with their judged documents or without.

Knows questions, not documents. A question that is asked without its judged documents is a near miss: the rest of the
manual is there, the answer is not. Another document may answer it after all; look at a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from core.errors import Invalid
from core.types import AnswerMode, Json
from evaluation.golden.references import Reference

Withhold = Literal["none", "all", "both"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a set is asked.

    `withhold`: "all" asks each judged question without its judged documents, "both" with them and without. `sample` is
    how many questions are drawn, None for all; a smaller sample of the same `seed` is the start of a larger one.
    `adapter` is a folder with an adapter that the generator loads, `home` a folder in which the ingested documents are
    stored for later runs. `no_time_limits` lifts the limits inside an answer: then a busy machine gives the figures of
    a quiet one.
    """

    mode: AnswerMode = "quotes"
    withhold: Withhold = "none"
    sample: int | None = None
    seed: int = 0
    adapter: Path | None = None
    home: Path | None = None
    no_time_limits: bool = False

    def questions(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        """Return what is asked, in order. Raises Invalid if no question has a judged document to withhold."""
        if self.withhold == "none":
            return self._drawn(references)
        judged = [each for each in references if each.gold and each.answerable is not False]
        if not judged:
            raise Invalid(
                "No question of the set has a judged document that could be withheld.",
                hint="Judgements are in qrels.tsv, or in questions.jsonl as `file`.",
            )
        if self.withhold == "all":
            return tuple(each.without_gold() for each in self._drawn(judged))
        both = [(each, each.without_gold()) if each in judged else (each,) for each in self._drawn(references)]
        return tuple(reference for ways in both for reference in ways)

    def sample_report(self, references: Sequence[Reference]) -> Json:
        """Return what is reported of the sample; None if every question is asked."""
        if self.sample is None or self.sample >= len(references):
            return None
        return {"questions": self.sample, "of": len(references), "seed": self.seed}

    def _drawn(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        if self.sample is None:
            return tuple(references)
        mixed = sorted(references, key=lambda each: each.id)
        Random(self.seed).shuffle(mixed)
        return tuple(mixed[: self.sample])
