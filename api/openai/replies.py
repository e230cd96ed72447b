"""An answer as OpenAI's clients get it: a chat completion, or its chunks, with Vouch's own answer beside it.

Chat clients render `content` as Markdown, so text from documents is made inert there; in Vouch's own answer it is
verbatim.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.openai.annotations import AnnotationView, annotated
from api.openai.requests import ChatBody
from api.schemas.answers import AnswerView
from api.schemas.common import View
from core.types import Json
from generation.phrasing.screen import inert

BYTES_A_TOKEN = 4
GONE = "What this was answered from has been withdrawn, or this key may no longer see it."


class UsageView(View):
    """Tokens, estimated as one for every four bytes of UTF-8: most answers are made without a tokenizer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: Literal[True] = True


class MessageView(View):
    """What is said. `refusal` is always null: that the manuals do not say is an answer, told in `content`.

    `content` is Markdown that shows the documents' own characters: no image in it loads, no link leads away.
    """

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[AnnotationView]


class ChoiceView(View):
    """The one choice there is."""

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
class Line:
    """Something that is sent as it is."""

    text: str

    def encoded(self) -> bytes:
        return self.text.encode()


DONE = Line("data: [DONE]\n\n")
PING = Line(": ping\n\n")
"""A comment: their clients take every event for a chunk."""


@dataclass(frozen=True, slots=True)
class Head:
    """What every chunk of one stream repeats."""

    id: str
    created: int
    body: ChatBody
    site: str
    """Where the pages for people are; citations lead there."""
    standalone: str | None = None
    """What the last message was taken to mean, where it was not taken as it is."""

    def completion(self, answer: AnswerView) -> CompletionView:
        """Return the whole answer at once."""
        content = inert(words(answer))
        said = MessageView(content=content, annotations=annotated(answer, content, self.site))
        return CompletionView(
            id=self.id,
            created=self.created,
            model=self.body.model,
            choices=[ChoiceView(message=said)],
            usage=usage(self.body, content),
            vouch=self._told(answer),
        )

    def first(self) -> Line:
        """Return the chunk that says who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def more(self, text: str) -> Line:
        """Return a chunk with more of the answer."""
        return self._chunk({"content": inert(text)})

    def last(self, answer: AnswerView) -> Iterator[Line]:
        """Yield what ends a stream: citations and Vouch's answer, then the usage where it is wanted."""
        cited = [each.model_dump(mode="json") for each in annotated(answer, inert(words(answer)), self.site)]
        yield self._chunk({"annotations": cited}, "stop", vouch=self._told(answer).model_dump(mode="json"))
        if self.body.wants_usage:
            yield self._line({"choices": [], "usage": usage(self.body, inert(words(answer))).model_dump()})
        yield DONE

    def _told(self, answer: AnswerView) -> AnswerView:
        return answer.model_copy(update={"standalone_question": self.standalone})

    def _chunk(self, delta: dict[str, Json], finish: str | None = None, **members: Json) -> Line:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        unused = {"usage": None} if self.body.wants_usage else {}
        return self._line({"choices": [choice], **unused, **members})

    def _line(self, members: dict[str, Json]) -> Line:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.body.model}
        return data(head | members)


def data(value: Json) -> Line:
    """Return a value as one event without a name. All ASCII: some clients break lines where Unicode has a separator."""
    return Line(f"data: {json.dumps(value)}\n\n")


def words(answer: AnswerView) -> str:
    """Return what a person is told: the answer, or why there is none and where the nearest passages stand.

    Where sources disagree, what each of them says comes first.
    """
    if answer.refusal is None:
        return (answer.text or GONE) + again(answer)
    cited = {citation.chunk_id for citation in answer.citations}
    quotes = [f"“{' '.join(each.quote.split())}” [{each.id}]" for each in answer.citations]
    places = [
        " ".join(f"- {passage.title}{_page(passage.page)}{_under(passage.heading)}".split())
        for passage in answer.closest
        if passage.chunk_id not in cited
    ]
    parts = (answer.refusal.message, "\n".join(quotes), "\n".join(places))
    return "\n\n".join(part for part in parts if part)


def again(answer: AnswerView) -> str:
    """Return what is said behind an answer that was given before: whose approval it bears."""
    return f"\n\n({answer.remembered.sentence()})" if answer.remembered is not None else ""


def usage(body: ChatBody, content: str) -> UsageView:
    """Estimate the tokens of all messages that were sent, and of the text that was returned."""
    asked, said = sum(tokens(message.content) for message in body.messages), tokens(content)
    return UsageView(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)


def tokens(text: str) -> int:
    """Estimate how many tokens a text has."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def _page(page: int | None) -> str:
    return f", page {page}" if page is not None else ""


def _under(heading: list[str]) -> str:
    return f": {heading[-1]}" if heading else ""
