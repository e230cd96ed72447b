"""What OpenAI's clients send, and what of it is read here.

A setting that would change what is said is refused and not passed over; one that only moves a sampler is taken and
changes nothing, because answers are quotes or checked words. Earlier and system messages are not obeyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from api.schemas.common import Body
from core.types import AnswerMode, Json
from generation.question.guard import MAX_CHARACTERS

NEUTRAL: dict[str, tuple[Json, ...]] = {
    "n": (1,),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "stop": ([],),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
}
"""What is not offered, with the values that ask for nothing; null always does."""

WHY = {
    "n": "Vouch gives one answer to a question.",
    "tools": "Vouch calls no tools.",
    "functions": "Vouch calls no functions.",
    "response_format": "Vouch answers in text; its fields are in `vouch`.",
    "stop": "An answer of quotes is not cut.",
    "modalities": "Vouch answers in text.",
}

TEXTUAL = ("text", "refusal")
IDLE = "Changes nothing here."

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""What can be written as UTF-8, and stored."""


def _text(content: Json) -> Json:
    """Return a message's content as one text; parts of text are joined by line breaks."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    texts = [text for part in content if (text := _part(part)) is not None]
    if len(texts) < len(content):
        raise PydanticCustomError("unsupported_value", "Vouch reads text: every part must be of the type `text`.")
    return "\n".join(texts)


def _part(part: Json) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else None
    text = part.get(kind) if kind in TEXTUAL else None
    return text if isinstance(text, str) else None


class ChatMessage(BaseModel):
    """One turn. Further fields, such as the `annotations` of an answer that is sent back, are not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[Text, BeforeValidator(_text, json_schema_input_type=str | list[dict[str, str]] | None)] = ""


class StreamOptions(Body):
    """`include_usage` sends one more chunk, with the usage and without choices."""

    include_usage: bool | None = False
    include_obfuscation: bool | None = False


class ChatBody(Body):
    """A chat: the last user message is the question, `model` says in which collection the answer is looked for."""

    model: Annotated[Text, Field(min_length=1)]
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    mode: AnswerMode = Field("auto", description="As for `/v1/answers`; not one of OpenAI's.")
    stream: bool | None = False
    stream_options: StreamOptions | None = None

    n: Json = None
    tools: Json = None
    tool_choice: Json = None
    functions: Json = None
    function_call: Json = None
    response_format: Json = None
    logprobs: Json = None
    top_logprobs: Json = None
    logit_bias: Json = None
    stop: Json = None
    modalities: Json = None
    audio: Json = None
    prediction: Json = None
    web_search_options: Json = None

    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(None, description=IDLE)
    top_p: Annotated[float, Field(ge=0, le=1)] | None = Field(None, description=IDLE)
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = Field(None, description=IDLE)
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = Field(None, description=IDLE)
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description=IDLE)
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description=IDLE)
    seed: int | None = Field(None, description=IDLE)
    user: Text | None = Field(None, description=IDLE)
    metadata: dict[Text, Text] | None = Field(None, description=IDLE)
    store: bool | None = Field(None, description=IDLE)
    parallel_tool_calls: bool | None = Field(None, description=IDLE)
    reasoning_effort: Text | None = Field(None, description=IDLE)
    verbosity: Text | None = Field(None, description=IDLE)
    service_tier: Text | None = Field(None, description=IDLE)
    safety_identifier: Text | None = Field(None, description=IDLE)
    prompt_cache_key: Text | None = Field(None, description=IDLE)
    prompt_cache_retention: Text | None = Field(None, description=IDLE)

    @field_validator(*NEUTRAL)
    @classmethod
    def _not_offered(cls, value: Json, info: ValidationInfo) -> Json:
        if value is None or value in NEUTRAL[str(info.field_name)]:
            return None
        why = WHY.get(str(info.field_name), "This is not offered here.")
        raise PydanticCustomError("unsupported_parameter", "{why}", {"why": why})

    @field_validator("messages")
    @classmethod
    def _asks(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        asked = question_of(messages)
        if not asked.strip():
            raise PydanticCustomError("invalid_value", "The last user message is the question; there is none.")
        if len(asked) > MAX_CHARACTERS:
            told = {"length": len(asked), "most": MAX_CHARACTERS}
            why = "The question has {length} characters; at most {most} are read."
            raise PydanticCustomError("string_above_max_length", why, told)
        return messages

    @field_validator("stream_options")
    @classmethod
    def _streams(cls, options: StreamOptions | None, info: ValidationInfo) -> StreamOptions | None:
        if options is not None and not info.data.get("stream"):
            raise PydanticCustomError("invalid_value", "This is only for `stream`.")
        return options

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)


def question_of(messages: Sequence[ChatMessage]) -> str:
    """Return what is asked: the last user message, as it stands."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _texts(given: Json) -> Json:
    """Return what is to be embedded as a list."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or any(not isinstance(text, str) for text in texts):
        raise PydanticCustomError("unsupported_value", "Send text, or a list of texts: arrays of tokens are not read.")
    return texts


class EmbeddingsBody(Body):
    """Texts to vectors by the embedder that serves; `input_type` says which of its prefixes is wanted."""

    model: Annotated[Text, Field(min_length=1)]
    input: Annotated[
        list[Annotated[Text, Field(min_length=1)]],
        Field(min_length=1, max_length=2048),
        BeforeValidator(_texts, json_schema_input_type=str | list[str]),
    ]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, description="The embedder's own, or nothing.")
    input_type: Literal["passage", "query"] = Field("passage", description="Not one of OpenAI's.")
    user: Text | None = None
