"""What became of a question, judged at another threshold."""

from __future__ import annotations

from dataclasses import replace

from core.types import Answer, Citation, Passage
from evaluation.answers.figures import selective
from evaluation.answers.outcome import AskedQuestion, Outcome, at_threshold
from evaluation.golden.references import Reference
from generation.refusal.calibration import Judged


def test_any_threshold_is_judged_afterwards() -> None:
    passage = Passage(1, "doc_1", 1, 0, "corpus", "d1", "Reset", "five seconds", "0" * 64)
    shown = Answer("q", "answered", "five seconds [1]", (Citation(1, passage, 0, 12, 1.0),), (), 0.6)
    asked = [
        AskedQuestion(Reference("q1", "q", ("five seconds",), None), shown, 1.0),
        AskedQuestion(Reference("q2", "q", (), False), replace(shown, support=0.4), 1.0),
        AskedQuestion(Reference("q3", "q", ("ten",), True), replace(shown, support=0.5), 1.0),
        AskedQuestion(Reference("q4", "q", (), None), shown, 1.0),
    ]
    outcome = Outcome(tuple(asked), {}, 0.5, {}, {})
    assert [each.answer.status for each in outcome.answered()] == ["answered", "refused", "answered", "answered"]
    assert at_threshold(asked[0], 0.7).answer.citations == ()
    assert outcome.judged() == [Judged(0.6, True, True), Judged(0.4, False, False), Judged(0.5, True, False)]
    assert selective(outcome)["risk_at_coverage"] == {"0.5": 0.5, "0.7": 2 / 3, "0.8": 2 / 3, "0.9": 2 / 3, "1": 2 / 3}
