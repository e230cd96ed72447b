"""Chat completions: a question from OpenAI's clients, answered as at `/v1/answers`.

Rights, rates, redaction, the journal and metrics are those of `service.ask`; only the formats differ here.
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
from api.openai.errors import error_body, openai_status
from api.openai.models import collections_of
from api.openai.question import standalone_question
from api.openai.requests import ChatBody, last_user_message
from api.openai.responses import PING, CompletionBuilder, CompletionView, RawEvent, data_event, notes, text_of
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
    "content": {"text/event-stream": {}},
    "description": "The completion; with `stream` its chunks.",
}


@router.post("/completions", response_model=CompletionView, responses={200: STREAMED, **problems(404, 409, 413)})
def complete(body: ChatBody, ask: Annotated[Ask, Depends()]) -> Response:
    """Answer the last user message from the documents that this key may see, or say that they do not answer it.

    `model` is `vouch` or a collection. Citations are in `annotations`; `vouch` holds the answer as `/v1/answers` gives
    it.
    """
    asked = ask_body_of(ask, body)
    if body.stream:
        return _streamed(ask, body, asked)

    def make() -> Response:
        *_, last = ask.events(asked)
        answer = AnswerView.model_validate(last.data)
        return reply(_builder(ask, body, answer.id).completion(answer))

    return ask.once(ask.caller, body, make, stored=_id_only, replayed=lambda stored: _replay(ask, body, stored))


def ask_body_of(ask: Ask, body: ChatBody) -> AskBody:
    """Return a chat's question as a body for `/v1/answers`. Raises ModelNotFound."""
    with ask.services.db.read() as session:
        collections = collections_of(session, ask.caller, body.model)
    question = standalone_question(body.messages) or last_user_message(body.messages)
    return AskBody(question=question, collections=collections, mode=body.mode)


def _streamed(ask: Ask, body: ChatBody, asked: AskBody) -> StreamingResponse:
    """Start the answer here, where an error can still have its own status; the rest comes from a thread."""
    if (stored := ask.once.begin(ask.caller, body.model_dump_json().encode())) is not None:
        answer, created = _stored_answer(ask, stored)
        return event_stream(in_thread(_replayed_chunks(_builder(ask, body, answer.id, created), answer)), ping=PING)
    events = ask.events(asked)
    try:
        first_event = next(events)
    except BaseException:
        ask.once.end(ask.caller, None)
        raise
    return event_stream(in_thread(_chunks(ask, _builder(ask, body), chain((first_event,), events))), ping=PING)


def _chunks(ask: Ask, builder: CompletionBuilder, events: chain[ServerEvent]) -> Generator[RawEvent]:
    """Yield the answer's chunks; end the idempotent request with the answer, or free its key if there is none."""
    response: Response | None = None
    text_sent = False
    try:
        yield builder.role_chunk()
        for event in events:
            if event.name == "delta":
                text_sent = True
                yield builder.text_chunk(event.data["text"])
            elif event.name == FINAL:
                answer = AnswerView.model_validate(event.data)
                response = _id_response(answer.id)
                if rest := notes(answer) if text_sent else text_of(answer):
                    yield builder.text_chunk(rest)
                yield from builder.final_chunks(answer)
    except Exception as error:  # a request's boundary: the stream has begun, so the error is its last event
        log.warning("stream_interrupted", error=type(error).__name__, at=where(error))
        yield data_event(_error(error))
    finally:
        ask.once.end(ask.caller, response)


def _replayed_chunks(builder: CompletionBuilder, answer: AnswerView) -> Generator[RawEvent]:
    yield builder.role_chunk()
    yield builder.text_chunk(text_of(answer))
    yield from builder.final_chunks(answer)


def _builder(ask: Ask, body: ChatBody, answer_id: str | None = None, created: int | None = None) -> CompletionBuilder:
    """Return the builder of a response. A stream has an id of its own, because it starts before its answer has one."""
    site = str(ask.request.base_url).rstrip("/")
    return CompletionBuilder(
        f"chatcmpl-{answer_id or new_id('str')}",
        created or int(time.time()),
        body,
        site,
        standalone_question(body.messages),
    )


def _id_only(response: Response) -> Response:
    """Return what is stored for a repeated request: only the id, so that quotes are read again with current rights."""
    return _id_response(json.loads(bytes(response.body))["vouch"]["id"])


def _id_response(answer_id: str) -> Response:
    return Response(json.dumps({"id": answer_id}), media_type="application/json")


def _replay(ask: Ask, body: ChatBody, stored: Response) -> Response:
    answer, created = _stored_answer(ask, stored)
    replayed = reply(_builder(ask, body, answer.id, created).completion(answer))
    replayed.headers[REPLAYED] = "true"
    return replayed


def _stored_answer(ask: Ask, stored: Response) -> tuple[AnswerView, int]:
    """Return an answer as its caller may read it now, and its time (Unix). Raises NotFound if it was forgotten."""
    with ask.services.db.read() as session:
        record = journal.get_answer(session, json.loads(bytes(stored.body))["id"], ask.caller)
        view = stored_view(session, record, ask.caller)
    answer = AnswerView.model_validate(view.model_dump(include=set(AnswerView.model_fields)))
    return answer, int(view.created_at.timestamp())


def _error(error: Exception) -> dict[str, object]:
    if isinstance(error, VouchError):
        return error_body(openai_status(status_of(error)), error.code, str(error))
    return error_body(500, "internal", "The answer was interrupted. The log shows where, under the request's id.")
