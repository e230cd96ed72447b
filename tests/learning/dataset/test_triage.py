"""Which opinions can be learned from, and why the others cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.store.database import Database
from core.store.journal import Opinion
from core.store.tables import FeedbackRow
from core.types import Caller
from learning.dataset.triage import Limits, Triage, triage
from tests.learning.conftest import CLARA, DENIS, Office, manual, question

KETTLE = manual("kettle")
ASKED = question("kettle")
GROUPS = (frozenset[str](), frozenset({"inside"}))
RIGHT = "Hold the power button for 3 seconds."


def triaged(db: Database, limits: Limits = Limits()) -> Triage:
    with db.read() as session:
        return triage(session, limits)


def test_praise_gives_the_answer_without_its_markers(office: Office, db: Database) -> None:
    feedback = office.praise("kettle")

    (candidate,) = triaged(db).candidates

    assert (candidate.question, candidate.target) == (ASKED, KETTLE[0])
    assert candidate.feedback_id == feedback.id
    assert [passage.text for passage in candidate.passages] == list(KETTLE)


def test_a_correction_gives_its_own_words(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    answer = office.answer(ASKED, found[::-1], quote="The kettle comes with a cable")
    office.judge(answer, Opinion("down", correction=RIGHT))

    (candidate,) = triaged(db).candidates

    assert (candidate.target, candidate.corrected) == (RIGHT, True)


def test_a_correction_of_a_refusal_gives_a_candidate_too(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found), Opinion("down", correction=RIGHT))

    assert [candidate.target for candidate in triaged(db).candidates] == [RIGHT]


@pytest.mark.parametrize(
    ("opinion", "quote", "reason"),
    [
        (Opinion("down"), KETTLE[0], "no_correction"),
        (Opinion("down", correction="  "), KETTLE[0], "no_correction"),
        (Opinion("up"), "", "refusal_was_right"),
        (Opinion("up", wrong_citations=(1,)), KETTLE[0], "citations_disputed"),
        (Opinion("down", correction="Hold the power button for 9 seconds."), KETTLE[0], "not_in_sources"),
        (Opinion("down", correction="Ask the shop on the corner for a new one."), KETTLE[0], "not_in_sources"),
        (Opinion("down", correction="Hold " * 400), KETTLE[0], "wrong_length"),
    ],
)
def test_opinions_that_give_no_candidate_are_counted_by_their_reason(
    office: Office, db: Database, opinion: Opinion, quote: str, reason: str
) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found, quote=quote), opinion)

    result = triaged(db)

    assert (result.candidates, result.dropped) == ((), {reason: 1})


@pytest.mark.parametrize("kind", ["steps", "table", "code", "list"])
def test_praise_of_what_is_shown_as_it_is_teaches_no_phrasing(office: Office, db: Database, kind: str) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found, quote=KETTLE[0], kind=kind), Opinion("up"))
    corrected = Opinion("down", correction=RIGHT)
    office.judge(office.answer(question("toaster"), found, quote=KETTLE[0], kind=kind), corrected)

    result = triaged(db)

    assert (result.dropped, [each.corrected for each in result.candidates]) == ({"nothing_to_phrase": 1}, [True])


def test_feedback_that_nobody_approved_gives_no_candidate(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found, quote=KETTLE[0]), Opinion("up"), approved=False)

    assert triaged(db).candidates == ()


def test_feedback_on_a_deleted_document_gives_nothing_at_all(office: Office, db: Database) -> None:
    document = office.serve("kettle", *KETTLE)
    answer = office.answer(ASKED, office.passages(document), quote=KETTLE[0])
    office.judge(answer, Opinion("down", correction=RIGHT, wrong_citations=(1,)))

    office.withdraw(document)

    assert triaged(db) == Triage((), {"passages_changed": 1})


def test_feedback_on_a_version_that_was_replaced_gives_no_candidate(office: Office, db: Database) -> None:
    office.praise("kettle")

    office.serve("kettle", KETTLE[0].replace("3", "30"), KETTLE[1])

    assert triaged(db).dropped == {"passages_changed": 1}


def test_a_found_passage_that_was_not_cited_may_be_deleted_and_is_left_out(office: Office, db: Database) -> None:
    other = office.serve("toaster", *manual("toaster"))
    found = office.passages(office.serve("kettle", *KETTLE)) + office.passages(other)
    office.judge(office.answer(ASKED, found, quote=KETTLE[0]), Opinion("up"))

    office.withdraw(other)

    (candidate,) = triaged(db).candidates
    assert other not in {passage.document_id for passage in candidate.passages}


def test_a_lesson_names_only_the_documents_whose_text_it_holds(office: Office, db: Database) -> None:
    document, other = office.serve("kettle", *KETTLE), office.serve("long", "Nothing of the kind. " * 60)
    found = office.passages(document) + office.passages(other)
    office.judge(office.answer(ASKED, found, quote=KETTLE[0]), Opinion("up"))

    (candidate,) = triaged(db).candidates

    held = {citation.passage.document_id for citation in candidate.lesson.sources}
    assert set(candidate.document_ids) == held


def test_the_passage_of_a_downvoted_citation_is_stored_with_the_candidate(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))[::-1]
    answer = office.answer(ASKED, found, quote="The kettle comes with a cable")
    office.judge(answer, Opinion("down", correction=RIGHT, wrong_citations=(1,)))

    (candidate,) = triaged(db).candidates

    assert [passage.text for passage in candidate.wrong] == [KETTLE[1]]


def test_the_same_question_and_answer_give_one_candidate(office: Office, db: Database) -> None:
    office.praise("kettle", CLARA)
    newest = office.praise("kettle", DENIS)

    result = triaged(db)

    assert [candidate.feedback_id for candidate in result.candidates] == [newest.id]
    assert result.dropped == {"duplicate": 1}


def test_an_answer_that_one_praises_and_another_rejects_gives_no_candidate(office: Office, db: Database) -> None:
    office.praise("kettle", CLARA)
    answer = office.answer(ASKED, office.passages(office.serve("kettle", *KETTLE)), quote=KETTLE[0], by=DENIS)
    office.judge(answer, Opinion("down"), DENIS)

    assert triaged(db).dropped == {"contradicted": 1, "no_correction": 1}


def test_two_corrections_that_contradict_each_other_give_no_candidate(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found, by=CLARA), Opinion("down", correction=RIGHT), CLARA)
    office.judge(office.answer(ASKED, found, by=DENIS), Opinion("down", correction="Send in the warranty."), DENIS)

    assert triaged(db).dropped == {"contradicted": 2}


def test_a_correction_close_to_praised_words_replaces_them(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    office.judge(office.answer(ASKED, found, by=DENIS), Opinion("down", correction=RIGHT), DENIS)
    office.praise("kettle", CLARA)

    assert [candidate.target for candidate in triaged(db).candidates] == [RIGHT]


def test_the_same_question_about_another_document_is_no_contradiction(office: Office, db: Database) -> None:
    for device in ("kettle", "router"):
        found = office.passages(office.serve(device, *manual(device)))
        office.judge(office.answer("How do I reset it?", found, quote=manual(device)[0]), Opinion("up"))

    assert len(triaged(db).candidates) == 2


def test_one_key_cannot_outnumber_all_others(office: Office, db: Database) -> None:
    office.fill(["kettle", "toaster", "blender", "router", "printer"], by=CLARA)
    office.fill(["scanner", "thermostat"], by=DENIS)

    result = triaged(db, Limits(per_key=1))

    assert [c.key_id for c in result.candidates] == [CLARA.key_id] * 2 + [DENIS.key_id] * 2
    assert result.dropped == {"too_many_of_one_key": 3}
    assert [c.question for c in result.candidates][:2] == [question("router"), question("printer")]


def test_only_documents_that_the_reader_may_see_are_learned_from(office: Office, db: Database) -> None:
    office.serve("kettle", *KETTLE, groups=frozenset({"inside"}))
    office.praise("kettle")

    with db.read() as session:
        learned = [triage(session, reader=Caller("key", frozenset(), groups)).candidates for groups in GROUPS]

    assert [len(candidates) for candidates in learned] == [0, 1]


def test_opinions_given_in_a_burst_teach_nothing(office: Office, db: Database) -> None:
    office.fill(["kettle", "toaster", "blender"], by=CLARA)
    office.fill(["scanner"], by=DENIS)

    result = triaged(db, Limits(per_minute=2))

    assert [c.key_id for c in result.candidates] == [DENIS.key_id]
    assert result.dropped == {"burst": 3}


def test_opinions_given_one_after_another_are_no_burst(office: Office, db: Database) -> None:
    for minute, device in enumerate(["kettle", "toaster", "blender"]):
        office.praise(device)
        with db.write() as session:
            newest = session.scalars(select(FeedbackRow).order_by(FeedbackRow.id.desc())).first()
            assert newest is not None
            newest.created_at += timedelta(minutes=minute)

    assert len(triaged(db, Limits(per_minute=2)).candidates) == 3


def test_praise_of_words_that_no_source_holds_teaches_nothing(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *KETTLE))
    answer = office.answer(ASKED, found, quote=KETTLE[0], text="Ask the shop on the corner for a new one. [1]")
    office.judge(answer, Opinion("up"))

    assert triaged(db).dropped == {"liked_but_unsupported": 1}


def test_a_correction_is_a_lesson_on_the_passage_that_was_picked(office: Office, db: Database) -> None:
    (wrong,) = office.passages(office.serve("toaster", "The toaster has two slots."))
    right = office.passages(office.serve("kettle", *KETTLE))[0]
    picked = {
        "chunk_id": right.chunk_id,
        "document_id": right.document_id,
        "version": right.version,
        "sha256": right.sha256,
        "start": None,
        "end": None,
    }
    office.judge(office.answer(ASKED, [wrong]), Opinion("down", correction=RIGHT, right_passages=(picked,)))

    (candidate,) = triaged(db).candidates
    assert candidate.document_ids == (right.document_id,)

    office.serve("kettle", "Another text.")
    assert triaged(db).dropped == {"passages_changed": 1}
