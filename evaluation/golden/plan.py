"""Which questions of a golden set are asked, and how: a sample of them, with their judged documents or without.

Knows questions, not documents. A question that is asked without the documents that were judged to answer it is a near
miss: the rest of the manual is there, the answer is not. Another document may answer it after all; look at a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal, get_args

from core.errors import Invalid
from core.types import AnswerMode, Json
from evaluation.golden.references import Reference

Withhold = Literal["none", "all", "both"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a set is asked.

    `withhold`: "all" asks each judged question without its judged documents, "both" with them and without. `sample` is
    how many questions are drawn, None for all; a smaller sample of the same `seed` is the beginning of a larger one.
    `adapter` is a folder that the generator wears, `keep` one that the documents are read into and stay in. What is
    `unhurried` has no time limits inside an answer, so that a busy machine's figures are those of a quiet one.
    """

    mode: AnswerMode = "quotes"
    withhold: Withhold = "none"
    sample: int | None = None
    seed: int = 0
    adapter: Path | None = None
    keep: Path | None = None
    unhurried: bool = False

    def questions(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        """Return what is asked, in order. Raises Invalid where nothing can be withheld."""
        if self.withhold == "none":
            return self._drawn(references)
        judged = [each for each in references if each.gold and each.answerable is not False]
        if not judged:
            raise Invalid(
                "No question of the set has a judged document that could be withheld.",
                hint="Judgements stand in qrels.tsv, or in questions.jsonl as `file`.",
            )
        if self.withhold == "all":
            return tuple(each.without_gold() for each in self._drawn(judged))
        both = [(each, each.without_gold()) if each in judged else (each,) for each in self._drawn(references)]
        return tuple(reference for ways in both for reference in ways)

    def drawn(self, references: Sequence[Reference]) -> Json:
        """Return what is told of the sample; None where every question is asked."""
        if self.sample is None or self.sample >= len(references):
            return None
        return {"questions": self.sample, "of": len(references), "seed": self.seed}

    def _drawn(self, references: Sequence[Reference]) -> tuple[Reference, ...]:
        if self.sample is None:
            return tuple(references)
        mixed = sorted(references, key=lambda each: each.id)
        Random(self.seed).shuffle(mixed)
        return tuple(mixed[: self.sample])


def checked_plan(
    mode: str,
    withhold: str = "none",
    sample: int | None = None,
    seed: int = 0,
    adapter: Path | None = None,
    keep: Path | None = None,
    unhurried: bool = False,
) -> Plan:
    """Return the plan that words of a command line name. Raises Invalid for a mode or a way that there is not."""
    chosen = next((known for known in get_args(AnswerMode) if known == mode), None)
    if chosen is None:
        raise Invalid(f"There is no mode {mode!r}.", hint=f"Known: {', '.join(get_args(AnswerMode))}.")
    way = next((known for known in get_args(Withhold) if known == withhold), None)
    if way is None:
        raise Invalid(f"--withhold cannot be {withhold!r}.", hint=f"Known: {', '.join(get_args(Withhold))}.")
    if adapter is not None and chosen != "generate":
        raise Invalid("An adapter speaks where answers are phrased.", hint="Add --mode generate.")
    return Plan(chosen, way, sample, seed, adapter, keep, unhurried)
