"""Conversations on both databases: who sees them, how much they store, and what deletes their turns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import NotFound
from core.store import conversations, forgetting, journal
from core.store.database import Database
from core.store.journal import Opinion
from core.types import OPERATOR, Caller

DAYS = 30
ASKER = Caller("key_a", frozenset({"ask"}))
OTHER = Caller("key_b", frozenset({"ask"}))


def begun(db: Database, caller: Caller = ASKER) -> str:
    with db.write() as session:
        return conversations.begin(session, caller, DAYS).id


def asked(db: Database, conversation_id: str, question: str = "How?", *, document: str = "doc_1", keep: int = 9) -> str:
    answer_id = journal.new_answer_id()
    with db.write() as session:
        journal.record_answer(
            session,
            answer_id,
            ASKER,
            question=question,
            mode="auto",
            body={"id": answer_id, "status": "answered", "text": "So.", "citations": []},
            passages=[{"document_id": document}],
            versions={},
            conversation_id=conversation_id,
        )
        session.flush()
        conversations.add_turn(
            session,
            conversation_id,
            ASKER,
            answer_id,
            question=question,
            standalone=None,
            keep_turns=keep,
            keep_days=DAYS,
        )
    return answer_id


def questions(db: Database, conversation_id: str) -> list[str]:
    with db.read() as session:
        return [turn.question for turn in conversations.turns(session, conversation_id, ASKER, DAYS)]


def age(db: Database, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    later = now() + timedelta(days=days)
    monkeypatch.setattr(conversations, "now", lambda: later)


@pytest.mark.parametrize("stranger", [OTHER, OPERATOR], ids=["another key", "an administrator"])
def test_a_conversation_does_not_exist_for_other_callers(db: Database, stranger: Caller) -> None:
    conversation_id = begun(db)
    asked(db, conversation_id)

    with db.write() as session:
        for use in (conversations.get, conversations.turns, conversations.erase):
            with pytest.raises(NotFound):
                use(session, conversation_id, stranger, DAYS)
        assert conversations.list_own(session, stranger, DAYS).data == ()
    assert questions(db, conversation_id) == ["How?"]


def test_the_oldest_turns_are_deleted(db: Database) -> None:
    conversation_id = begun(db)
    for number in range(5):
        asked(db, conversation_id, f"{number}?", keep=3)

    assert questions(db, conversation_id) == ["2?", "3?", "4?"]
    with db.read() as session:
        assert conversations.get(session, conversation_id, ASKER, DAYS).turns == 3


def test_a_turn_is_deleted_with_an_answer_from_a_forgotten_document(db: Database) -> None:
    conversation_id = begun(db)
    asked(db, conversation_id, "first?", document="doc_1")
    asked(db, conversation_id, "second?", document="doc_2")

    with db.write() as session:
        forgetting.forget_learned(session, "doc_1")

    assert questions(db, conversation_id) == ["second?"]


def test_erasing_deletes_questions_answers_and_feedback_also_of_deleted_turns(db: Database) -> None:
    conversation_id, beside = begun(db), begun(db)
    answers = [asked(db, conversation_id, keep=1) for _ in range(2)]
    kept = asked(db, beside)
    with db.write() as session:
        journal.give_feedback(session, answers[0], ASKER, Opinion("up"))
        conversations.erase(session, conversation_id, ASKER, DAYS)

    with db.read() as session:
        for answer_id in answers:
            with pytest.raises(NotFound):
                journal.get_answer(session, answer_id, ASKER)
        assert journal.list_feedback(session).data == ()
        assert journal.get_answer(session, kept, ASKER).id == kept
        with pytest.raises(NotFound):
            conversations.get(session, conversation_id, ASKER, DAYS)


def test_an_expired_conversation_is_invisible_before_the_sweep_deletes_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = begun(db)
    answer_id = asked(db, conversation_id)
    age(db, monkeypatch, DAYS + 1)

    with db.write() as session:
        with pytest.raises(NotFound):
            conversations.get(session, conversation_id, ASKER, DAYS)
        assert conversations.list_own(session, ASKER, DAYS).data == ()
        assert conversations.delete_expired(session, DAYS) == 1
        assert conversations.delete_expired(session, DAYS) == 0
        assert journal.get_answer(session, answer_id, ASKER).id == answer_id
    with pytest.raises(NotFound):
        asked(db, conversation_id)


def test_a_question_postpones_the_expiry_of_a_conversation(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation_id = begun(db)
    age(db, monkeypatch, DAYS - 1)
    asked(db, conversation_id)
    age(db, monkeypatch, DAYS - 1)

    with db.write() as session:
        assert conversations.delete_expired(session, DAYS) == 0
        assert conversations.get(session, conversation_id, ASKER, DAYS).turns == 1


def test_conversations_are_listed_newest_first_in_pages(db: Database) -> None:
    made = [begun(db) for _ in range(3)]
    begun(db, OTHER)

    with db.read() as session:
        first = conversations.list_own(session, ASKER, DAYS, limit=2)
        second = conversations.list_own(session, ASKER, DAYS, limit=2, cursor=first.next_cursor)
    assert [each.id for each in (*first.data, *second.data)] == made[::-1]
    assert (first.has_more, second.has_more) == (True, False)
