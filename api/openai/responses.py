"""An answer for OpenAI's clients: a chat completion, or its chunks, together with Vouch's own answer.

Chat clients render `content` as Markdown, so text from documents is escaped there; in Vouch's own answer it is
verbatim.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.inert import inert_markdown
from api.openai.annotations import AnnotationView, annotations_of
from api.openai.requests import ChatBody
from api.schemas.answers import AnswerView
from api.schemas.common import View
from core.types import Json

BYTES_PER_TOKEN = 4
WITHDRAWN = "The documents of this answer have been deleted, or this key may no longer see them."


class UsageView(View):
    """Tokens, estimated as one for every four bytes of UTF-8: most answers are made without a tokenizer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: Literal[True] = True


class MessageView(View):
    """The message. `refusal` is always null: when the manuals do not answer, `content` says so.

    `content` is Markdown that shows the documents' characters as they are: no image loads, no text becomes a link.
    """

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[AnnotationView]


class ChoiceView(View):
    """The only choice."""

    index: int = 0
    message: MessageView
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class CompletionView(View):
    """A chat completion; `vouch` is the answer as `/v1/answers` gives it."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChoiceView]
    usage: UsageView
    vouch: AnswerView


@dataclass(frozen=True, slots=True)
class RawEvent:
    """Text that is sent to the stream as it is."""

    text: str

    def encoded(self) -> bytes:
        return self.text.encode()


DONE = RawEvent("data: [DONE]\n\n")
PING = RawEvent(": ping\n\n")
"""A comment: OpenAI's clients take every event for a chunk."""


@dataclass(frozen=True, slots=True)
class CompletionBuilder:
    """Builds a completion or its chunks; the fields are what every chunk of one stream repeats."""

    id: str
    created: int
    body: ChatBody
    site: str
    """The base URL of the web pages; citations link there."""
    standalone: str | None = None
    """How a follow-up was understood; None if the last message was asked as it is."""

    def completion(self, answer: AnswerView) -> CompletionView:
        """Return the whole answer at once."""
        content = inert_markdown(text_of(answer))
        message = MessageView(content=content, annotations=annotations_of(answer, content, self.site))
        return CompletionView(
            id=self.id,
            created=self.created,
            model=self.body.model,
            choices=[ChoiceView(message=message)],
            usage=usage(self.body, content),
            vouch=self._vouch_answer(answer),
        )

    def role_chunk(self) -> RawEvent:
        """Return the first chunk, which holds the role."""
        return self._chunk({"role": "assistant", "content": ""})

    def text_chunk(self, text: str) -> RawEvent:
        """Return a chunk with the next part of the answer's text."""
        return self._chunk({"content": inert_markdown(text)})

    def final_chunks(self, answer: AnswerView) -> Iterator[RawEvent]:
        """Yield the end of a stream: citations with Vouch's answer, then the usage if it is wanted, then `[DONE]`."""
        content = inert_markdown(text_of(answer))
        annotations = [each.model_dump(mode="json") for each in annotations_of(answer, content, self.site)]
        vouch = self._vouch_answer(answer).model_dump(mode="json")
        yield self._chunk({"annotations": annotations}, "stop", vouch=vouch)
        if self.body.wants_usage:
            yield self._event({"choices": [], "usage": usage(self.body, content).model_dump()})
        yield DONE

    def _vouch_answer(self, answer: AnswerView) -> AnswerView:
        return answer.model_copy(update={"standalone_question": self.standalone})

    def _chunk(self, delta: dict[str, Json], finish: str | None = None, **members: Json) -> RawEvent:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        unused = {"usage": None} if self.body.wants_usage else {}
        return self._event({"choices": [choice], **unused, **members})

    def _event(self, members: dict[str, Json]) -> RawEvent:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.body.model}
        return data_event(head | members)


def data_event(value: Json) -> RawEvent:
    """Return a value as one event without a name. All ASCII: some clients split lines at Unicode's separators."""
    return RawEvent(f"data: {json.dumps(value)}\n\n")


def text_of(answer: AnswerView) -> str:
    """Return the message's text: the answer, or why there is none and where the closest passages are.

    Where sources disagree, the quotes of each come before the closest passages.
    """
    if answer.refusal is None:
        return (answer.text or WITHDRAWN) + notes(answer)
    cited = {citation.chunk_id for citation in answer.citations}
    quotes = [f"“{' '.join(each.quote.split())}” [{each.id}]" for each in answer.citations]
    places = [
        " ".join(f"- {passage.title}{_page(passage.page)}{_under(passage.heading)}".split())
        for passage in answer.closest
        if passage.chunk_id not in cited
    ]
    parts = (answer.refusal.message, "\n".join(quotes), "\n".join(places))
    return "\n\n".join(part for part in parts if part)


def notes(answer: AnswerView) -> str:
    """Return what follows an answer's text: what it lacks, and who approved an answer from the cache; else ""."""
    lacking = [f"Not answered: {line}" for line in (answer.missing or "").splitlines() if line.strip()]
    approved = [f"({answer.remembered.sentence()})"] if answer.remembered is not None else []
    return "".join(f"\n\n{note}" for note in (*lacking, *approved))


def usage(body: ChatBody, content: str) -> UsageView:
    """Estimate the tokens of all messages that were sent, and of the text that was returned."""
    prompt, completion = sum(estimated_tokens(message.content) for message in body.messages), estimated_tokens(content)
    return UsageView(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def estimated_tokens(text: str) -> int:
    """Return an estimate of a text's tokens: one for every four bytes of UTF-8, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def _page(page: int | None) -> str:
    return f", page {page}" if page is not None else ""


def _under(heading: list[str]) -> str:
    return f": {heading[-1]}" if heading else ""
