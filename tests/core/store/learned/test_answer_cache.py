"""The rows of the answer cache on both databases: what stores an entry, and everything that deletes it."""

from __future__ import annotations

import hashlib

import numpy as np

from core.store import forgetting, journal, reading, uploads
from core.store.database import Database
from core.store.journal import Feedback, Opinion
from core.store.learned import answer_cache
from core.store.learned.answer_cache import APPROVED, SHAPED, CacheEntry, QuestionDigests
from core.types import OPERATOR, Caller
from tests.core.conftest import INSIDER, READER, Library

SAME = QuestionDigests("w" * 64, SHAPED + "s" * 62)
NEARLY = QuestionDigests("v" * 64, SHAPED + "s" * 62)
OTHER = QuestionDigests("o" * 64, SHAPED + "o" * 62)
EARLIER = QuestionDigests("e" * 64, "s" * 64)
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
        answer_cache.store_approved(session, feedback, SAME, ["doc_1"])
    return feedback


def cached(db: Database, answer_id: str, scope: str = "here") -> None:
    with db.write() as session:
        answer_cache.store_recent(session, answer_id, scope, SAME, ["doc_1"], "bge", UNIT)


def entries(
    db: Database, digests: QuestionDigests = SAME, scope: str = APPROVED, minutes: float | None = None
) -> list[CacheEntry]:
    with db.read() as session:
        return answer_cache.matching_entries(session, scope, digests, "bge", minutes=minutes)


def test_an_approved_answer_is_found_with_its_approval(db: Database) -> None:
    answer_id = given(db)
    feedback = approved(db, answer_id)

    (found,) = entries(db)
    with db.read() as session:
        (candidate,) = answer_cache.load_answers(session, [found.row_id])
    assert found == CacheEntry(found.row_id, "How?", True, None, frozenset({"doc_1"}))
    assert candidate.answer.id == answer_id
    assert candidate.answer.collections == frozenset({"manuals"})
    assert candidate.opinion == feedback.opinion
    assert (candidate.approved_by, candidate.approved_at) == (OPERATOR.key_id, feedback.updated_at)
    assert candidate.given_by == ASKER.key_id


def test_a_question_of_the_same_shape_is_found_and_of_another_shape_is_not(db: Database) -> None:
    approved(db, given(db))

    assert [row.same for row in entries(db, NEARLY)] == [False]
    assert entries(db, OTHER) == []
    with db.read() as session:
        assert answer_cache.matching_entries(session, APPROVED, NEARLY, "bge", near=False) == []


def test_a_shape_of_an_earlier_release_is_found_for_every_question(db: Database) -> None:
    feedback = approved(db, given(db))
    with db.write() as session:
        answer_cache.store_approved(session, feedback, EARLIER, ["doc_1"])

    assert [row.same for row in entries(db, OTHER)] == [False]


def test_a_vector_is_used_only_with_its_embedder(db: Database) -> None:
    approved(db, given(db))
    with db.write() as session:
        answer_cache.store_vectors(session, "bge", {entries(db)[0].row_id: UNIT})

    (row,) = entries(db)
    assert row.vector is not None
    assert row.vector.tolist() == [1, 0]
    with db.read() as session:
        assert answer_cache.matching_entries(session, APPROVED, SAME, "e5")[0].vector is None


def test_rejected_or_replaced_feedback_no_longer_approves(db: Database) -> None:
    rejected, replaced = given(db), given(db)
    first = approved(db, rejected)
    approved(db, replaced)
    assert len(entries(db)) == 2

    with db.write() as session:
        journal.review_feedback(session, first.id, OPERATOR, "rejected")
        journal.give_feedback(session, replaced, ASKER, Opinion("up", comment="on second thoughts"))

    assert entries(db) == []


def test_feedback_that_is_approved_twice_has_one_entry(db: Database) -> None:
    answer_id = given(db)
    feedback = approved(db, answer_id)
    with db.write() as session:
        journal.review_feedback(session, feedback.id, OPERATOR, "rejected")
        again = journal.review_feedback(session, feedback.id, OPERATOR, "approved")
        answer_cache.store_approved(session, again, SAME, ["doc_1"])

    assert len(entries(db)) == 1


def test_a_wrong_answer_is_deleted_with_its_source_and_its_copies(db: Database) -> None:
    source, alike, other = given(db), given(db), given(db, "Otherwise.")
    for answer_id in (source, alike, other):
        approved(db, answer_id)
    copy = given(db, remembered_from=source)
    with db.write() as session:
        down = journal.give_feedback(session, copy, ASKER, Opinion("down"))
        down = journal.review_feedback(session, down.id, OPERATOR, "approved")
        assert answer_cache.delete_contradicted(session, down, SAME.words) == 2

    with db.read() as session:
        left = answer_cache.load_answers(session, [row.row_id for row in entries(db)])
    assert [candidate.answer.id for candidate in left] == [other]


def test_a_doubt_deletes_recent_answers_and_not_approved_ones(db: Database) -> None:
    approved(db, given(db))
    cached(db, given(db))
    with db.write() as session:
        assert answer_cache.delete_doubted(session, SAME.words) == 1

    assert entries(db, scope="here") == []
    assert len(entries(db)) == 1


def test_a_recent_answer_is_found_in_its_scope_for_a_time(db: Database) -> None:
    cached(db, given(db))

    assert len(entries(db, scope="here", minutes=5)) == 1
    assert entries(db, scope="here", minutes=-1) == entries(db, scope="there") == entries(db) == []
    with db.write() as session:
        assert answer_cache.delete_old(session, 5) == 0
        assert answer_cache.delete_old(session, -1) == 1


def test_forgetting_a_document_deletes_and_counts_entries_that_cite_it(db: Database, library: Library) -> None:
    document_id = library.serve("a.txt", "Text.")
    answer_id = given(db)
    approved(db, answer_id)
    with db.write() as session:
        answer_cache.store_recent(session, answer_id, "here", SAME, [document_id])
        receipt = forgetting.forget_learned(session, document_id)

    assert receipt.remembered == 1
    assert entries(db, scope="here") == []
    assert len(entries(db)) == 1


def test_the_entries_of_a_deleted_answer_are_gone(db: Database) -> None:
    approved(db, given(db))
    cached(db, given(db))
    with db.write() as session:
        assert journal.delete_old_answers(session, keep_days=-1) == 2

    assert entries(db) == entries(db, scope="here") == []


def test_only_visible_documents_change_the_digest_of_a_caller(db: Database, library: Library) -> None:
    def states() -> tuple[str, str]:
        with db.read() as session:
            return reading.visible_digest(session, READER), reading.visible_digest(session, INSIDER)

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
