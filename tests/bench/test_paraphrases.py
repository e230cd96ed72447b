"""The measurement of corrections in other words: its material, what is served, and how it is counted."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from bench.answer_cache.paraphrases import CORRECTIONS, SIBLINGS, Asked, Correction, figures, serve
from bench.reader import written
from core.ports import ReaderText, Reading
from learning.answer_cache.same_answer import Cited


class Yes:
    """A reader to whom every text answers a question that begins with "yes"."""

    name, device = "yes", "none"

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        logit = 4.0 if question.startswith("yes") else -4.0
        return [Reading(logit, logit, tuple(logit for _ in text.parts)) for text in texts]


def correction(question: str) -> Correction:
    text = Cited(ReaderText("It does.", ((0, 8),)), (True,))
    return Correction("pump", question, (), "", ((1,),), (text,))


def test_every_correction_is_of_a_question_in_the_material_and_has_three_paraphrases() -> None:
    lines = [json.loads(line) for line in CORRECTIONS.read_text(encoding="utf-8").splitlines()]
    rows = {line["document"]: {row["q"]: row for row in written.questions(line["document"])} for line in lines}
    assert len(lines) == 60
    assert all(rows[line["document"]][line["q"]]["at"] and len(set(line["again"])) == 3 for line in lines)
    assert sum(written.is_held_out(line["document"]) for line in lines) == 30
    assert all((written.MATERIAL / f"{sibling}.md").exists() for sibling in SIBLINGS.values())


def test_the_nearest_correction_that_the_reader_finds_an_answer_in_is_served() -> None:
    known = [correction("far"), correction("near"), correction("near X200")]
    stored = np.array([[0.0, 1.0], [0.9, 0.43589], [1.0, 0.0]], np.float32)
    vector = np.array([1.0, 0.0], np.float32)
    assert serve(Yes(), "yes?", vector, known, stored, 0.8) == 1
    assert serve(Yes(), "yes, the X200?", vector, known, stored, 0.8) == 2
    assert serve(Yes(), "no?", vector, known, stored, 0.8) is None
    assert serve(Yes(), "yes?", vector, known, stored, 0.95) is None


def test_a_correction_that_holds_none_of_the_answer_is_wrong() -> None:
    asked = [
        Asked("again", "a", "de-pump", frozenset({0})),
        Asked("again", "b", "pump", frozenset({0})),
        Asked("neighbour", "c", "pump", frozenset({1})),
        Asked("neighbour", "d", "pump", frozenset()),
        Asked("other", "e", "pump", frozenset()),
    ]
    assert figures(asked, [0, 1, 1, 0, None]) == {
        "again": 0.5,
        "again_english": "0 of 1",
        "again_german": "1 of 1",
        "wrong_neighbour": "1 of 2",
        "wrong_other": "0 of 1",
        "wrong_again": 1,
    }
