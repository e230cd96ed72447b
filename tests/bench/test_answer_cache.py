"""The measurement of near repetitions: its pairs, what counts as wrong, and its confidence bound."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from bench.answer_cache.ask import families, intents, judgements
from bench.answer_cache.judge import matches, report, upper
from core.types import Json

ON, OFF, FAR = "How do I turn lamp L5 on?", "How do I turn lamp L6 on?", "Where is the cellar?"
AGAIN = "How can I turn lamp L5 on?"


def line(text: str, document: str, answered: bool = True) -> Json:
    status = "answered" if answered else "refused"
    return {
        "family": document, "body": "", "text": text, "gold": [document], "status": status,
        "documents": [document] if answered else [], "quotes": [],
    }  # fmt: skip


def test_a_question_gets_the_most_similar_right_answer_that_passes_the_guards() -> None:
    lines = [line(ON, "a"), line(OFF, "b"), line(FAR, "c"), line(AGAIN, "a", answered=False)]
    vectors = np.array([[1, 0], [0.96, 0.28], [0, 1], [0.97, 0.2431]], np.float32)
    bare, guarded = matches(lines, vectors, guarded=False), matches(lines, vectors, guarded=True)
    assert [(match.asked, match.known, match.wrong) for match in bare if match.asked == AGAIN] == [(AGAIN, OFF, True)]
    assert [(match.asked, match.known, match.wrong) for match in guarded] == [(AGAIN, ON, False)]


def test_at_a_chosen_cosine_all_questions_are_reported() -> None:
    lines = [line(ON, "a"), line(OFF, "b")]
    found = matches(lines, np.array([[1, 0], [0.96, 0.28]], np.float32), guarded=False)
    figures = report(lines, found, argparse.Namespace(cosine=0.95, error=0.02))
    assert (figures["questions"], figures["given_again"], figures["wrong"], figures["worse"]) == (2, 1.0, 2, 2)


@pytest.mark.parametrize(("wrong", "of", "bound"), [(0, 88, 0.0411), (4, 702, 0.0145), (5, 5, 1.0)])
def test_the_upper_end_is_clopper_and_pearsons(wrong: int, of: int, bound: float) -> None:
    assert upper(wrong, of) == pytest.approx(bound, abs=2e-4)


def test_families_are_whole_and_always_in_the_same_order() -> None:
    judged = {f"q{n}": frozenset({f"d{n % 3}"}) for n in range(9)}
    first = list(families(judged, most=4))
    assert len(first) == 6
    assert first == list(families(judged, most=4))


def test_judgements_of_all_parts_and_intents_are_read(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n")
    (tmp_path / "qrels.train.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td2\t1\n")
    assert judgements(tmp_path) == {"q1": {"d1"}, "q2": {"d2"}}
    (tmp_path / "messages.csv").write_text('text,category\n"Where is it?",place\n')
    (one,) = intents(tmp_path / "messages.csv")
    assert (one["text"], one["documents"], one["gold"]) == ("Where is it?", ["place"], ["place"])
