"""Request bodies of OpenAI's clients, and which of their fields have an effect.

A setting that would change the answer's content is refused, not ignored. A setting of the sampler is accepted and
changes nothing, because answers are quotes or checked text. Earlier and system messages are not followed.
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
"""Parameters that are not supported, with the values that are accepted because they have no effect; null always is."""

WHY = {
    "n": "Vouch gives one answer per question.",
    "tools": "Vouch calls no tools.",
    "functions": "Vouch calls no functions.",
    "response_format": "Vouch answers in text; structured fields are in `vouch`.",
    "stop": "Vouch does not cut an answer of quotes.",
    "modalities": "Vouch answers in text.",
}

TEXTUAL = ("text", "refusal")
NO_EFFECT = "Accepted, but has no effect here."

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Text that can be encoded as UTF-8 and stored."""


def _text(content: Json) -> Json:
    """Return a message's content as one text; several text parts are joined by line breaks."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    texts = [text for part in content if (text := _part(part)) is not None]
    if len(texts) < len(content):
        raise PydanticCustomError("unsupported_value", "Vouch reads only text: every part must have the type `text`.")
    return "\n".join(texts)


def _part(part: Json) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else None
    text = part.get(kind) if kind in TEXTUAL else None
    return text if isinstance(text, str) else None


class ChatMessage(BaseModel):
    """One message. Other fields, such as the `annotations` of an answer that is sent back, are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[Text, BeforeValidator(_text, json_schema_input_type=str | list[dict[str, str]] | None)] = ""


class StreamOptions(Body):
    """`include_usage` adds one more chunk, with the usage and without choices."""

    include_usage: bool | None = False
    include_obfuscation: bool | None = False


class ChatBody(Body):
    """A chat: the last user message is the question; `model` is the collection to search, or `vouch` for all."""

    model: Annotated[Text, Field(min_length=1)]
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    mode: AnswerMode = Field("auto", description="As for `/v1/answers`; OpenAI has no such field.")
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

    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(None, description=NO_EFFECT)
    top_p: Annotated[float, Field(ge=0, le=1)] | None = Field(None, description=NO_EFFECT)
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = Field(None, description=NO_EFFECT)
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = Field(None, description=NO_EFFECT)
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description=NO_EFFECT)
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description=NO_EFFECT)
    seed: int | None = Field(None, description=NO_EFFECT)
    user: Text | None = Field(None, description=NO_EFFECT)
    metadata: dict[Text, Text] | None = Field(None, description=NO_EFFECT)
    store: bool | None = Field(None, description=NO_EFFECT)
    parallel_tool_calls: bool | None = Field(None, description=NO_EFFECT)
    reasoning_effort: Text | None = Field(None, description=NO_EFFECT)
    verbosity: Text | None = Field(None, description=NO_EFFECT)
    service_tier: Text | None = Field(None, description=NO_EFFECT)
    safety_identifier: Text | None = Field(None, description=NO_EFFECT)
    prompt_cache_key: Text | None = Field(None, description=NO_EFFECT)
    prompt_cache_retention: Text | None = Field(None, description=NO_EFFECT)

    @field_validator(*NEUTRAL)
    @classmethod
    def _not_offered(cls, value: Json, info: ValidationInfo) -> Json:
        if value is None or value in NEUTRAL[str(info.field_name)]:
            return None
        why = WHY.get(str(info.field_name), "Vouch does not support this.")
        raise PydanticCustomError("unsupported_parameter", "{why}", {"why": why})

    @field_validator("messages")
    @classmethod
    def _has_question(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        question = last_user_message(messages)
        if not question.strip():
            raise PydanticCustomError("invalid_value", "The last user message is the question; it is missing or empty.")
        if len(question) > MAX_CHARACTERS:
            why = "The question has {length} characters; at most {max_length} are read."
            context = {"length": len(question), "max_length": MAX_CHARACTERS}
            raise PydanticCustomError("string_above_max_length", why, context)
        return messages

    @field_validator("stream_options")
    @classmethod
    def _only_with_stream(cls, options: StreamOptions | None, info: ValidationInfo) -> StreamOptions | None:
        if options is not None and not info.data.get("stream"):
            raise PydanticCustomError("invalid_value", "This is only allowed with `stream`.")
        return options

    @property
    def wants_usage(self) -> bool:
        """Whether the stream ends with a usage chunk."""
        return bool(self.stream_options and self.stream_options.include_usage)


def last_user_message(messages: Sequence[ChatMessage]) -> str:
    """Return the content of the last user message; "" if there is none."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _texts(given: Json) -> Json:
    """Return the texts to embed as a list."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or any(not isinstance(text, str) for text in texts):
        raise PydanticCustomError(
            "unsupported_value", "Send a text or a list of texts: arrays of tokens are not supported."
        )
    return texts


class EmbeddingsBody(Body):
    """Texts to embed; `input_type` chooses the embedder's prefix for passages or for queries."""

    model: Annotated[Text, Field(min_length=1)]
    input: Annotated[
        list[Annotated[Text, Field(min_length=1)]],
        Field(min_length=1, max_length=2048),
        BeforeValidator(_texts, json_schema_input_type=str | list[str]),
    ]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, description="The embedder's own dimension, or null.")
    input_type: Literal["passage", "query"] = Field("passage", description="OpenAI has no such field.")
    user: Text | None = None
