"""Ask a question: understand it in its conversation, answer it, and store the answer before its last event is sent.

`generation.answering` decides what the answer is. This module gives it an id, so that feedback always finds it, and
redacts the question, so that nothing personal is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from core.errors import StorageFull
from core.store import documents, journal
from core.types import Answer, AnswerMode, Caller, Filters, Json, Passage, Ranked
from generation.events import Event, Finished, Searched
from service.compose import Services
from service.conversation import (
    NEW,
    UnderstoodQuestion,
    add_turn,
    conversation_for,
    redact_question,
    refuse_unclear,
    understand_question,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks. `conversation_id` is the id of their own conversation, `new` to begin one, None for none."""

    text: str
    mode: AnswerMode = "auto"
    filters: Filters = field(default_factory=Filters)
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The last event: the answer, with the id under which it is stored.

    `stored` is False if the disk was full: then nothing finds the answer by its id, and its conversation has no turn.
    `standalone_question` is a follow-up as it was understood. `duplicates` are the other places of a passage, by chunk.
    """

    id: str
    answer: Answer
    conversation_id: str | None
    standalone_question: str | None
    duplicates: Mapping[int, Sequence[Passage]]
    stored: bool = True


Encode = Callable[[StoredAnswer], Mapping[str, Json]]
"""Returns the body that is stored: the answer as its reader gets it, without the parts that may not be stored."""


@dataclass(frozen=True, slots=True)
class AnswerRun:
    """The run of one question, up to its stored answer."""

    services: Services
    caller: Caller
    question: Question
    encode: Encode

    def events(self) -> Iterator[Event | StoredAnswer]:
        """Yield the events of `generation.events`, with a StoredAnswer in place of Finished.

        A question in a conversation is asked as it is understood there. Raises NotFound for a conversation that is not
        this caller's, Invalid for text that is not a question, Unavailable; all before the first event.
        """
        question = understand_question(self.services, self.caller, self.question.text, self.question.conversation_id)
        found: Sequence[Ranked] = ()
        for event in self._answering(question):
            if isinstance(event, Finished):
                yield self._store_if_possible(question, self._with_what_is_read(event.answer), found)
                continue
            if isinstance(event, Searched):
                found = event.passages
            yield event

    def _answering(self, question: UnderstoodQuestion) -> Iterator[Event]:
        if not question.clear:
            return iter([Finished(refuse_unclear(question.typed))])
        answerer, asked = self.services.answerer, self.question
        return answerer.stream(self.caller, question.text, mode=asked.mode, filters=asked.filters)

    def _with_what_is_read(self, answer: Answer) -> Answer:
        """Return a refusal for lack of an answer that says so while documents are still being read."""
        refusal = answer.refusal
        if refusal is None or refusal.code not in {"nothing_found", "not_answered"}:
            return answer
        with self.services.db.read() as session:
            reading = documents.being_read(session, self.caller, self.question.filters.collections)
        if not reading:
            return answer
        which = "A document is" if reading == 1 else f"{reading} documents are"
        message = f"{refusal.message} {which} still being read: ask again in a moment."
        return replace(answer, refusal=replace(refusal, message=message))

    def _store_if_possible(self, question: UnderstoodQuestion, answer: Answer, found: Sequence[Ranked]) -> StoredAnswer:
        """Store the answer; on a full disk return it all the same: reading must go on when writing cannot."""
        try:
            return self._store(question, answer, found)
        except StorageFull:
            answer_id, asked = journal.new_answer_id(), self.question.conversation_id
            log.warning("answer_not_stored", answer=answer_id)
            conversation_id = None if asked == NEW else asked
            return StoredAnswer(
                answer_id, answer, conversation_id, question.standalone, _duplicates(found), stored=False
            )

    def _store(self, question: UnderstoodQuestion, answer: Answer, found: Sequence[Ranked]) -> StoredAnswer:
        """Store the answer with the question that it answers, and with its turn in a conversation."""
        services, caller, asked = self.services, self.caller, self.question
        answer_id = journal.new_answer_id()
        text = services.redact(answer.question)
        missing = services.redact(answer.missing) if answer.missing else None
        redacted = redact_question(services, question) if asked.conversation_id is not None else question
        cache = services.answer_cache
        entry = cache.entry(caller, text, asked.filters, answer) if cache is not None else None
        with services.db.write() as session:
            conversation_id = conversation_for(session, services, caller, asked.conversation_id)
            stored = StoredAnswer(answer_id, answer, conversation_id, question.standalone, _duplicates(found))
            journal.record_answer(
                session,
                answer_id,
                caller,
                question=text,
                mode=asked.mode,
                body=dict(self.encode(_redacted(stored, redacted.standalone, missing))),
                passages=_passages_read(answer, found),
                versions=answer.versions,
                conversation_id=conversation_id,
                collections=sorted(asked.filters.collections),
            )
            if cache is not None and entry is not None:
                cache.store(session, answer_id, entry)
            if conversation_id is not None:
                add_turn(session, services, caller, conversation_id, answer_id, redacted)
        return stored


def ask(services: Services, caller: Caller, question: Question, encode: Encode) -> Iterator[Event | StoredAnswer]:
    """Answer a question and store the answer; see `AnswerRun.events`."""
    return AnswerRun(services, caller, question, encode).events()


def _redacted(stored: StoredAnswer, standalone: str | None, missing: str | None) -> StoredAnswer:
    """Return the answer with what repeats the question as it may be stored."""
    return replace(stored, standalone_question=standalone, answer=replace(stored.answer, missing=missing))


def _duplicates(found: Sequence[Ranked]) -> Mapping[int, Sequence[Passage]]:
    return {ranked.passage.chunk_id: ranked.duplicates for ranked in found}


def _passages_read(answer: Answer, found: Sequence[Ranked]) -> list[dict[str, Json]]:
    """Return references to the passages that the answer was made from, the cited ones first."""
    read = [citation.passage for citation in answer.citations] + [ranked.passage for ranked in found]
    return [_reference(passage) for passage in {passage.chunk_id: passage for passage in read}.values()]


def _reference(passage: Passage) -> dict[str, Json]:
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "version": passage.version,
        "sha256": passage.sha256,
    }
