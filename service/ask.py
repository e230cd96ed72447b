"""A question's way through the API: the answer's events as clients see them, and its row in the journal.

What an answer is made of is decided in `generation.answering`. Here it gets its id, is redacted where it could
repeat the question, and is written down before the last event leaves, so that feedback always finds it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

from api.metrics import Metrics
from api.schemas.answers import AnswerView, AskBody, SearchedView, StoredAnswerView, answer_view, citation_view
from api.schemas.search import passage_view
from api.sse import ServerEvent
from core.store import documents, journal
from core.store.database import Session
from core.store.journal import AnswerRecord
from core.types import Answer, Caller, Json, Passage, Ranked
from generation.events import Cited, Delta, Event, Finished, Searched
from service.compose import Services
from service.conversation import Heard, heard, joined_to, keep_turn, not_understood, redacted
from service.kept_refusal import named_in, still_said

FINAL = "final"
NOT_KEPT = {name: {"__all__": {"duplicates"}} for name in ("citations", "closest")} | {"remembered": {"question"}}
"""A kept answer names the documents that it was made from and no others, so that forgetting one finds it; and it does
not repeat another's question, so that forgetting that one is enough."""


def answer_events(services: Services, metrics: Metrics, caller: Caller, asked: AskBody) -> Generator[ServerEvent]:
    """Yield `search`, `delta`, `citation` and at last `final`, whose data is an AnswerView.

    A question of a conversation is asked as it is understood there. Raises NotFound for a conversation that is not this
    caller's, Invalid for what is no question, Unavailable; all before the first event.
    """
    said = heard(services, caller, asked)
    found: Sequence[Ranked] = ()
    for event in _events(services, caller, asked, said):
        match event:
            case Searched(passages):
                found = passages
                yield ServerEvent("search", _searched(found).model_dump(mode="json"))
            case Delta(text, kind):
                yield ServerEvent("delta", {"text": text, "kind": kind})
            case Cited(citation):
                copies = _copies(found).get(citation.passage.chunk_id, ())
                yield ServerEvent("citation", citation_view(citation, copies).model_dump(mode="json"))
            case Finished(answer):
                view = _keep(services, caller, asked, said, answer, found)
                _count(metrics, view)
                yield ServerEvent(FINAL, view.model_dump(mode="json"))


def kept_view(session: Session, record: AnswerRecord, caller: Caller) -> StoredAnswerView:
    """Return an answer from the journal without what comes from documents that this caller may not see now."""
    body = dict(record.body)
    citations, closest = body.get("citations", []), body.get("closest", [])
    named = {item["document_id"] for item in (*citations, *closest)} | named_in(body.get("refusal"))
    visible = documents.visible_among(session, named, caller)
    body["citations"] = [item for item in citations if item["document_id"] in visible]
    body["closest"] = [item for item in closest if item["document_id"] in visible]
    withdrawn = len(body["citations"]) < len(citations)
    if withdrawn:
        body["text"], body["sentences"] = "", []
    body["refusal"] = still_said(body.get("refusal"), visible, quotes_lost=withdrawn)
    return StoredAnswerView.model_validate(
        body
        | {
            "question": record.question,
            "mode": record.mode,
            "conversation_id": record.conversation_id,
            "withdrawn": withdrawn,
            "created_at": record.created_at,
        }
    )


def _events(services: Services, caller: Caller, asked: AskBody, said: Heard) -> Iterator[Event]:
    if not said.clear:
        return iter([Finished(not_understood(said.typed))])
    return services.answerer.stream(caller, said.question, mode=asked.mode, filters=asked.as_filters())


def _keep(
    services: Services, caller: Caller, asked: AskBody, said: Heard, answer: Answer, found: Sequence[Ranked]
) -> AnswerView:
    """Write the answer down, under the question that it answers, with its turn in a conversation."""
    answer_id = journal.new_answer_id()
    question = services.redact(answer.question)
    stored = redacted(services, said) if asked.conversation_id is not None else said
    with services.db.write() as session:
        conversation_id = joined_to(session, services, caller, asked)
        further = {"conversation_id": conversation_id, "standalone_question": said.standalone}
        view = answer_view(answer_id, answer, _copies(found)).model_copy(update=further)
        body = view.model_dump(mode="json", exclude=NOT_KEPT) | {"standalone_question": stored.standalone}
        journal.record_answer(
            session,
            answer_id,
            caller,
            question=question,
            mode=asked.mode,
            body=body,
            passages=_made_from(answer, found),
            versions=answer.versions,
            conversation_id=conversation_id,
            collections=asked.collections,
        )
        if (memory := services.memory) is not None:
            memory.store(session, answer_id, caller, question, asked.as_filters(), answer)
        if conversation_id is not None:
            keep_turn(session, services, caller, conversation_id, answer_id, stored)
    return view


def _count(metrics: Metrics, view: AnswerView) -> None:
    metrics.answer(
        view.status,
        phrased=view.phrased,
        seconds=view.timings.get("total", 0.0),
        refusal=view.refusal.code if view.refusal else None,
        fallback=view.fallback,
        cached=view.remembered.kind if view.remembered else None,
    )


def _copies(found: Sequence[Ranked]) -> Mapping[int, Sequence[Passage]]:
    return {ranked.passage.chunk_id: ranked.duplicates for ranked in found}


def _made_from(answer: Answer, found: Sequence[Ranked]) -> list[dict[str, Json]]:
    """Return references to the passages that were read, the cited ones first."""
    read = [citation.passage for citation in answer.citations] + [ranked.passage for ranked in found]
    return [_reference(passage) for passage in {passage.chunk_id: passage for passage in read}.values()]


def _reference(passage: Passage) -> dict[str, Json]:
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "version": passage.version,
        "sha256": passage.sha256,
    }


def _searched(found: Sequence[Ranked]) -> SearchedView:
    return SearchedView(passages=[passage_view(rank, ranked) for rank, ranked in enumerate(found, 1)])
