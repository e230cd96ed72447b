"""Routes for answers: ask a question, read the answer again, give feedback on it."""

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
from api.deps import MetricsDep, ServicesDep, reply
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
    "content": {"text/event-stream": {}},
    "description": "The answer; with `stream` its events.",
}


class Ask:
    """What `ask` needs from the request."""

    def __init__(
        self, request: Request, services: ServicesDep, metrics: MetricsDep, caller: Asker, once: OnceOnly
    ) -> None:
        self.request, self.services, self.metrics, self.caller, self.once = request, services, metrics, caller, once

    def events(self, body: AskBody) -> Generator[ServerEvent]:
        return answer_events(self.services, self.metrics, self.caller, body)


@router.post("", response_model=AnswerView, responses={200: STREAMED, **problems(404, 409, 413)})
def ask(body: AskBody, ask: Annotated[Ask, Depends()]) -> Response:
    """Answer a question from the documents that this key may see, or refuse with the reason.

    With `stream` the response is server-sent events: `search` {passages}, `delta` {text}, `citation`, and `final`
    with the whole answer; `ping` when nothing else was sent for 10 s; `error` with a problem if the answer fails.
    """
    if body.stream:
        return _streamed(ask, body)

    def make() -> Response:
        return reply(AnswerView.model_validate(_final(ask.events(body)).data))

    return ask.once(ask.caller, body, make, stored=_only_id, replayed=lambda stored: _read_again(ask, stored))


@router.get("/{answer_id}", responses=problems(404))
def get_answer(answer_id: str, services: ServicesDep, caller: Reader) -> StoredAnswerView:
    """Return a stored answer: an answer to this key, or any answer to a reviewer."""
    with services.db.read() as session:
        return stored_view(session, journal.get_answer(session, answer_id, caller), caller)


@router.post("/{answer_id}/feedback", response_model=FeedbackView, responses=problems(404, 409))
def give_feedback(
    answer_id: str, opinion: OpinionBody, services: ServicesDep, caller: Asker, once: OnceOnly
) -> Response:
    """Rate an answer; a later opinion of the same key replaces the earlier one."""

    def make() -> Response:
        stored = Opinion(
            opinion.rating,
            tuple(dict.fromkeys(opinion.reasons)),
            opinion.correction,
            tuple(sorted(set(opinion.wrong_citations))),
            opinion.comment,
        )
        picks = [each.as_pick() for each in opinion.right_passages]
        return reply(feedback_view(store_feedback(services, caller, answer_id, stored, picks)))

    return once(caller, opinion, make)


def _streamed(ask: Ask, body: AskBody) -> StreamingResponse:
    """Get the first event before the response begins, so that an error has its own status; a thread gets the rest."""
    if (stored := ask.once.begin(ask.caller, body.model_dump_json().encode())) is not None:
        return event_stream(in_thread(_replayed(_read_again(ask, stored))))
    events = ask.events(body)
    try:
        first = next(events)
    except BaseException:
        ask.once.end(ask.caller, None)
        raise
    return event_stream(in_thread(_finished(ask, ask.once, ask.caller, first, events)))


def _replayed(response: Response) -> Generator[ServerEvent]:
    yield ServerEvent(FINAL, json.loads(bytes(response.body)))


def _finished(
    ask: Ask, once: Once, caller: Caller, first: ServerEvent, events: Generator[ServerEvent]
) -> Generator[ServerEvent]:
    """Yield all events; store the answer under the idempotency key, or free the key if there is no answer."""
    response: Response | None = None
    try:
        for event in chain((first,), events):
            if event.name == FINAL:
                response = reply(AnswerView.model_validate(event.data))
            yield event
    except Exception as error:  # a request's boundary: the stream has begun, so the error is its last event
        log.warning("stream_interrupted", error=type(error).__name__, at=where(error))
        yield ServerEvent("error", _problem(ask.request, error))
    finally:
        once.end(caller, _only_id(response) if response is not None else None)


def _only_id(response: Response) -> Response:
    """Return the response as it is stored for repeated requests: what its reader may see is checked again then."""
    answer_id = json.loads(bytes(response.body))["id"]
    return Response(json.dumps({"id": answer_id}), response.status_code, media_type="application/json")


def _read_again(ask: Ask, stored: Response) -> Response:
    """Return the answer as its caller may read it now. Raises NotFound when it was forgotten meanwhile."""
    with ask.services.db.read() as session:
        record = journal.get_answer(session, json.loads(bytes(stored.body))["id"], ask.caller)
        view = stored_view(session, record, ask.caller)
    response = reply(AnswerView.model_validate(view.model_dump(include=set(AnswerView.model_fields))))
    response.headers[REPLAYED] = "true"
    return response


def _problem(request: Request, error: Exception) -> dict[str, object]:
    if isinstance(error, VouchError):
        return problem_body(request.scope, status_of(error), error.code, str(error))
    detail = "The answer was interrupted. The log shows where, under this request id."
    return problem_body(request.scope, 500, "internal", detail)


def _final(events: Generator[ServerEvent]) -> ServerEvent:
    *_, last = events
    return last
