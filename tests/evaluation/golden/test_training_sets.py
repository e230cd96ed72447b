"""Which questions of a judged set may be learned from."""

from __future__ import annotations

from pathlib import Path

from evaluation.corpus.load import load_corpus
from evaluation.golden.training_sets import training_questions


def test_what_the_test_part_asks_is_not_learned_from(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "title": "", "text": "x"}\n')
    rows = [("a", "Why?"), ("b", "why? "), ("c", "How?")]
    (tmp_path / "queries.jsonl").write_text("".join(f'{{"_id": "{i}", "text": "{text}"}}\n' for i, text in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\td\t1\n")
    (tmp_path / "qrels.train.tsv").write_text("query-id\tcorpus-id\tscore\nb\td\t1\nc\td\t1\n")
    taught = training_questions(tmp_path, load_corpus(tmp_path), 9)
    assert [(each.question, each.gold, each.answer) for each in taught] == [("How?", frozenset({"d"}), None)]
