"""`vouch reindex`: what it prints when it builds, moves, goes back, and does nothing."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from core.errors import Conflict, Invalid
from core.settings import load_settings
from core.store.database import Database, migrate
from core.store.index.serving import Pair, move_serving, pair_of
from service import doctor

pytestmark = pytest.mark.weights
Reindex = Callable[..., Result]


@pytest.fixture
def reindex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reindex:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, ["reindex", *words])


def test_a_move_tells_what_was_what_is_and_how_it_was_tried(reindex: Reindex, tmp_path: Path) -> None:
    target = f"faiss://{tmp_path / 'next'}"

    moved = reindex("--to", target, "--json")
    again = reindex("--to", target)
    back = reindex("--back")

    told = json.loads(moved.stdout[moved.stdout.index("{") :])  # behind the log, which the real command leaves out
    assert (told["moved"], told["after"]["index_url"], told["outcome"]["agreement"]) == (True, target, 1.0)
    assert told["before"]["index_url"] == f"faiss://{tmp_path / 'home' / 'index'}?device=cpu"
    assert f"{target} with bge-small-en-v1.5 already serves" in again.stdout
    assert f"before  {target}" in back.stdout
    assert "0 of 0 probes" in back.stdout


def test_building_says_what_was_built_and_when_another_process_builds(reindex: Reindex, tmp_path: Path) -> None:
    assert "the index is built: 0 chunks, bge-small-en-v1.5" in reindex().stdout

    with (tmp_path / "home" / "index" / ".build.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        busy = reindex()

    assert isinstance(busy.exception, Conflict)
    assert "nothing was built" in str(busy.exception)


@pytest.mark.parametrize("words", [("--embedder", "onnx://x"), ("--back", "--to", "faiss:///x")])
def test_options_that_do_not_fit_are_misuse(reindex: Reindex, words: tuple[str, ...]) -> None:
    assert isinstance(reindex(*words).exception, Invalid)


def test_the_doctor_tells_what_serves_and_when_the_settings_name_something_else(tmp_path: Path) -> None:
    settings = load_settings({}, home=tmp_path)
    db = Database(settings.database_url)
    migrate(db)
    assert doctor._serving(settings).detail.endswith("as the settings say")

    to = Pair("milvus://vouch:hunter2@host:19530/vouch", "onnx://other")
    with db.write() as session:
        move_serving(session, to, "other", pair_of(settings))
    check = doctor._serving(settings)

    assert check.state == "note"
    assert "milvus://vouch:***@host:19530/vouch with onnx://other, since" in check.detail
    assert f"the settings name {settings.index_url}" in check.detail
    assert doctor._serving(to.within(settings)).state == "good"
