"""The evaluation of parsing: what its rows and figures mean."""

from __future__ import annotations

from pathlib import Path

from core.errors import DocumentRejected
from core.types import Parsed
from evaluation.documents import evaluate_parser
from tests.elements import element


def test_documents_are_parsed_or_rejected_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "sub" / "b.txt").write_text("bad")
    (tmp_path / "c.bin").write_bytes(b"")

    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if data == b"bad":
            raise DocumentRejected("It is bad.", hint="Fix it.")
        return Parsed((element("text", data.decode()),))

    evaluation = evaluate_parser(tmp_path, parse, lambda: 12.5)

    assert [(row["path"], row["status"], row["elements"]) for row in evaluation.rows] == [
        ("a.txt", "parsed", 1),
        ("c.bin", "rejected", 0),
        ("sub/b.txt", "rejected", 0),
    ]
    assert evaluation.rows[2]["reason"] == "It is bad. Fix it."
    assert evaluation.rows[0]["peak_mb"] == 12.5
    assert (evaluation.summary["parsed"], evaluation.summary["rejected"]) == (1, 2)
