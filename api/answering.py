"""An answer as clients of `/v1` get it: its events as server-sent events, and a stored answer as it may be read now.

The question is answered in `service.ask`; this module turns the events into schemas and counts answers.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from api.metrics import Metrics
from api.schemas.answers import AnswerView, AskBody, SearchedView, StoredAnswerView, answer_view, citation_view
from api.schemas.search import passage_view
from api.sse import ServerEvent
from core.store.database import Session
from core.store.journal import AnswerRecord
from core.types import Caller, Json, Passage, Ranked
from generation.events import Cited, Delta, Searched
from service.ask import Question, StoredAnswer, ask
from service.compose import Services
from service.stored_answer import readable_answer

FINAL = "final"
NOT_STORED: dict[str, Any] = {
    "citations": {"__all__": {"duplicates"}},
    "closest": {"__all__": {"duplicates"}},
    "remembered": {"question"},
    "refusal": {"suggestions": {"__all__": {"question"}}},
}
"""Fields that are not stored. A stored answer names only documents that it was made from, so that forgetting a document
finds it; and it does not repeat the question of the answer that it reuses, so that forgetting that answer is enough,
or its own question, which is stored redacted."""


def answer_events(services: Services, metrics: Metrics, caller: Caller, body: AskBody) -> Generator[ServerEvent]:
    """Yield `search`, `delta`, `citation`, and `final` with an AnswerView as its data. Raises as `service.ask`."""
    duplicates: Mapping[int, Sequence[Passage]] = {}
    for event in ask(services, caller, _question(body), _stored_body):
        match event:
            case Searched(passages):
                duplicates = {ranked.passage.chunk_id: ranked.duplicates for ranked in passages}
                yield ServerEvent("search", _searched(passages).model_dump(mode="json"))
            case Delta(text, kind):
                yield ServerEvent("delta", {"text": text, "kind": kind})
            case Cited(citation):
                view = citation_view(citation, duplicates.get(citation.passage.chunk_id, ()))
                yield ServerEvent("citation", view.model_dump(mode="json"))
            case StoredAnswer():
                final = _view(event)
                _count(metrics, final)
                yield ServerEvent(FINAL, final.model_dump(mode="json"))


def stored_view(session: Session, record: AnswerRecord, caller: Caller) -> StoredAnswerView:
    """Return an answer from the journal without the parts from documents that this caller may not see now."""
    return StoredAnswerView.model_validate(readable_answer(session, record, caller))


def _question(body: AskBody) -> Question:
    return Question(body.question, body.mode, body.as_filters(), body.conversation_id)


def _view(stored: StoredAnswer) -> AnswerView:
    conversation = {"conversation_id": stored.conversation_id, "standalone_question": stored.standalone_question}
    update = {**conversation, "stored": stored.stored}
    return answer_view(stored.id, stored.answer, stored.duplicates).model_copy(update=update)


def _stored_body(answer: StoredAnswer) -> dict[str, Json]:
    return _view(answer).model_dump(mode="json", exclude=NOT_STORED)


def _count(metrics: Metrics, view: AnswerView) -> None:
    metrics.answer(
        view.status,
        phrased=view.phrased,
        seconds=view.timings.get("total", 0.0),
        refusal=view.refusal.code if view.refusal else None,
        fallback=view.fallback,
        cached=view.remembered.kind if view.remembered else None,
        stored=view.stored,
    )


def _searched(found: Sequence[Ranked]) -> SearchedView:
    return SearchedView(passages=[passage_view(rank, ranked) for rank, ranked in enumerate(found, 1)])
