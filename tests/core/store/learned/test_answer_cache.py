"""Which answers may be given again, on both databases: what brings a row in, and everything that takes it out."""

from __future__ import annotations

import hashlib

import numpy as np

from core.store import forgetting, journal, reading, uploads
from core.store.database import Database
from core.store.journal import Feedback, Opinion
from core.store.learned import answer_cache
from core.store.learned.answer_cache import APPROVED, Likeness, Shelved
from core.types import OPERATOR, Caller
from tests.core.conftest import INSIDER, READER, Library

LIKE = Likeness("w" * 64, "s" * 64)
NEARLY = Likeness("v" * 64, "s" * 64)
OTHER = Likeness("o" * 64, "o" * 64)
ASKER = Caller("key_a", frozenset({"ask"}))
UNIT = np.array([1, 0], np.float32)


def given(db: Database, text: str = "So.", remembered_from: str | None = None) -> str:
    answer_id = journal.new_answer_id()
    again = {"kind": "approved", "answer_id": remembered_from} if remembered_from else None
    body = {"id": answer_id, "status": "answered", "text": text, "citations": [{"id": 1}], "remembered": again}
    made_from = [{"chunk_id": 1, "document_id": "doc_1", "version": 1, "sha256": "0"}]
    with db.write() as session:
        journal.record_answer(
            session, answer_id, ASKER, question="How?", mode="auto", body=body, passages=made_from,
            versions={}, collections=["manuals"],
        )  # fmt: skip
    return answer_id


def approved(db: Database, answer_id: str, opinion: Opinion = Opinion("up")) -> Feedback:
    with db.write() as session:
        feedback = journal.give_feedback(session, answer_id, ASKER, opinion)
        feedback = journal.review_feedback(session, feedback.id, OPERATOR, "approved")
        answer_cache.remember(session, feedback, LIKE, ["doc_1"])
    return feedback


def cached(db: Database, answer_id: str, scope: str = "here") -> None:
    with db.write() as session:
        answer_cache.keep_recent(session, answer_id, scope, LIKE, ["doc_1"], "bge", UNIT)


def shelf(db: Database, like: Likeness = LIKE, scope: str = APPROVED, minutes: float | None = None) -> list[Shelved]:
    with db.read() as session:
        return answer_cache.shelf(session, scope, like, "bge", minutes=minutes)


def test_an_approved_answer_is_found_with_what_was_said_of_it(db: Database) -> None:
    answer_id = given(db)
    feedback = approved(db, answer_id)

    (found,) = shelf(db)
    with db.read() as session:
        (candidate,) = answer_cache.candidates(session, [found.row_id])
    assert found == Shelved(found.row_id, "How?", True, None, frozenset({"doc_1"}))
    assert candidate.answer.id == answer_id
    assert candidate.answer.collections == frozenset({"manuals"})
    assert candidate.opinion == feedback.opinion
    assert (candidate.approved_by, candidate.approved_at) == (OPERATOR.key_id, feedback.updated_at)


def test_a_question_of_the_same_shape_is_found_too_and_another_is_not(db: Database) -> None:
    approved(db, given(db))

    assert [row.same for row in shelf(db, NEARLY)] == [False]
    assert shelf(db, OTHER) == []
    with db.read() as session:
        assert answer_cache.shelf(session, APPROVED, NEARLY, "bge", near=False) == []


def test_a_vector_counts_for_the_embedder_that_made_it(db: Database) -> None:
    approved(db, given(db))
    with db.write() as session:
        answer_cache.keep_vectors(session, "bge", {shelf(db)[0].row_id: UNIT})

    (row,) = shelf(db)
    assert row.vector is not None
    assert row.vector.tolist() == [1, 0]
    with db.read() as session:
        assert answer_cache.shelf(session, APPROVED, LIKE, "e5")[0].vector is None


