"""The recipe of the base adapter: which lessons of a set it takes, and in which shares."""

from __future__ import annotations

from bench.tune_base import DECLINED_SHARE, few_declined
from generation.phrasing.phrase import DECLINED
from learning.dataset.lessons import Lesson


def lessons(answers: int, declined: int) -> list[Lesson]:
    return [Lesson("Why?", (), "So.")] * answers + [Lesson("Why not?", (), DECLINED)] * declined


def test_lessons_without_an_answer_are_limited_to_their_share() -> None:
    kept = few_declined(lessons(85, 60))
    assert sum(lesson.target == DECLINED for lesson in kept) == 15
    assert len(kept) * DECLINED_SHARE == 15


def test_fewer_than_their_share_all_stay() -> None:
    assert len(few_declined(lessons(85, 3))) == 88
