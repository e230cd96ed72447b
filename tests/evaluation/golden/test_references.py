"""Questions with their known answers, as `answers.jsonl` holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from core.types import Json
from evaluation.golden.references import Reference, load_references


def write(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_references_are_loaded_with_their_questions_and_judged_documents(tmp_path: Path) -> None:
    lines: list[dict[str, Json]] = [
        {"_id": "q1", "answer": "five"},
        {"_id": "q2", "answer": ["a", " ", "b"], "answerable": False, "question": "Why?"},
    ]
    write(tmp_path / "answers.jsonl", lines)
    first, second = load_references(tmp_path / "answers.jsonl", {"q1": "How?"}, {"q1": {"d1": 2, "d2": 0}})
    assert first == Reference("q1", "How?", ("five",), None, frozenset({"d1"}))
    assert second == Reference("q2", "Why?", ("a", "b"), False)


@pytest.mark.parametrize("line", ["{", "[]", '{"answer": "x"}', '{"_id": "q9"}'])
def test_a_line_that_is_not_a_reference_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(Invalid, match="line 1"):
        load_references(path, {})
