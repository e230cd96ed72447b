"""The evaluation of redaction: what its figures mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from core.types import PiiSpan, Redacted
from evaluation.pii import evaluate_redactor


class FindsAda:
    name = "finds Ada"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        return [
            Redacted("", tuple(PiiSpan(t.find(w), t.find(w) + 3, "PERSON") for w in ("Ada", "Tea") if w in t))
            for t in texts
        ]


def test_pii_counts_characters_left_uncovered(tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 3, "label": "PERSON"}, {"start": 8, "end": 17, "label": "EMAIL_ADDRESS"}]
    row = {"_id": "1", "lang": "en", "text": "Ada Tea a@bcd.com", "spans": spans}
    (tmp_path / "pii.jsonl").write_text(json.dumps(row) + "\n")

    evaluation = evaluate_redactor(tmp_path / "pii.jsonl", FindsAda())

    assert evaluation.summary["uncovered"] == 0.75
    assert evaluation.summary["recall"] == {"EMAIL_ADDRESS": 0.0, "PERSON": 1.0}
    assert evaluation.summary["precision"] == 0.5
    assert evaluation.rows[0]["spans"][0] == {"start": 0, "end": 3, "label": "PERSON", "score": 1.0}


def test_a_malformed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pii.jsonl").write_text('{"text": "no id"}\n')

    with pytest.raises(Invalid, match="labelled texts"):
        evaluate_redactor(tmp_path / "pii.jsonl", FindsAda())
