"""Judged corpora: what is read, what is refused, and that evaluation leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings, load_settings
from evaluation.corpus import load_corpus, throwaway_home
from evaluation.retrieval import run_retrieval

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


def test_a_corpus_is_read_as_it_stands(tmp_path: Path) -> None:
    corpus = load_corpus(write(tmp_path))

    assert [document.id for document in corpus.documents] == ["w/1", "b-2", "n3", "e4", "t5"]
    assert corpus.questions["q2"] == "factory reset"
    assert corpus.judgements == {"q1": {"w/1": 1}, "q2": {"n3": 2, "b-2": 0}}


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("corpus.jsonl", '{"_id": "a"}\nnot json\n', "line 2: not JSON"),
        ("corpus.jsonl", '{"title": "a"}\n', "line 1: each line must be an object with _id"),
        ("queries.jsonl", '["q1", "text"]\n', "line 1: each line must be an object"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1 w/1 1\n", "line 2: expected query-id"),
    ],
)
def test_a_file_in_another_form_is_named_with_its_line(tmp_path: Path, file: str, content: str, says: str) -> None:
    (write(tmp_path) / file).write_text(content)

    with pytest.raises(Invalid, match=says):
        load_corpus(tmp_path)


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        load_corpus(tmp_path)


def test_a_throwaway_home_keeps_models_and_limits_and_nothing_else(settings: Settings) -> None:
    given = settings.model_copy(update={"database_url": "postgresql://user@server/live", "max_upload_mb": 7})

    with throwaway_home(given, redact=False) as home:
        assert home.home.is_dir()
        assert home.database_url.startswith(f"sqlite:///{home.home}")
        assert str(home.home) in home.index_url
        assert (home.models_dir, home.max_upload_mb, home.redact) == (given.models_dir, 7, False)
    assert not home.home.exists()


@pytest.mark.weights
def test_search_is_measured_on_what_was_ingested_like_an_upload(tmp_path: Path) -> None:
    run, said = tmp_path / "run.jsonl", list[str]()
    before = set(Path(tempfile.gettempdir()).glob("vouch-eval-*"))

    figures = run_retrieval(load_settings({}), write(tmp_path), k=2, run=run, redact=False, report=said.append)

    ranked = {line["query_id"]: line["ranked"] for line in map(json.loads, run.read_text().splitlines())}
    assert {question: ids[0] for question, ids in ranked.items()} == {"q1": "w/1", "q2": "n3"}
    assert all(len(ids) == 2 for ids in ranked.values())
    assert (figures["ndcg@10"], figures["mrr@10"], figures["recall@100"]) == (1.0, 1.0, 1.0)
    assert (figures["queries"], figures["chunks"], figures["rejected"]) == (2, 4, 1)
    assert figures["query_ms_p95"] >= figures["query_ms_p50"] > 0
    assert "ingested 5 of 5" in said[0]
    assert set(Path(tempfile.gettempdir()).glob("vouch-eval-*")) <= before


def test_a_corpus_without_judgements_measures_nothing(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="judges nothing"):
        run_retrieval(settings, write(tmp_path, qrels="query-id\tcorpus-id\tscore\n"))


def test_a_judged_question_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="'q9'"):
        run_retrieval(settings, write(tmp_path, qrels=QRELS + "q9\tw/1\t1\n"))
