"""Questions with known answers: which answers are right, which documents were judged to answer, which are withheld.

Loads `answers.jsonl`. `evaluation.golden.golden_set` loads whole sets; `evaluation.golden.plan` decides which of their
questions are asked, and how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import Invalid
from core.types import Json
from generation.refusal.calibration import Judged

Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Reference:
    """A question, its right answers, and whether the corpus answers it (None: unknown).

    `gold` are the documents that were judged to answer it; a `withheld` question is asked without them.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool | None
    gold: frozenset[str] = frozenset()
    withheld: bool = False

    def without_gold(self) -> Reference:
        """Return the question as it is asked without its judged documents: then it counts as unanswerable."""
        return replace(self, answerable=False, withheld=True)


def load_references(
    path: Path, questions: Mapping[str, str], judgements: Judgements | None = None
) -> tuple[Reference, ...]:
    """Load `answers.jsonl`. Raises Invalid that names a line which is not a reference to a known question."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    return tuple(
        _reference(path, number, line, questions, judgements or {})
        for number, line in enumerate(lines, 1)
        if line.strip()
    )


def judged_references(judgements: Judgements, questions: Mapping[str, str]) -> tuple[Reference, ...]:
    """Return the judged questions of a set without answers: an answer that quotes a judged document is right."""
    if unknown := sorted(judgements.keys() - questions.keys()):
        raise Invalid(f"qrels.tsv judges the question {unknown[0]!r}, which is not in queries.jsonl.")
    return tuple(Reference(each, questions[each], (), None, gold_of(each, judgements)) for each in judgements)


def gold_of(question: str, judgements: Judgements) -> frozenset[str]:
    """Return the documents that were judged to answer the question."""
    return frozenset(document for document, grade in judgements.get(question, {}).items() if grade > 0)


def texts_of(value: Json) -> tuple[str, ...]:
    """Return one text, a list of texts, or none, as a tuple of those that are not blank."""
    return tuple(str(each) for each in (value if isinstance(value, list) else [value or ""]) if str(each).strip())


def labelled(reference: Reference, support: float = 0.0, right: bool | None = False) -> Judged | None:
    """Return a question in the form that calibration needs; None if nobody labelled whether the documents answer it.

    `right` says whether its answer is right, None if there is nothing to compare it with.
    """
    if reference.answerable is False:
        return Judged(support, answerable=False, right=False)
    if reference.answers or reference.gold:
        return Judged(support, answerable=True, right=right)
    return Judged(support, answerable=True, right=None) if reference.answerable else None


def _reference(path: Path, number: int, line: str, questions: Mapping[str, str], judgements: Judgements) -> Reference:
    try:
        value = json.loads(line)
        name = str(value["_id"])
        question = questions.get(name) or str(value["question"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{path}, line {number}: not an object with the _id of a question in queries.jsonl.") from error
    answerable = value.get("answerable")
    known = None if answerable is None else bool(answerable)
    return Reference(name, question, texts_of(value.get("answer")), known, gold_of(name, judgements))
