"""The command line as a person uses it: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.store.access import audit
from core.store.database import Database
from core.types import OPERATOR
from tests.core.conftest import Library

ROOT = Path(__file__).resolve().parents[2]
Vouch = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def vouch(tmp_path: Path) -> Vouch:
    """Return a function that runs `vouch` with its own home."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if not key.startswith("VOUCH_")}
        env |= {"VOUCH_HOME": str(tmp_path / "home")} | environment
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False)

    return run


def test_help_lists_the_commands(vouch: Vouch) -> None:
    result = vouch("--help")

    assert result.returncode == 0
    for command in ("up", "ingest", "ask", "search", "mcp", "eval", "train", "models", "keys", "doctor", "config"):
        assert command in result.stdout


def test_wrong_usage_ends_with_status_2(vouch: Vouch) -> None:
    assert vouch("ask").returncode == 2
    assert vouch("no-such-command").returncode == 2


def test_an_unknown_setting_ends_with_status_2_and_suggests_the_nearest_one(vouch: Vouch) -> None:
    result = vouch("config", VOUCH_EMBEDER_URL="onnx://x")

    assert result.returncode == 2
    assert "VOUCH_EMBEDDER_URL" in result.stderr
    assert "Traceback" not in result.stderr


def test_config_masks_secrets(vouch: Vouch) -> None:
    result = vouch("config", "--json", VOUCH_DATABASE_URL="postgresql://vouch:hunter2@db/vouch")

    assert json.loads(result.stdout)["database_url"] == "postgresql://vouch:***@db/vouch"
    assert "hunter2" not in result.stdout


def test_config_prints_an_advanced_setting_if_it_is_changed_or_with_all(vouch: Vouch) -> None:
    ordinary, every = vouch("config", VOUCH_LEASE_S="5"), vouch("config", "--all")

    assert "VOUCH_LEASE_S=5.0" in ordinary.stdout
    assert "VOUCH_SWEEP_S" not in ordinary.stdout
    assert "VOUCH_SWEEP_S=10.0" in every.stdout
    assert json.loads(vouch("config", "--json").stdout)["sweep_s"] == "10.0"


def test_a_key_is_created_listed_and_revoked(vouch: Vouch) -> None:
    made = json.loads(vouch("keys", "create", "desk", "--scope", "ask", "--group", "inside", "--json").stdout)
    assert made["token"].startswith("vch_")

    assert vouch("keys", "revoke", made["id"]).returncode == 0

    (listed,) = json.loads(vouch("keys", "list", "--json").stdout)
    assert (listed["id"], listed["groups"]) == (made["id"], ["inside"])
    assert listed["revoked_at"] is not None
    assert vouch("keys", "revoke", "key_nobody").returncode == 1


def test_keys_and_trainings_are_recorded_in_the_audit_trail(vouch: Vouch, tmp_path: Path) -> None:
    key_id = json.loads(vouch("keys", "create", "desk", "--scope", "ask", "--json").stdout)["id"]
    vouch("keys", "revoke", key_id)
    job_id = json.loads(vouch("train", "--json").stdout)["id"]

    db = Database(f"sqlite:///{tmp_path / 'home' / 'vouch.db'}")
    with db.read() as session:
        entries = audit.list_audit(session).data
    db.close()
    assert {entry.key_id for entry in entries} == {OPERATOR.key_id}
    assert [(entry.action, entry.target) for entry in entries[::-1]] == [
        ("key.create", key_id),
        ("key.revoke", key_id),
        ("training.start", job_id),
    ]


def test_a_missing_file_is_wrong_usage(vouch: Vouch, tmp_path: Path) -> None:
    result = vouch("ingest", str(tmp_path / "nowhere.pdf"))

    assert result.returncode == 2
    assert "nowhere.pdf" in result.stderr


