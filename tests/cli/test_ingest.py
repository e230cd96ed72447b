"""What `vouch ingest` prints about a file, and what it stores."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.ingest import Outcome, _add_warnings, _report
from cli.main import app
from core.settings import Settings
from core.store import documents, jobs, passages, uploads
from core.store.access import audit
from core.store.database import Database, migrate
from core.types import OPERATOR, Chunk
from service.run_job import Handlers
from tests.service.doubles import PurgedBlobs

WARNING = "One passage holds instructions addressed to a language model (page 2)."


def finish(db: Database, settings: Settings, _: Handlers, job_id: str) -> None:
    """Finish a job without running it."""
    claim = jobs.claim(db, job_id, lease_s=settings.lease_s, max_attempts=1)
    assert claim is not None
    with db.write() as session:
        jobs.finish(session, claim)


def test_a_file_is_registered_as_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, blobs = tmp_path / "home", PurgedBlobs(tmp_path / "home" / "blobs")
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOUCH_HOME", str(home))
    monkeypatch.setattr("service.compose.open_blobs", lambda _: blobs)
    monkeypatch.setattr("cli.ingest.perform", finish)
    monkeypatch.setattr("cli.ingest.WORKER_WAIT_S", 0.0)
    (tmp_path / "a.txt").write_text("Turn the valve.")

    result = CliRunner().invoke(app, ["ingest", str(tmp_path / "a.txt"), "--group", "staff", "--json"])

    (outcome,) = json.loads(result.stdout)
    assert (result.exit_code, outcome["status"]) == (0, "succeeded")
    db = Database(f"sqlite:///{home / 'vouch.db'}")
    with db.read() as session:
        (entry,) = audit.list_audit(session).data
        version = documents.get_version(session, outcome["document_id"], 1)
    db.close()
    assert (entry.key_id, entry.action, entry.target) == (OPERATOR.key_id, "document.upload", outcome["document_id"])
    assert entry.detail == {"version": 1, "job": outcome["job_id"], "groups": ["staff"]}
    assert version is not None
    assert blobs.get(version.blob) == b"Turn the valve."  # although a purge deleted the first copy


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
