"""Questions with known answers: reads `answers.jsonl` and says which of its lines may be calibrated on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from generation.calibration import Judged


@dataclass(frozen=True, slots=True)
class Reference:
    """A question, the answers that count as right, and whether the corpus answers it, where that is known."""

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool | None


def load_references(path: Path, questions: Mapping[str, str]) -> list[Reference]:
    """Read `answers.jsonl`. Raises Invalid that names the line which is no reference to a known question."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    return [_reference(path, number, line, questions) for number, line in enumerate(lines, 1) if line.strip()]


def labelled(reference: Reference, support: float = 0.0, right: bool = False) -> Judged | None:
    """Return a question as one that may be calibrated on; None where nobody said whether the documents answer it."""
    if reference.answerable is False:
        return Judged(support, answerable=False, right=False)
    if reference.answers:
        return Judged(support, answerable=True, right=right)
    return Judged(support, answerable=True, right=None) if reference.answerable else None


def _reference(path: Path, number: int, line: str, questions: Mapping[str, str]) -> Reference:
    try:
        value = json.loads(line)
        question = questions.get(str(value["_id"])) or str(value["question"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{path}, line {number}: no object with the _id of a question in queries.jsonl.") from error
    given = value.get("answer") or []
    answers = tuple(str(each) for each in (given if isinstance(given, list) else [given]) if str(each).strip())
    answerable = value.get("answerable")
    return Reference(str(value["_id"]), question, answers, None if answerable is None else bool(answerable))