def test_an_opinion_that_is_rejected_or_replaced_approves_no_more(db: Database) -> None:
    rejected, replaced = given(db), given(db)
    first = approved(db, rejected)
    approved(db, replaced)
    assert len(shelf(db)) == 2

    with db.write() as session:
        journal.review_feedback(session, first.id, OPERATOR, "rejected")
        journal.give_feedback(session, replaced, ASKER, Opinion("up", comment="on second thoughts"))

    assert shelf(db) == []


def test_remembered_twice_it_is_there_once(db: Database) -> None:
    answer_id = given(db)
    feedback = approved(db, answer_id)
    with db.write() as session:
        journal.review_feedback(session, feedback.id, OPERATOR, "rejected")
        again = journal.review_feedback(session, feedback.id, OPERATOR, "approved")
        answer_cache.remember(session, again, LIKE, ["doc_1"])

    assert len(shelf(db)) == 1


def test_what_is_called_wrong_goes_with_its_source_and_its_likes(db: Database) -> None:
    source, alike, other = given(db), given(db), given(db, "Otherwise.")
    for answer_id in (source, alike, other):
        approved(db, answer_id)
    copy = given(db, remembered_from=source)
    with db.write() as session:
        down = journal.give_feedback(session, copy, ASKER, Opinion("down"))
        down = journal.review_feedback(session, down.id, OPERATOR, "approved")
        assert answer_cache.contradict(session, down, LIKE.words) == 2

    with db.read() as session:
        left = answer_cache.candidates(session, [row.row_id for row in shelf(db)])
    assert [candidate.answer.id for candidate in left] == [other]


def test_a_doubt_empties_the_cache_of_a_question_and_leaves_what_was_approved(db: Database) -> None:
    approved(db, given(db))
    cached(db, given(db))
    with db.write() as session:
        assert answer_cache.doubt(session, LIKE.words) == 1

    assert shelf(db, scope="here") == []
    assert len(shelf(db)) == 1


def test_a_cached_answer_is_for_its_scope_and_its_time(db: Database) -> None:
    cached(db, given(db))

    assert len(shelf(db, scope="here", minutes=5)) == 1
    assert shelf(db, scope="here", minutes=-1) == shelf(db, scope="there") == shelf(db) == []
    with db.write() as session:
        assert answer_cache.drop_old(session, 5) == 0
        assert answer_cache.drop_old(session, -1) == 1


def test_forgetting_a_document_takes_what_cites_it_and_says_how_many(db: Database, library: Library) -> None:
    document_id = library.serve("a.txt", "Text.")
    answer_id = given(db)
    approved(db, answer_id)
    with db.write() as session:
        answer_cache.keep_recent(session, answer_id, "here", LIKE, [document_id])
        receipt = forgetting.forget_learned(session, document_id)

    assert receipt.remembered == 1
    assert shelf(db, scope="here") == []
    assert len(shelf(db)) == 1


def test_an_answer_that_is_deleted_is_remembered_no_more(db: Database) -> None:
    approved(db, given(db))
    cached(db, given(db))
    with db.write() as session:
        assert journal.forget_old_answers(session, keep_days=-1) == 2

    assert shelf(db) == shelf(db, scope="here") == []


def test_what_a_caller_may_read_has_a_digest_that_only_his_documents_change(db: Database, library: Library) -> None:
    def states() -> tuple[str, str]:
        with db.read() as session:
            return reading.state_of(session, READER), reading.state_of(session, INSIDER)

    library.serve("open.txt", "Open.")
    before = states()
    library.serve("secret.txt", "Secret.", groups=["inside"])
    hidden = states()
    with db.write() as session:
        opened = uploads.Upload(
            "manuals", "secret.txt", "text/plain", 6, hashlib.sha256(b"Secret.").hexdigest(), path="secret.txt",
            groups=frozenset(),
        )  # fmt: skip
        uploads.register_upload(session, opened, OPERATOR)
    regrouped = states()
    library.serve("open.txt", "Open, and replaced.")
    replaced = states()

    assert hidden[0] == before[0]
    assert hidden[1] != before[1]
    assert regrouped[0] != hidden[0]
    assert replaced[0] != regrouped[0]
