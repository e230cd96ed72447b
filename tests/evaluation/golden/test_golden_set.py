"""Golden sets on disk, in both layouts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import Invalid
from core.types import Json
from evaluation.golden.golden_set import load_golden_set
from evaluation.golden.references import Reference

QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n"


def write(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def in_lines(folder: Path, answers: bool = True) -> Path:
    write(folder / "corpus.jsonl", [{"_id": "d1", "text": "Five."}, {"_id": "d2", "text": "Six."}])
    write(folder / "queries.jsonl", [{"_id": "q1", "text": "How many?"}, {"_id": "q2", "text": "Who?"}])
    (folder / "qrels.tsv").write_text(QRELS)
    if answers:
        write(folder / "answers.jsonl", [{"_id": "q1", "answer": "five"}, {"_id": "q2", "answerable": False}])
    return folder


def in_files(folder: Path, file: str = "a.md") -> Path:
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "files" / "a.md").write_text("Five.")
    (folder / "files" / "deep" / "b.md").write_text("Six.")
    write(folder / "questions.jsonl", [{"_id": "q1", "question": "How many?", "answer": "five", "file": file}])
    return folder


def test_a_set_is_loaded_with_its_documents_or_without(tmp_path: Path) -> None:
    golden = load_golden_set(in_lines(tmp_path))
    assert [each.id for each in golden.documents] == ["d1", "d2"]
    assert [(each.id, each.answers, each.answerable) for each in golden.references] == [
        ("q1", ("five",), None),
        ("q2", (), False),
    ]
    assert load_golden_set(tmp_path, documents=False).documents == ()


def test_a_set_without_answers_asks_the_judged_questions(tmp_path: Path) -> None:
    golden = load_golden_set(in_lines(tmp_path, answers=False))
    assert golden.references == (Reference("q1", "How many?", (), None, frozenset({"d1"})),)
    (tmp_path / "qrels.tsv").write_text(QRELS + "q9\td1\t1\n")
    with pytest.raises(Invalid, match="'q9'"):
        load_golden_set(tmp_path)
    (tmp_path / "qrels.tsv").unlink()
    with pytest.raises(Invalid, match=r"answers\.jsonl cannot be read"):
        load_golden_set(tmp_path)


def test_documents_as_files_have_their_paths_as_ids(tmp_path: Path) -> None:
    golden = load_golden_set(in_files(tmp_path, "deep/b.md"))
    assert [(each.id, each.file) for each in golden.documents] == [
        ("a.md", tmp_path / "files" / "a.md"),
        ("deep/b.md", tmp_path / "files" / "deep" / "b.md"),
    ]
    assert golden.references == (Reference("q1", "How many?", ("five",), None, frozenset({"deep/b.md"})),)


def test_a_question_about_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"question 1: there is no file 'c\.md'"):
        load_golden_set(in_files(tmp_path, "c.md"))


def test_questions_without_files_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "questions.jsonl", [{"_id": "q1", "question": "How many?"}])
    with pytest.raises(Invalid, match="no folder 'files'"):
        load_golden_set(tmp_path)
