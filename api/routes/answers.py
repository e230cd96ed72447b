"""Ask a question, read the answer again, say what it was worth."""

from __future__ import annotations

import json
from collections.abc import Generator
from itertools import chain
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from api.answering import FINAL, answer_events, stored_view
from api.auth import Asker, Reader
from api.deps import Measured, Served, reply
from api.errors import problem_body, status_of
from api.idempotency import REPLAYED, Once, OnceOnly
from api.reference import problems
from api.routes.feedback import feedback_view
from api.schemas.answers import AnswerView, AskBody, StoredAnswerView
from api.schemas.feedback import FeedbackView, OpinionBody
from api.sse import ServerEvent, event_stream, in_thread
from core.errors import VouchError
from core.log import where
from core.store import journal
from core.store.journal import Opinion
from core.types import Caller
from service.review import give_feedback as store_feedback

router = APIRouter(prefix="/v1/answers", tags=["answers"])
log = structlog.get_logger()
STREAMED = {
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
    "description": "The answer; with `stream` its events.",
}


class Ask:
    """What a question needs, gathered from the request."""

    def __init__(self, request: Request, services: Served, metrics: Measured, caller: Asker, once: OnceOnly) -> None:
        self.request, self.services, self.metrics, self.caller, self.once = request, services, metrics, caller, once

    def events(self, asked: AskBody) -> Generator[ServerEvent]:
        return answer_events(self.services, self.metrics, self.caller, asked)


@router.post("", response_model=AnswerView, responses={200: STREAMED, **problems(409, 413)})
def ask(asked: AskBody, ask: Annotated[Ask, Depends()]) -> Response:
    """Answer a question from the documents that this key may see, or refuse with the reason.

    With `stream` the response is server-sent events: `search` {passages}, `delta` {text}, `citation`, and `final`
    with the whole answer; `ping` when nothing else was sent for 10 s; `error` with a problem when it breaks off.
    """
    if asked.stream:
        return _streamed(ask, asked)

    def make() -> Response:
        return reply(AnswerView.model_validate(_final(ask.events(asked)).data))

    return ask.once(ask.caller, asked, make, kept=_only_id, again=lambda first: _read_again(ask, first))


@router.get("/{answer_id}", responses=problems(404))
def get_answer(answer_id: str, services: Served, caller: Reader) -> StoredAnswerView:
    """Return an answer as it was given: one's own, or any to a reviewer."""
    with services.db.read() as session:
        return stored_view(session, journal.get_answer(session, answer_id, caller), caller)


@router.post("/{answer_id}/feedback", response_model=FeedbackView, responses=problems(404, 409))
def give_feedback(answer_id: str, opinion: OpinionBody, services: Served, caller: Asker, once: OnceOnly) -> Response:
    """Say what an answer was worth; sent again it takes the place of what the same key said before."""

    def make() -> Response:
        said = Opinion(
            opinion.rating,
            tuple(dict.fromkeys(opinion.reasons)),
            opinion.correction,
            tuple(sorted(set(opinion.wrong_citations))),
            opinion.comment,
        )
        return reply(feedback_view(store_feedback(services, caller, answer_id, said)))

    return once(caller, opinion, make)


def _streamed(ask: Ask, asked: AskBody) -> StreamingResponse:
    """Begin the answer here, where an error still has its own status; the rest comes from a thread."""
    if (first := ask.once.begin(ask.caller, asked.model_dump_json().encode())) is not None:
        return event_stream(in_thread(_replayed(_read_again(ask, first))))
    events = ask.events(asked)
    try:
        begun = next(events)
    except BaseException:
        ask.once.end(ask.caller, None)
        raise
    return event_stream(in_thread(_finished(ask, ask.once, ask.caller, begun, events)))


def _replayed(response: Response) -> Generator[ServerEvent]:
    yield ServerEvent(FINAL, json.loads(bytes(response.body)))


def _finished(
    ask: Ask, once: Once, caller: Caller, begun: ServerEvent, events: Generator[ServerEvent]
) -> Generator[ServerEvent]:
    """Yield all events; end the idempotent request with the answer, or free its key when there is none."""
    response: Response | None = None
    try:
        for event in chain((begun,), events):
            if event.name == FINAL:
                response = reply(AnswerView.model_validate(event.data))
            yield event
    except Exception as error:  # a request's boundary: the stream has begun, so the error is its last event
        log.warning("stream_broke", error=type(error).__name__, at=where(error))
        yield ServerEvent("error", _problem(ask.request, error))
    finally:
        once.end(caller, _only_id(response) if response is not None else None)


def _only_id(response: Response) -> Response:
    """Return what the book of requests keeps of an answer: quotes are read back for whoever may see them then."""
    answer_id = json.loads(bytes(response.body))["id"]
    return Response(json.dumps({"id": answer_id}), response.status_code, media_type="application/json")


def _read_again(ask: Ask, first: Response) -> Response:
    """Return the answer as its asker may read it now. Raises NotFound when it was forgotten meanwhile."""
    with ask.services.db.read() as session:
        record = journal.get_answer(session, json.loads(bytes(first.body))["id"], ask.caller)
        view = stored_view(session, record, ask.caller)
    again = reply(AnswerView.model_validate(view.model_dump(include=set(AnswerView.model_fields))))
    again.headers[REPLAYED] = "true"
    return again


def _problem(request: Request, error: Exception) -> dict[str, object]:
    if isinstance(error, VouchError):
        return problem_body(request.scope, status_of(error), error.code, str(error))
    return problem_body(request.scope, 500, "internal", "The answer broke off. The log has the place under this id.")


def _final(events: Generator[ServerEvent]) -> ServerEvent:
    *_, last = events
    return last