def test_a_database_that_is_down_ends_with_status_1_and_a_message(vouch: Vouch) -> None:
    result = vouch("keys", "list", VOUCH_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert result.returncode == 1
    assert "does not answer" in result.stderr
    assert "Traceback" not in result.stderr


def test_missing_weights_are_reported_before_anything_starts(vouch: Vouch, tmp_path: Path) -> None:
    result = vouch("up", "--port", "18999", VOUCH_MODELS_DIR=str(tmp_path / "none"))

    assert result.returncode == 1
    assert "vouch models pull bge-small-en-v1.5" in result.stderr


@pytest.mark.weights
def test_verify_finds_a_changed_weight_file(vouch: Vouch, tmp_path: Path) -> None:
    model = tmp_path / "models" / "bge-small-en-v1.5"
    model.mkdir(parents=True)
    for path in (ROOT / ".models" / "bge-small-en-v1.5").iterdir():
        if path.is_file():
            (model / path.name).write_bytes(path.read_bytes())
    tampered = bytearray((model / "model.onnx").read_bytes())
    tampered[1000] ^= 1
    (model / "model.onnx").write_bytes(tampered)

    result = vouch("models", "verify", "--json", VOUCH_MODELS_DIR=str(tmp_path / "models"))

    assert result.returncode == 1
    assert "vouch models pull" in json.loads(result.stdout)[0]["reason"]


@pytest.mark.weights
@pytest.mark.timeout(240)
def test_files_are_ingested_without_a_worker_then_found_and_quoted(vouch: Vouch, tmp_path: Path) -> None:
    manual = tmp_path / "manuals"
    manual.mkdir()
    (manual / "press.md").write_text("# Press\n\nThe press is released with the yellow pedal.\n")
    (manual / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")

    taken = vouch("ingest", str(manual), "--json")
    outcomes = {outcome["path"]: outcome for outcome in json.loads(taken.stdout)}
    assert taken.returncode == 1
    assert outcomes["press.md"]["status"] == "succeeded"
    assert outcomes["broken.pdf"]["status"] in ("failed", "refused")
    assert outcomes["broken.pdf"]["reason"]

    asked = json.loads(vouch("ask", "How is the press released?", "--json").stdout)
    assert asked["status"] == "answered"
    assert "yellow pedal" in asked["text"]
    found = vouch("search", "releasing the zeppelin press", "--explain")
    assert "press.md" in found.stdout
    assert "dense #1" in found.stdout
    assert "releasing → releas ×1" in found.stdout
    assert "Nowhere: zeppelin" in found.stdout
    explained = json.loads(vouch("search", "press", "--explain", "--json").stdout)
    assert explained["explanation"]["terms"] == [{"typed": "press", "term": "press", "found": True}]


@pytest.mark.weights
def test_a_document_is_forgotten_by_its_id(vouch: Vouch, tmp_path: Path) -> None:
    (tmp_path / "lock.md").write_text("# Lock\n\nThe lock's code is hidden under the mat.\n")
    (outcome,) = json.loads(vouch("ingest", str(tmp_path / "lock.md"), "--json").stdout)

    assert vouch("forget", outcome["document_id"], "--yes").returncode == 0

    assert vouch("forget", outcome["document_id"], "--yes").returncode == 0  # harmless, and finds what a crash left
    assert vouch("forget", "doc_nobody", "--yes").returncode == 1
    assert vouch("receipts", "verify").returncode == 0
    assert list((tmp_path / "home" / "blobs").rglob("[0-9a-f]" * 64)) == []
    assert b"under the mat" not in (tmp_path / "home" / "vouch.db").read_bytes()


def test_receipts_are_listed_shown_and_verified(vouch: Vouch, tmp_path: Path) -> None:
    assert vouch("migrate").returncode == 0
    document_id = Library(Database(f"sqlite:///{tmp_path}/home/vouch.db")).serve("lock.txt", "The code is hidden.")
    receipt = json.loads(vouch("forget", document_id, "--json").stdout)["receipt"]

    assert receipt["id"] in vouch("receipts", "list").stdout
    assert [each["id"] for each in json.loads(vouch("receipts", "list", "--json").stdout)] == [receipt["id"]]
    assert document_id in vouch("receipts", "show", receipt["id"]).stdout
    shown = vouch("receipts", "show", receipt["id"], "--json").stdout
    assert json.loads(shown) == receipt
    (tmp_path / "receipt.json").write_text(shown)
    (tmp_path / "changed.json").write_text(shown.replace("operator", "somebody"))
    assert vouch("receipts", "verify", receipt["id"]).returncode == 0
    assert vouch("receipts", "verify", "--file", str(tmp_path / "receipt.json")).returncode == 0
    changed = vouch("receipts", "verify", "--file", str(tmp_path / "changed.json"))
    assert (changed.returncode, "signature does not match" in changed.stderr) == (1, True)
    assert vouch("receipts", "verify", "rcp_nobody").returncode == 1
    assert vouch("receipts", "verify", receipt["id"], "--file", str(tmp_path / "receipt.json")).returncode == 2
