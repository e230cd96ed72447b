"""Answers, feedback, datasets and pointers on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid, NotFound
from core.store import journal
from core.store.database import Database
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.learned.lineage import Example
from core.types import Caller

ASKER = Caller("key_a", frozenset({"ask"}))
OTHER = Caller("key_b", frozenset({"ask"}))
REVIEWER = Caller("key_r", frozenset({"review"}))


def answered(db: Database) -> str:
    with db.write() as session:
        return given(session)


def given(session: Session) -> str:
    answer_id = journal.new_answer_id()
    body = {"id": answer_id, "status": "answered", "text": "So.", "citations": [{"id": 1}]}
    journal.record_answer(
        session, answer_id, ASKER, question="How?", mode="quotes", body=body, passages=[], versions={"index": "1"}
    )
    session.flush()
    return answer_id


def test_an_answer_belongs_to_its_caller_and_reviewers_see_all(db: Database) -> None:
    answer_id = answered(db)

    with db.read() as session:
        assert journal.get_answer(session, answer_id, ASKER).question == "How?"
        assert journal.get_answer(session, answer_id, REVIEWER).body["text"] == "So."
        with pytest.raises(NotFound):
            journal.get_answer(session, answer_id, OTHER)


def test_a_second_opinion_of_the_same_caller_replaces_the_first(db: Database) -> None:
    answer_id = answered(db)
    with db.write() as session:
        first = journal.give_feedback(session, answer_id, ASKER, Opinion("up"))
        journal.review_feedback(session, first.id, REVIEWER, "approved")
        second = journal.give_feedback(session, answer_id, ASKER, Opinion("down", ("wrong",), wrong_citations=(1,)))

    assert second.id == first.id
    with db.read() as session:
        (only,) = journal.list_feedback(session).data
    assert (only.opinion.rating, only.state, only.opinion.wrong_citations) == ("down", "pending", (1,))


def test_a_citation_that_the_answer_does_not_have_cannot_be_wrong(db: Database) -> None:
    answer_id = answered(db)

    with db.write() as session, pytest.raises(Invalid, match=r"\[7\]"):
        journal.give_feedback(session, answer_id, ASKER, Opinion("down", wrong_citations=(7,)))


def test_only_approved_feedback_is_returned_for_datasets(db: Database) -> None:
    with db.write() as session:
        approved = journal.give_feedback(session, given(session), ASKER, Opinion("up"))
        journal.review_feedback(session, approved.id, REVIEWER, "approved")
        rejected = journal.give_feedback(session, given(session), ASKER, Opinion("up"))
        journal.review_feedback(session, rejected.id, REVIEWER, "rejected")
        journal.give_feedback(session, given(session), ASKER, Opinion("up"))

    with db.read() as session:
        assert [feedback.id for feedback in journal.approved_feedback(session)] == [approved.id]


def test_approving_twice_is_a_conflict(db: Database) -> None:
    with db.write() as session:
        feedback = journal.give_feedback(session, given(session), ASKER, Opinion("up"))
        journal.review_feedback(session, feedback.id, REVIEWER, "approved")
        with pytest.raises(Conflict, match="approved already"):
            journal.review_feedback(session, feedback.id, REVIEWER, "approved")


def test_old_answers_are_deleted_with_their_feedback(db: Database) -> None:
    with db.write() as session:
        journal.give_feedback(session, given(session), ASKER, Opinion("up"))
        assert journal.delete_old_answers(session, keep_days=1) == 0
        assert journal.delete_old_answers(session, keep_days=-1) == 1

    with db.read() as session:
        assert journal.list_feedback(session).data == ()


def test_the_same_examples_are_the_same_dataset(db: Database) -> None:
    examples = [Example("train", {"q": "a"}, "fb_1", ("doc_1",)), Example("test", {"q": "b"}, None, ())]
    with db.write() as session:
        first = lineage.add_dataset(session, examples, "0" * 64, "me")
        again = lineage.add_dataset(session, examples, "0" * 64, "me")
        other = lineage.add_dataset(session, examples[:1], "1" * 64, "me")

    assert again.id == first.id
    assert (first.version, other.version) == (1, 2)
    with db.read() as session:
        assert lineage.dataset_examples(session, first.id) == examples
        assert lineage.dataset_examples(session, first.id, "test") == examples[1:]


def test_promoting_and_rolling_back_change_the_active_model(db: Database) -> None:
    with db.write() as session:
        first, second = (
            lineage.add_model_version(
                session, role="generator", base="b", adapter_blob="0" * 64, dataset_id=None, job_id=None,
                state="candidate", report={},
            )
            for _ in range(2)
        )  # fmt: skip
        lineage.promote(session, first.id)
        lineage.promote(session, second.id)
        assert lineage.get_model_version(session, first.id).state == "retired"
        back = lineage.roll_back(session)
        assert back is not None
        assert back.id == first.id
        assert lineage.roll_back(session) is None
        with pytest.raises(Conflict, match="nothing to roll back"):
            lineage.roll_back(session)


def test_a_rejected_model_is_promoted_only_by_force(db: Database) -> None:
    with db.write() as session:
        model = lineage.add_model_version(
            session, role="generator", base="b", adapter_blob="0" * 64, dataset_id=None, job_id=None,
            state="rejected", report={"verdict": "its loss rose"},
        )  # fmt: skip
        with pytest.raises(Conflict, match="its loss rose"):
            lineage.promote(session, model.id)
        assert lineage.promote(session, model.id, force=True).state == "active"


def test_each_role_has_an_active_model_of_its_own(db: Database) -> None:
    with db.write() as session:
        phrasing, searching = [
            lineage.add_model_version(
                session, role=role, base="b", adapter_blob="0" * 64, dataset_id=None, job_id=None,
                state="candidate", report={},
            )
            for role in ("generator", "search")
        ]  # fmt: skip
        lineage.promote(session, phrasing.id)
        lineage.promote(session, searching.id)

        assert lineage.roll_back(session, "search") is None
        active = lineage.active_model(session)
        assert (active and active.id, lineage.active_model(session, "search")) == (phrasing.id, None)
