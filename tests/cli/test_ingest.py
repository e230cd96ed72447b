"""What `vouch ingest` prints about a file, and what it stores."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.ingest import Outcome, _add_warnings, _report
from cli.main import app
from core.errors import Invalid
from core.settings import Settings
from core.store import documents, jobs, passages, uploads
from core.store.access import audit
from core.store.database import Database, migrate
from core.types import OPERATOR, Chunk, Json
from service.run_job import Handlers
from tests.service.doubles import PurgedBlobs

WARNING = "One passage holds instructions addressed to a language model (page 2)."


def finish(db: Database, settings: Settings, _: Handlers, job_id: str) -> None:
    """Finish a job without running it."""
    claim = jobs.claim(db, job_id, lease_s=settings.lease_s, max_attempts=1)
    assert claim is not None
    with db.write() as session:
        jobs.finish(session, claim)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that `vouch ingest` uses; jobs end without being done."""
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("cli.ingest.perform", finish)
    monkeypatch.setattr("cli.ingest.WORKER_WAIT_S", 0.0)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def ingest(*given: str) -> dict[str, dict[str, Json]]:
    """Return the outcomes by path."""
    result = CliRunner().invoke(app, ["ingest", *given, "--json"], catch_exceptions=False)
    return {outcome["path"]: outcome for outcome in json.loads(result.stdout)}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def stored(home: Path) -> dict[str, tuple[str, int]]:
    """Return the stored documents: id and latest version by path."""
    db = Database(f"sqlite:///{home / 'vouch.db'}")
    with db.read() as session:
        found = documents.list_documents(session, OPERATOR).data
    db.close()
    return {document.path: (document.id, document.latest_version) for document in found}


def test_two_files_of_one_name_are_two_documents(home: Path, tmp_path: Path) -> None:
    for model in ("x200", "x300"):
        write(tmp_path / model / "manual.md", f"The {model} needs power.")

    ingest("x200/manual.md", "x300/manual.md")
    write(tmp_path / "x300/manual.md", "The X300 needs 48 volts.")
    ingest("x300/manual.md")

    assert {path: version for path, (_, version) in stored(home).items()} == {"x200/manual.md": 1, "x300/manual.md": 2}


def test_files_that_would_replace_each_other_are_refused_before_anything_is_stored(home: Path, tmp_path: Path) -> None:
    for folder in ("x200", "x300"):
        write(tmp_path / folder / "manual.md", f"The {folder} needs power.")
        write(tmp_path / folder / f"{folder}.md", "More.")

    with pytest.raises(Invalid, match=r"x200/manual\.md and x300/manual\.md"):
        ingest("x200", "x300")

    assert not home.exists()
    assert set(ingest("x200", "x300", "--base", ".")) == {
        *("x200/manual.md", "x300/manual.md", "x200/x200.md", "x300/x300.md")
    }


def test_a_document_that_was_known_by_its_files_name_moves_to_its_path_and_stays_one(
    home: Path, tmp_path: Path
) -> None:
    write(tmp_path / "docs" / "manual.md", "one")
    before = ingest("--base", "docs", "docs/manual.md")["manual.md"]

    after = ingest("docs/manual.md")["docs/manual.md"]
    write(tmp_path / "docs" / "manual.md", "two")
    ingest("docs/manual.md")

    assert after["document_id"] == before["document_id"]
    assert after["warnings"] == []
    assert stored(home) == {"docs/manual.md": (before["document_id"], 2)}


def test_a_file_that_may_be_a_new_version_of_a_document_by_its_name_says_so(home: Path, tmp_path: Path) -> None:
    write(tmp_path / "docs" / "manual.md", "one")
    ingest("--base", "docs", "docs/manual.md")
    write(tmp_path / "docs" / "manual.md", "two")

    (warning,) = ingest("docs/manual.md")["docs/manual.md"]["warnings"]

    assert "manual.md. If it is an older version of this file, delete it" in warning
    assert sorted(stored(home)) == ["docs/manual.md", "manual.md"]


def test_a_file_is_registered_as_over_http(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = PurgedBlobs(home / "blobs")
    monkeypatch.setattr("service.compose.open_blobs", lambda _: blobs)
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
