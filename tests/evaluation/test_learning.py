"""Learning is measured in rounds: opinions as a person gives them, tuning through the gate, figures each time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings, load_settings
from evaluation.learning import LearningPlan, evaluate_learning
from tests.learning.tuning import tiny_encoder

NAMES = tuple(f"gadget{number}" for number in range(80))
SAID, ASKED = "the {} has its switch below", ("where is the switch of the {}", "on which side is the {} switched off")
WORDS = sorted({*NAMES, *SAID.split(), *" ".join(ASKED).split()} - {"{}"})
PLAN = LearningPlan(rounds=2, recipes=("weights",), answers=10)


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder.make_onnx(tmp_path_factory.mktemp("embedder") / "tiny", WORDS)


@pytest.fixture
def searching(tmp_path: Path, embedder: Path) -> Settings:
    return load_settings(
        {},
        home=tmp_path / "home",
        embedder_url=f"onnx://{embedder}",
        late_url="none://",
        reranker_url="none://",
        reader_url="none://",
        support_threshold=0.0,
        threads=1,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty training questions about sixty gadgets, twenty test questions about the others."""
    folder = tmp_path / "set"
    folder.mkdir()
    documents = [{"_id": name, "title": name, "text": SAID.format(name) + "."} for name in NAMES]
    questions = [{"_id": f"q-{name}", "text": ASKED[n % 2].format(name)} for n, name in enumerate(NAMES)]
    for name, lines in (("corpus", documents), ("queries", questions)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name, part in (("qrels.train.tsv", NAMES[:60]), ("qrels.tsv", NAMES[60:])):
        rows = "".join(f"q-{each}\t{each}\t1\n" for each in part)
        (folder / name).write_text("query-id\tcorpus-id\tscore\n" + rows)
    return folder


def test_the_figures_of_each_round_are_printed(searching: Settings, folder: Path) -> None:
    evaluation = evaluate_learning(searching, folder, PLAN)

    first, second, third = evaluation.rows
    assert (first["round"], second["labels"], third["labels"]) == (0, 30, 60)
    assert "lessons that tuning search needs" in second["verdict"]
    assert third["state"] in {"active", "rejected"}
    assert third["ndcg@10"] >= first["ndcg@10"]
    assert (evaluation.summary["questions"], evaluation.summary["answered"]) == (20, 10)
    opinions = evaluation.summary["opinions"]
    assert (opinions["praised"] + opinions["corrected"], opinions["poisoned"]) == (60, 0)
    assert not (searching.home / "vouch.db").exists()


def test_a_share_of_the_opinions_can_be_false(searching: Settings, folder: Path) -> None:
    evaluation = evaluate_learning(searching, folder, replace(PLAN, rounds=1, poison=0.5, answers=0))

    assert 15 < evaluation.summary["opinions"]["poisoned"] < 45


def test_a_set_without_enough_questions_is_refused(searching: Settings, folder: Path) -> None:
    with pytest.raises(Invalid, match="60 training and 20 test questions"):
        evaluate_learning(searching, folder, replace(PLAN, rounds=61))
