"""Questions with known answers: what counts as right, which documents were judged to answer, which were withheld.

Reads `answers.jsonl` and says which of its lines may be calibrated on. `evaluation.golden.golden_set` reads whole sets,
`evaluation.golden.plan` says which of their questions are asked, and how.
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
    """A question, the answers that count as right, and whether the corpus answers it, where that is known.

    `gold` are the documents that were judged to answer it; a question that is `withheld` is asked without them.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool | None
    gold: frozenset[str] = frozenset()
    withheld: bool = False

    def without_gold(self) -> Reference:
        """Return the question as it is asked without what answers it: then it counts as unanswerable."""
        return replace(self, answerable=False, withheld=True)


def load_references(
    path: Path, questions: Mapping[str, str], judgements: Judgements | None = None
) -> tuple[Reference, ...]:
    """Read `answers.jsonl`. Raises Invalid that names the line which is no reference to a known question."""
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
    """Return the judged questions of a set that has no answers: right is what quotes a judged document."""
    if unknown := sorted(judgements.keys() - questions.keys()):
        raise Invalid(f"qrels.tsv judges the question {unknown[0]!r}, which queries.jsonl does not hold.")
    return tuple(Reference(each, questions[each], (), None, gold_of(each, judgements)) for each in judgements)


def gold_of(question: str, judgements: Judgements) -> frozenset[str]:
    """Return the documents that were judged to answer the question."""
    return frozenset(document for document, grade in judgements.get(question, {}).items() if grade > 0)


def texts(given: Json) -> tuple[str, ...]:
    """Return one answer, a list of them, or none, as those that say something."""
    return tuple(str(each) for each in (given if isinstance(given, list) else [given or ""]) if str(each).strip())


def labelled(reference: Reference, support: float = 0.0, right: bool | None = False) -> Judged | None:
    """Return a question as one that may be calibrated on; None where nobody said whether the documents answer it.

    `right` is what became of it, None where there is nothing to compare with.
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
        raise Invalid(f"{path}, line {number}: no object with the _id of a question in queries.jsonl.") from error
    answerable = value.get("answerable")
    known = None if answerable is None else bool(answerable)
    return Reference(name, question, texts(value.get("answer")), known, gold_of(name, judgements))
