"""Judged corpora on disk: what is read and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from evaluation.corpus.load import load_corpus

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


def test_a_corpus_is_loaded_unchanged(tmp_path: Path) -> None:
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
def test_a_file_in_another_form_is_refused_with_its_line(tmp_path: Path, file: str, content: str, says: str) -> None:
    (write(tmp_path) / file).write_text(content)

    with pytest.raises(Invalid, match=says):
        load_corpus(tmp_path)


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        load_corpus(tmp_path)
