"""Search is measured on a judged corpus, and nothing is left behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings, load_settings
from evaluation.retrieval import evaluate_retrieval

DOCUMENTS = [
    {"_id": "w/1", "title": "Warranty", "text": "The warranty lasts two years from the date of purchase."},
    {"_id": "b-2", "title": "Batteries", "text": "Replace both batteries of the remote control at the same time."},
    {"_id": "n3", "title": "", "text": "Hold the reset key for ten seconds to restore the factory settings."},
    {"_id": "e4", "title": "", "text": ""},
    {"_id": "t5", "title": "Disposal of old devices", "text": " "},
]
QUESTIONS = [{"_id": "q1", "text": "how long is the guarantee?"}, {"_id": "q2", "text": "factory reset"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\tw/1\t1\nq2\tn3\t2\nq2\tb-2\t0\n"


def write(folder: Path, documents: Sequence[Mapping[str, str]] = DOCUMENTS, qrels: str = QRELS) -> Path:
    for name, lines in (("corpus.jsonl", documents), ("queries.jsonl", QUESTIONS)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


@pytest.mark.weights
def test_search_is_measured_and_nothing_is_left_behind(tmp_path: Path) -> None:
    reported: list[str] = []
    before = set(Path(tempfile.gettempdir()).glob("vouch-eval-*"))

    evaluation = evaluate_retrieval(load_settings({}), write(tmp_path), k=2, redact=False, report=reported.append)

    ranked, figures = {row["query_id"]: row["ranked"] for row in evaluation.rows}, evaluation.summary
    assert {question: ids[0] for question, ids in ranked.items()} == {"q1": "w/1", "q2": "n3"}
    assert all(len(ids) == 2 for ids in ranked.values())
    assert (figures["ndcg@10"], figures["mrr@10"], figures["recall@100"]) == (1.0, 1.0, 1.0)
    assert (figures["queries"], figures["chunks"], figures["rejected"]) == (2, 4, 1)
    assert figures["query_ms_p95"] >= figures["query_ms_p50"] > 0
    assert "ingested 5 of 5" in reported[0]
    assert set(Path(tempfile.gettempdir()).glob("vouch-eval-*")) <= before


def test_a_corpus_without_judgements_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="judges nothing"):
        evaluate_retrieval(settings, write(tmp_path, qrels="query-id\tcorpus-id\tscore\n"))


def test_a_judged_question_that_is_missing_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="'q9'"):
        evaluate_retrieval(settings, write(tmp_path, qrels=QRELS + "q9\tw/1\t1\n"))
