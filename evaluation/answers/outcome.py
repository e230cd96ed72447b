"""What became of a golden set: each question's answer, whether it is right, when its first words came.

Knows no figure over the whole; those are in `evaluation.answers.figures`. A threshold is judged after the fact: quotes
are made for every question, refused ones too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.types import Answer
from evaluation.golden.references import Reference, labelled
from generation.answering import NOT_ANSWERED
from generation.evidence.cite import without_markers
from generation.metrics import contains, token_f1
from generation.refusal.calibration import Judged, Point, curve

RIGHT_F1 = 0.5
"""An answer is right when it contains a reference whole or has at least this token F1 with one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question: seconds until the whole answer, and until the first words, None for none."""

    reference: Reference
    answer: Answer
    seconds: float
    first: float | None = None

    @property
    def said(self) -> str:
        """The answer's words without markers: a [1] is no token of the answer."""
        return without_markers(self.answer.text)

    def best(self, measure: Callable[[str, str], float]) -> float:
        """Return the best of a measure over the references."""
        return max(float(measure(self.said, answer)) for answer in self.reference.answers)

    def right_words(self) -> bool | None:
        """Tell whether the answer says what a reference says, None where there is none."""
        if not self.reference.answers:
            return None
        return bool(self.best(contains)) or self.best(token_f1) >= RIGHT_F1

    def right_document(self) -> bool | None:
        """Tell whether the first quote is from a judged document, None where none was judged."""
        if not self.reference.gold:
            return None
        return any(path in self.reference.gold for path in self.quoted[:1])

    @property
    def quoted(self) -> tuple[str, ...]:
        """The documents that the answer quotes, best first; none where it was refused."""
        return tuple(c.passage.path for c in self.answer.citations if self.answer.status == "answered")

    def right(self) -> bool | None:
        """Tell whether it is right by its words, or where no answer is known, by its document."""
        return self.right_words() if self.reference.answers else self.right_document()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a set: every question as if none were refused (but in mode "generate" as it was answered).

    `sources` are the documents' texts as given, by id, None where those that serve were asked; `rejected` says which
    could not be read, and why. `threshold` is in force, `models` estimated support.
    """

    asked: tuple[Asked, ...]
    sources: Mapping[str, str] | None
    threshold: float
    models: Mapping[str, str]
    rejected: Mapping[str, str]

    def answered(self) -> list[Asked]:
        """Return the questions as they are answered at the threshold in force."""
        return [at(each, self.threshold) for each in self.asked]

    def judged(self, right: Callable[[Asked], bool | None] = Asked.right) -> list[Judged]:
        """Return what is known of the labelled questions."""
        found = (labelled(each.reference, each.answer.support, right(each)) for each in self.asked)
        return [known for known in found if known is not None]

    def curves(self) -> dict[str, tuple[Point, ...]]:
        """Return how risk falls with coverage, by each way to tell what is right that the set allows."""
        ways = {"right by the words": Asked.right_words, "right by the document": Asked.right_document}
        return {
            name: curve(self.judged(right))
            for name, right in ways.items()
            if any(right(each) is not None for each in self.asked)
        }


def at(asked: Asked, threshold: float) -> Asked:
    """Return the question as it is answered, or refused, at this threshold."""
    if asked.answer.status == "refused" or asked.answer.support >= threshold:
        return asked
    refused = replace(
        asked.answer, status="refused", text="", citations=(), phrased=False, fallback=None, refusal=NOT_ANSWERED
    )
    return replace(asked, answer=refused, first=None)


def write_run(path: Path, asked: Sequence[Asked]) -> None:
    """Write a JSON line for each question: what was asked how, what was answered, when, by which quotes."""
    with path.open("w", encoding="utf-8") as stream:
        for each in asked:
            quotes = [{"doc_id": c.passage.path, "quote": c.quote} for c in each.answer.citations]
            line = {
                "query_id": each.reference.id,
                "withheld": each.reference.withheld,
                "status": each.answer.status,
                "phrased": each.answer.phrased,
                "fallback": each.answer.fallback,
                "text": each.answer.text,
                "quotes": quotes,
                "gold": sorted(each.reference.gold),
                "support": each.answer.support,
                "first_seconds": None if each.first is None else round(each.first, 4),
                "seconds": round(each.seconds, 4),
            }
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
