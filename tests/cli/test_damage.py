"""`vouch doctor` over damaged data: it says what is damaged and what to do, and it never ends in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.blobs import open_blobs
from core.settings import load_settings
from core.store import jobs, uploads
from core.store.database import Database, migrate
from core.types import OPERATOR
from service.keys import first_run_key
from tests.damage import DAMAGES, blob_path, flip, overwrite_page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three documents."""
    settings = load_settings({}, home=tmp_path / "home")
    settings.home.mkdir()
    db, blobs = Database(settings.database_url), open_blobs(settings.blobs_url)
    migrate(db)
    for title in ("Pump", "Press", "Lamp"):
        data = title.encode()
        upload = uploads.Upload("manuals", f"{title}.txt", "text/plain", 5, blobs.put(data), title=title)
        with db.write() as session:
            uploads.register_upload(session, upload, OPERATOR)
            for number in range(50):
                jobs.enqueue(session, "purge", document_id=f"doc_{number}")
    first_run_key(db, settings.home)
    db.close()
    return settings.home


def doctor(home: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """Run `vouch doctor --json`; return its exit status and each check's state and detail."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("VOUCH_")}
    command = [sys.executable, "-m", "cli.main", "doctor", "--json"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=env | {"VOUCH_HOME": str(home), "VOUCH_MODELS_DIR": str(home / "none")},  # loads no model: faster
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in result.stderr, result.stderr
    checks = json.loads(result.stdout)
    return result.returncode, {check["name"]: (check["state"], check["detail"]) for check in checks}


def key_of(home: Path, title: str) -> Path:
    import hashlib

    return blob_path(home, hashlib.sha256(title.encode()).hexdigest())


def test_damaged_and_missing_files_are_named_by_their_documents(home: Path) -> None:
    assert doctor(home)[1]["documents"][0] == "good"
    flip(key_of(home, "Pump"))
    key_of(home, "Press").unlink()

    status, checks = doctor(home)

    state, detail = checks["documents"]
    assert (status, state) == (1, "bad")
    assert "damaged: 'Pump'" in detail
    assert "missing: 'Press'" in detail
    assert "Lamp" not in detail
    assert "upload each again" in detail


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_a_finding_with_what_to_do(home: Path, damage: str) -> None:
    DAMAGES[damage](home / "vouch.db")

    status, checks = doctor(home)

    state, detail = checks["database"]
    assert (status, state) == (1, "bad")
    assert "The database is damaged" in detail
    assert "restore a backup" in detail


def test_damage_where_no_check_but_the_whole_one_looks_is_found(home: Path) -> None:
    overwrite_page(home / "vouch.db", "feedback")

    assert doctor(home)[1]["database"][0] == "bad"


def test_an_emptied_database_is_not_taken_for_a_new_one(home: Path) -> None:
    (home / "vouch.db").write_bytes(b"")

    state, detail = doctor(home)[1]["database"]

    assert state == "bad"
    assert "emptied" in detail
