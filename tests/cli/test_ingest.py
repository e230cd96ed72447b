"""What `vouch ingest` prints about a file, and what it stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.ingest import Outcome, _add_warnings, _report
from core.store import passages, uploads
from core.store.database import Database, migrate
from core.types import OPERATOR, Chunk

WARNING = "One passage holds instructions addressed to a language model (page 2)."


def test_warnings_are_printed_below_the_line_of_their_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = Database(f"sqlite:///{tmp_path / 'vouch.db'}")
    migrate(db)
    with db.write() as session:
        made = uploads.register_upload(session, uploads.Upload("c", "a.pdf", "application/pdf", 1, "0" * 64), OPERATOR)
        passages.publish(session, made.document_id, made.version, "A", [Chunk(0, "x")], {"warnings": [WARNING]})
    outcomes = [Outcome("a.pdf", "succeeded", made.document_id, made.version), Outcome("b.exe", "unchanged")]

    _add_warnings(db, outcomes)
    _report(outcomes, as_json=False)

    output = " ".join(capsys.readouterr().out.split())
    assert f"a.pdf: succeeded ! {WARNING}" in output
    assert outcomes[1].warnings == []
    db.close()
