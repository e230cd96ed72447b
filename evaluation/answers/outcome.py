"""What became of a golden set: each question's answer, whether it is right, and when its first words came.

Knows no figure over the whole set; those are in `evaluation.answers.figures`. Quotes are chosen for every question,
refused ones too, so that any threshold can be judged afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from core.types import Answer, Json
from evaluation.golden.references import Reference, labelled
from generation.answering import NOT_ANSWERED
from generation.evidence.cite import without_markers
from generation.metrics import contains, token_f1
from generation.refusal.calibration import Judged, Point, curve

RIGHT_F1 = 0.5
"""An answer is right when it contains a whole reference or has at least this token F1 with one."""
_SHOWS = re.compile(r"^\s*(?:```.*|\|(?: --- \|)+)$|^\s*(?:[->|]\s)+| \|(?=\s|$)", re.MULTILINE)
"""What Markdown adds to the words of an answer: fences, bars, bullets."""
_QUOTE_MARKS = str.maketrans("", "", "“”")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What became of one question: its answer, seconds until all of it, and until its first words (None: no words)."""

    reference: Reference
    answer: Answer
    seconds: float
    first_seconds: float | None = None

    @property
    def text(self) -> str:
        """The answer's words, without markers, quotation marks and what Markdown adds: none is a word of the answer."""
        shown = without_markers(self.answer.text).translate(_QUOTE_MARKS)
        return _SHOWS.sub(" ", shown).strip() if self.answer.units else shown.strip()

    @property
    def kind(self) -> str:
        """The kind of the answer's first unit, "phrased" for sentences of a generator, "refused" without an answer."""
        if self.answer.status == "refused":
            return "refused"
        return self.answer.units[0].kind if self.answer.units else "phrased"

    @property
    def shown_from(self) -> float:
        """The threshold up to which it is shown: 0 if it was refused for another reason than its support."""
        refusal = self.answer.refusal
        return self.answer.support if refusal is None or refusal == NOT_ANSWERED else 0.0

    def best(self, measure: Callable[[str, str], float]) -> float:
        """Return the best value of a measure over the reference answers."""
        return max(float(measure(self.text, answer)) for answer in self.reference.answers)

    def right_words(self) -> bool | None:
        """Return whether the answer says what a reference answer says, None if there is none."""
        if not self.reference.answers:
            return None
        return bool(self.best(contains)) or self.best(token_f1) >= RIGHT_F1

    def right_document(self) -> bool | None:
        """Return whether the first citation is of a judged document, None if none was judged."""
        if not self.reference.gold:
            return None
        return any(path in self.reference.gold for path in self.quoted[:1])

    @property
    def quoted(self) -> tuple[str, ...]:
        """Paths of the documents that the answer quotes, best first; none for a refusal."""
        return tuple(c.passage.path for c in self.answer.citations if self.answer.status == "answered")

    def right(self) -> bool | None:
        """Return whether it is right by its words, or if no answer is known, by its document."""
        return self.right_words() if self.reference.answers else self.right_document()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a set: every question as if none were refused (in mode "generate": as it was answered).

    `sources` are the documents' texts as given, by id, or None if the documents that serve were asked. `rejected` are
    the documents that could not be read, with the reason. `threshold` is the active one; `models` estimated support.
    """

    asked: tuple[AskedQuestion, ...]
    sources: Mapping[str, str] | None
    threshold: float
    models: Mapping[str, str]
    rejected: Mapping[str, str]

    def answered(self) -> list[AskedQuestion]:
        """Return the questions as they are answered, or refused, at the active threshold."""
        return [at_threshold(each, self.threshold) for each in self.asked]

    def judged(self) -> list[Judged]:
        """Return the labelled questions in the form that calibration needs."""
        found = (labelled(each.reference, each.answer.support, each.right()) for each in self.asked)
        return [known for known in found if known is not None]

    def shown(self, right: Callable[[AskedQuestion], bool | None] = AskedQuestion.right) -> list[Judged]:
        """Return the labelled questions with the threshold up to which each is shown."""
        found = (labelled(each.reference, each.shown_from, right(each)) for each in self.asked)
        return [known for known in found if known is not None]

    def curves(self) -> dict[str, tuple[Point, ...]]:
        """Return risk by coverage, for each definition of a right answer that the set allows."""
        ways = {"right by the words": AskedQuestion.right_words, "right by the document": AskedQuestion.right_document}
        return {
            name: curve(self.shown(right))
            for name, right in ways.items()
            if any(right(each) is not None for each in self.asked)
        }


def at_threshold(asked: AskedQuestion, threshold: float) -> AskedQuestion:
    """Return the question as it is answered, or refused, at this threshold."""
    if asked.answer.status == "refused" or asked.answer.support >= threshold:
        return asked
    refused = replace(
        asked.answer,
        status="refused",
        text="",
        citations=(),
        sentences=(),
        units=(),
        missing=None,
        phrased=False,
        fallback=None,
        refusal=NOT_ANSWERED,
    )
    return replace(asked, answer=refused, first_seconds=None)


def run_row(asked: AskedQuestion) -> dict[str, Json]:
    """Return a question's row of a run: what was asked, how it was answered, when, and with which quotes."""
    return {
        "query_id": asked.reference.id,
        "withheld": asked.reference.withheld,
        "status": asked.answer.status,
        "phrased": asked.answer.phrased,
        "fallback": asked.answer.fallback,
        "text": asked.answer.text,
        "units": [{"kind": each.kind, "text": each.text, "citations": list(each.cites)} for each in asked.answer.units],
        "missing": asked.answer.missing,
        "quotes": [{"doc_id": c.passage.path, "quote": c.quote} for c in asked.answer.citations],
        "gold": sorted(asked.reference.gold),
        "support": asked.answer.support,
        "first_seconds": None if asked.first_seconds is None else round(asked.first_seconds, 4),
        "seconds": round(asked.seconds, 4),
    }
