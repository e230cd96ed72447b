"""Lessons for search: what each kind of opinion shows to be right and wrong, and what is left out."""

from __future__ import annotations

from collections import Counter

import pytest

from core.errors import Invalid
from core.store.database import Database
from core.store.forgetting import forget_learned
from core.store.journal import Opinion
from learning.dataset.build import lessons, new_feedback
from learning.dataset.search_lessons import (
    SearchLesson,
    build_search_dataset,
    new_search_feedback,
    search_lessons,
    search_triage,
)
from tests.learning.conftest import CLARA, DENIS, Office, OneNameRedactor, manual, question

KETTLE = manual("kettle")
MANY = tuple(f"device{number}" for number in range(60))


def triaged(db: Database, per_key: int = 500) -> tuple[list[SearchLesson], dict[str, int]]:
    with db.read() as session:
        found = search_triage(session, per_key=per_key)
    return list(found.lessons), dict(found.dropped)


def right(lesson: SearchLesson) -> list[int]:
    return [ref.chunk_id for ref in lesson.right]


def fill(office: Office, devices: tuple[str, ...] = MANY) -> None:
    """Approve an answer about each device."""
    for device in devices:
        found = office.passages(office.serve(device, f"Hold the button of the {device} for 3 seconds."))
        office.judge(office.answer(question(device), found, quote=found[0].text), Opinion("up"))


@pytest.mark.parametrize("kind", ["fact", "steps", "rows", "code"])
def test_an_approved_answer_of_any_kind_shows_its_cited_passage_to_be_right(office: Office, kind: str) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), found, quote=KETTLE[0], kind=kind), Opinion("up"))

    ((lesson,), dropped) = triaged(office.db)

    assert (lesson.question, right(lesson), lesson.wrong) == (question("kettle"), [found[0].chunk_id], ())
    assert (lesson.was_right, lesson.collection, dropped) == (True, "manuals", {})


def test_a_correction_shows_the_passage_that_holds_it(office: Office) -> None:
    first, second = office.passages(office.serve("kettle", *KETTLE))
    answer = office.answer("How long is the warranty?", [first, second], quote=KETTLE[0])
    office.judge(answer, Opinion("down", correction=KETTLE[1], wrong_citations=(1,)))

    ((lesson,), _) = triaged(office.db)

    assert (right(lesson), [ref.chunk_id for ref in lesson.wrong]) == ([second.chunk_id], [first.chunk_id])
    assert not lesson.was_right


def test_a_corrected_refusal_is_a_lesson_too(office: Office) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), found), Opinion("down", correction=KETTLE[0]))

    ((lesson,), _) = triaged(office.db)

    assert right(lesson) == [found[0].chunk_id]


def test_words_that_no_passage_holds_show_nothing(office: Office) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), found, quote=KETTLE[0]), Opinion("down", correction="Ask Bob."))
    office.judge(office.answer("Which cable?", found, quote=KETTLE[1][:0]), Opinion("up"))

    assert triaged(office.db) == ([], {"not_in_sources": 1, "refusal_was_right": 1})


def test_a_passage_that_changed_is_not_learned_from(office: Office) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), found, quote=KETTLE[0]), Opinion("up"))
    office.serve("kettle", "Everything is new.")

    assert triaged(office.db) == ([], {"passages_changed": 1})


def test_people_who_disagree_about_a_passage_teach_nothing(office: Office) -> None:
    first, second = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), [first], quote=KETTLE[0]), Opinion("up"), CLARA)
    down = Opinion("down", correction=KETTLE[1], wrong_citations=(1,))
    office.judge(office.answer(question("kettle"), [first, second], quote=KETTLE[0], by=DENIS), down, DENIS)

    ((lesson,), _) = triaged(office.db)

    assert (right(lesson), lesson.wrong) == ([second.chunk_id], ())


def test_no_single_key_gives_most_of_the_lessons(office: Office) -> None:
    fill(office, MANY[:9])
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(question("kettle"), found, quote=KETTLE[0], by=DENIS), Opinion("up"), DENIS)

    found_lessons, dropped = triaged(office.db, per_key=3)

    assert Counter(lesson.key_id for lesson in found_lessons) == {CLARA.key_id: 3, DENIS.key_id: 1}
    assert dropped == {"too_many_of_one_key": 6}


def test_a_dataset_is_split_by_document_and_gives_its_lessons_back(office: Office) -> None:
    fill(office)

    made = build_search_dataset(office.db, None, "operator")

    parts = {split: search_lessons(office.db, made.id, split) for split in ("train", "valid", "test")}
    assert sum(map(len, parts.values())) == 60
    assert (made.counts["test"], made.counts["valid"]) == (12, 9)
    documents = [{each for lesson in part for each in lesson.document_ids} for part in parts.values()]
    assert documents[0].isdisjoint(documents[1] | documents[2])


def test_the_same_feedback_gives_the_same_dataset(office: Office) -> None:
    fill(office)

    first, second = (build_search_dataset(office.db, None, "operator") for _ in range(2))

    assert first.id == second.id


def test_too_few_lessons_say_what_is_missing(office: Office) -> None:
    fill(office, MANY[:5])

    with pytest.raises(Invalid, match="5 of the 50 lessons"):
        build_search_dataset(office.db, None, "operator")


def test_questions_are_redacted_again(office: Office) -> None:
    fill(office)
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer("What did Ada Lovelace say?", found, quote=KETTLE[0]), Opinion("up"))

    made = build_search_dataset(office.db, OneNameRedactor(), "operator")

    asked = {
        each.question for split in ("train", "valid", "test") for each in search_lessons(office.db, made.id, split)
    }
    assert "What did [PERSON] say?" in asked


def test_each_kind_of_dataset_counts_its_own_news(office: Office) -> None:
    fill(office)
    answers = new_feedback(office.db)
    assert new_search_feedback(office.db) == 60

    made = build_search_dataset(office.db, None, "operator")

    assert new_search_feedback(office.db) == 0
    assert new_feedback(office.db) == answers
    assert lessons(office.db, made.id, "train") == []


def test_a_forgotten_document_leaves_the_dataset(office: Office) -> None:
    fill(office)
    made = build_search_dataset(office.db, None, "operator")
    (lesson, *_) = search_lessons(office.db, made.id, "train")
    with office.db.write() as session:
        forget_learned(session, lesson.document_ids[0])

    left = search_lessons(office.db, made.id, "train")

    assert lesson.question not in {each.question for each in left}
