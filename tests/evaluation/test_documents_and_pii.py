"""The evaluations of redaction and of parsing: what their figures mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import DocumentRejected, Invalid
from core.types import Element, Parsed, PiiSpan, Redacted
from evaluation.documents import evaluate_documents
from evaluation.pii import evaluate_pii


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

    evaluation = evaluate_pii(tmp_path / "pii.jsonl", FindsAda())

    assert evaluation.summary["uncovered"] == 0.75
    assert evaluation.summary["recall"] == {"EMAIL_ADDRESS": 0.0, "PERSON": 1.0}
    assert evaluation.summary["precision"] == 0.5
    assert evaluation.rows[0]["spans"][0] == {"start": 0, "end": 3, "label": "PERSON", "score": 1.0}


def test_a_malformed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pii.jsonl").write_text('{"text": "no id"}\n')

    with pytest.raises(Invalid, match="labelled texts"):
        evaluate_pii(tmp_path / "pii.jsonl", FindsAda())


def test_documents_are_parsed_or_rejected_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "sub" / "b.txt").write_text("bad")
    (tmp_path / "c.bin").write_bytes(b"")

    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if data == b"bad":
            raise DocumentRejected("It is bad.", hint="Fix it.")
        return Parsed((Element("text", data.decode()),))

    evaluation = evaluate_documents(tmp_path, parse, lambda: 12.5)

    assert [(row["path"], row["status"], row["elements"]) for row in evaluation.rows] == [
        ("a.txt", "parsed", 1),
        ("c.bin", "rejected", 0),
        ("sub/b.txt", "rejected", 0),
    ]
    assert evaluation.rows[2]["reason"] == "It is bad. Fix it."
    assert evaluation.rows[0]["peak_mb"] == 12.5
    assert (evaluation.summary["parsed"], evaluation.summary["rejected"]) == (1, 2)
