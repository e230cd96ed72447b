from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.settings import Settings
from core.store.database import Database
from evaluation.corpus import build
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import CorpusDocument

pytestmark = [
    pytest.mark.weights,
    pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: everything is built in one process"),
]

MANY = [CorpusDocument(str(n), f"Pump {n}", f"Turn the valve {n} times.") for n in range(12)]


def test_several_processes_build_every_document_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ONE_PROCESS_UP_TO", 3)
    chosen = settings.model_copy(update={"late_url": "none://", "redact": False})
    db = Database(chosen.database_url)
    reported: list[str] = []
    ingested = ingest_corpus(chosen, db, [*MANY, CorpusDocument("empty", "", "…")], reported.append)
    db.close()
    assert ingested.chunks == 12
    assert list(ingested.rejected) == ["empty"]
    assert len(reported) == 1


def test_processes_exit_when_their_parent_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    lines = [{"_id": str(n), "title": "Pump", "text": f"Turn the valve {n} times."} for n in range(400)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "valve"}')
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    command = [str(Path(sys.executable).with_name("vouch")), "eval", "retrieval", str(folder)]  # as people run it
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert started.stderr is not None
    line = next((each for each in started.stderr if "ingested" in each), "nothing was ingested")
    assert "ingested 100 of 400" in line
    children = psutil.Process(started.pid).children()
    assert len(children) >= 3  # two that build and the one that watches resources
    started.kill()
    started.wait()
    started.stderr.close()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
