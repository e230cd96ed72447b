"""Chat completions: a question asked as OpenAI's clients ask it, on the same way as one at `/v1/answers`.

Rights, rates, redaction, the journal and metrics are those of `service.ask`; here only the words around it differ.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from itertools import chain
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from api.answering import FINAL, stored_view
from api.deps import reply
from api.errors import status_of
from api.idempotency import REPLAYED
from api.openai.asked import standalone
from api.openai.errors import error_body, openai_status
from api.openai.models import collections_of
from api.openai.replies import PING, CompletionView, Head, Line, again, data, words
from api.openai.requests import ChatBody, question_of
from api.reference import problems
from api.routes.answers import Ask
from api.schemas.answers import AnswerView, AskBody
from api.sse import ServerEvent, event_stream, in_thread
from core.errors import VouchError
from core.ids import new_id
from core.log import where
from core.store import journal

router = APIRouter(prefix="/v1/chat", tags=["openai"])
log = structlog.get_logger()
STREAMED = {
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
    "description": "The completion; with `stream` its chunks.",
}


@router.post("/completions", response_model=CompletionView, responses={200: STREAMED, **problems(404, 409, 413)})
def complete(body: ChatBody, ask: Annotated[Ask, Depends()]) -> Response:
    """Answer the last user message from the documents that this key may see, or say that they do not.

    `model` is `vouch` or a collection. Citations are in `annotations`, the answer as `/v1/answers` gives it in `vouch`.
    """
    asked = asked_of(ask, body)
    if body.stream:
        return _streamed(ask, body, asked)

    def make() -> Response:
        *_, last = ask.events(asked)
        answer = AnswerView.model_validate(last.data)
        return reply(_head(ask, body, answer.id).completion(answer))

    return ask.once(ask.caller, body, make, kept=_only_id, again=lambda first: _again(ask, body, first))


def asked_of(ask: Ask, body: ChatBody) -> AskBody:
    """Return the question of a chat as it can be asked alone. Raises ModelNotFound."""
    with ask.services.db.read() as session:
        collections = collections_of(session, ask.caller, body.model)
    question = standalone(body.messages) or question_of(body.messages)
    return AskBody(question=question, collections=collections, mode=body.mode)


def _streamed(ask: Ask, body: ChatBody, asked: AskBody) -> StreamingResponse:
    """Begin the answer here, where an error still has its own status; the rest comes from a thread."""
    if (first := ask.once.begin(ask.caller, body.model_dump_json().encode())) is not None:
        answer, created = _kept(ask, first)
        return event_stream(in_thread(_repeated(_head(ask, body, answer.id, created), answer)), ping=PING)
    events = ask.events(asked)
    try:
        begun = next(events)
    except BaseException:
        ask.once.end(ask.caller, None)
        raise
    return event_stream(in_thread(_chunks(ask, _head(ask, body), chain((begun,), events))), ping=PING)


def _chunks(ask: Ask, head: Head, events: chain[ServerEvent]) -> Generator[Line]:
    """Yield the answer's chunks; end the idempotent request with the answer, or free its key when there is none."""
    response: Response | None = None
    said = False
    try:
        yield head.first()
        for event in events:
            if event.name == "delta":
                said = True
                yield head.more(event.data["text"])
            elif event.name == FINAL:
                answer = AnswerView.model_validate(event.data)
                response = _id_of(answer.id)
                if rest := again(answer) if said else words(answer):
                    yield head.more(rest)
                yield from head.last(answer)
    except Exception as error:  # a request's boundary: the stream has begun, so the error is its last event
        log.warning("stream_broke", error=type(error).__name__, at=where(error))
        yield data(_error(error))
    finally:
        ask.once.end(ask.caller, response)


def _repeated(head: Head, answer: AnswerView) -> Generator[Line]:
    yield head.first()
    yield head.more(words(answer))
    yield from head.last(answer)


def _head(ask: Ask, body: ChatBody, answer_id: str | None = None, created: int | None = None) -> Head:
    """Return what all chunks share. A stream has its id before its answer has one."""
    site = str(ask.request.base_url).rstrip("/")
    return Head(
        f"chatcmpl-{answer_id or new_id('str')}", created or int(time.time()), body, site, standalone(body.messages)
    )


def _only_id(response: Response) -> Response:
    """Return what the book of requests keeps: quotes are read back for whoever may see them then."""
    return _id_of(json.loads(bytes(response.body))["vouch"]["id"])


def _id_of(answer_id: str) -> Response:
    return Response(json.dumps({"id": answer_id}), media_type="application/json")


def _again(ask: Ask, body: ChatBody, first: Response) -> Response:
    answer, created = _kept(ask, first)
    replayed = reply(_head(ask, body, answer.id, created).completion(answer))
    replayed.headers[REPLAYED] = "true"
    return replayed


def _kept(ask: Ask, first: Response) -> tuple[AnswerView, int]:
    """Return an answer as its asker may read it now, and when it was given. Raises NotFound when it was forgotten."""
    with ask.services.db.read() as session:
        record = journal.get_answer(session, json.loads(bytes(first.body))["id"], ask.caller)
        view = stored_view(session, record, ask.caller)
    answer = AnswerView.model_validate(view.model_dump(include=set(AnswerView.model_fields)))
    return answer, int(view.created_at.timestamp())


def _error(error: Exception) -> dict[str, object]:
    if isinstance(error, VouchError):
        return error_body(openai_status(status_of(error)), error.code, str(error))
    return error_body(500, "internal", "The answer broke off. The log has the place under the request's id.")
