"""Which questions of a judged set may be learned from."""

from __future__ import annotations

from pathlib import Path

from evaluation.corpus.load import load_corpus
from evaluation.golden.training_sets import training_questions


def test_questions_of_the_test_part_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "title": "", "text": "x"}\n')
    rows = [("a", "Why?"), ("b", "why? "), ("c", "How?")]
    (tmp_path / "queries.jsonl").write_text("".join(f'{{"_id": "{i}", "text": "{text}"}}\n' for i, text in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\td\t1\n")
    (tmp_path / "qrels.train.tsv").write_text("query-id\tcorpus-id\tscore\nb\td\t1\nc\td\t1\n")
    chosen = training_questions(tmp_path, load_corpus(tmp_path), 9)
    assert [(each.question, each.gold, each.answer) for each in chosen] == [("How?", frozenset({"d"}), None)]
