"""The comparison with peers, without them: its inputs, Vouch's part, scores and the table."""

from __future__ import annotations

import ast
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from bench.peers import worker
from bench.peers.__main__ import choose, scored, table
from bench.peers.inputs import write_inputs
from bench.peers.vouch import open_vouch, publish_all, store_token_vectors
from bench.peers.worker import Inputs, System, measure, read_inputs
from core.errors import Invalid
from core.settings import Settings
from core.store.database import Database, migrate
from core.store.index.token_vectors import read_tokens
from evaluation.corpus.load import Corpus
from retrieval.models.late import encode_rest
from retrieval.models.token_pack import pack
from tests.retrieval.conftest import Shelf, WordEmbedder
from tests.retrieval.models.test_late import Letters

TEXTS = {"tv": "How to mount the tv on a wall", "oven": "How to clean the oven door", "radio": "How to tune a radio"}
QUESTIONS = {"q1": "clean the oven", "q2": "mount the tv"}
CORPUS = Corpus((), QUESTIONS, {"q1": {"oven": 1}, "q2": {"tv": 1}})


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Three documents of two chunks each."""
    db, late = empty(tmp_path / "made.db"), Letters()
    shelf = Shelf(db, WordEmbedder())
    for path, text in TEXTS.items():
        shelf.put(path, text, f"Safety first with the {path}", title=path.upper(), language="en")
    assert sum(encode_rest(db, late)) == 6
    write_inputs(db, WordEmbedder(), late, QUESTIONS, tmp_path)
    db.close()
    return read_inputs(tmp_path)


def empty(path: Path) -> Database:
    db = Database(f"sqlite:///{path}")
    migrate(db)
    return db


def test_every_system_gets_the_same_chunks_with_their_vectors(inputs: Inputs) -> None:
    texts = [chunk["embedded"] for chunk in inputs.chunks]

    assert [chunk["document"] for chunk in inputs.chunks] == ["tv", "tv", "oven", "oven", "radio", "radio"]
    assert texts[2] == "OVEN\nHow to clean the oven door"
    assert np.array_equal(inputs.vectors, WordEmbedder().embed_passages(texts))
    assert np.array_equal(inputs.asked["mount the tv"], WordEmbedder().embed_query("mount the tv"))


def test_vouch_publishes_its_inputs_and_finds_them(inputs: Inputs, settings: Settings) -> None:
    settings.home.mkdir()
    with ExitStack() as closing:
        figures = measure(open_vouch("vouch-lists", inputs, settings, closing), inputs)

    assert figures["ranked"]["q1"][0] == "oven"
    assert sorted(figures["ranked"]["q2"]) == ["oven", "radio", "tv"]
    assert scored(figures, inputs, CORPUS)["ndcg@10"] == 1.0
    assert list(figures["index_steps_s"]) == ["publish", "snapshot"]
    assert len(figures["query_s"]) == len(figures["deep_query_s"]) == 2


def test_stored_token_vectors_are_not_computed_again(inputs: Inputs, tmp_path: Path) -> None:
    db = empty(tmp_path / "again.db")
    publish_all(db, inputs)
    store_token_vectors(db, inputs)

    assert list(encode_rest(db, Letters())) == []
    with db.read() as session:
        stored = read_tokens(session, "letters", range(1, 7))
    read = [pack(Letters().encode_question(chunk["embedded"])) for chunk in inputs.chunks]
    assert [stored[chunk_id] for chunk_id in range(1, 7)] == read
    db.close()


def test_documents_score_by_their_best_chunk(inputs: Inputs) -> None:
    def documents(found: list[str]) -> list[str]:
        return found

    system = System("a peer", lambda: None, lambda question, count: ["radio", "tv", "radio", "oven"], documents)
    measured = measure(system, inputs)
    assert measured["ranked"]["q1"] == ["radio", "tv", "oven"]
    assert scored(measured, inputs, CORPUS)["ndcg@10"] == pytest.approx((1 / 2 + 1 / np.log2(3)) / 2)


def test_ratios_are_computed_within_a_round() -> None:
    shown = ("index_s", "query_ms_p50", "query_ms_p95", "deep_ms_p50", "deep_ms_p95", "peak_mib")
    quality = {"ndcg@10": 0.5, "recall@100": 1.0, "idle_mib": 50.0}
    ours = [{"about": "ours", **quality, **dict.fromkeys(shown, value)} for value in (1.0, 10.0, 2.0)]
    theirs = [{"about": "theirs", **quality, **dict.fromkeys(shown, value)} for value in (3.0, 30.0, 6.0)]

    lines = table({"ours": ours, "theirs": theirs}).splitlines()
    assert lines[2].startswith("| ours | 0.500 | 1.000 | 2.00 (×1.00) |")
    assert lines[3].startswith("| theirs | 0.500 | 1.000 | 6.00 (×3.00) |")


def test_questions_are_spread_over_all_judged_ones() -> None:
    asked = {str(number): f"question {number}" for number in range(100)}
    corpus = Corpus((), asked, {number: {"d": 1} for number in asked})

    assert list(choose(corpus, 4)) == ["0", "25", "50", "75"]
    assert len(choose(corpus, None)) == 100
    with pytest.raises(Invalid, match="judges no question"):
        choose(Corpus((), asked, {}), 4)


def test_the_worker_needs_nothing_of_this_project() -> None:
    tree = ast.parse(Path(worker.__file__).read_text(encoding="utf-8"))
    at_import = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    at_import |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert {str(name).split(".")[0] for name in at_import} <= {*sys.stdlib_module_names, "numpy"}
