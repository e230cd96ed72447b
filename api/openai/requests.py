"""Request bodies of OpenAI's clients, and which of their fields have an effect.

What asks for another kind of response (several answers, JSON, sound, a tool that must be called) is refused. All other
fields are accepted and change nothing, because answers are quotes or checked text. Only the last user message must be
text; of earlier messages the text is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from api.schemas.common import JSON_NUMBER, Body, Flag
from core.types import AnswerMode, Json
from generation.question.guard import MAX_CHARACTERS

NEUTRAL: dict[str, tuple[Json, ...]] = {
    "n": (1,),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "web_search_options": (),
}
"""Parameters that ask for another kind of response, with the values that ask for none; null always does."""

WHY = {
    "n": "Vouch gives one answer per question.",
    "tool_choice": "Vouch calls no tools, so it cannot be required to.",
    "function_call": "Vouch calls no functions, so it cannot be required to.",
    "response_format": "Vouch answers in text; structured fields are in `vouch`.",
    "modalities": "Vouch answers in text.",
}

TEXTUAL = ("text", "refusal")


def _ignore(_: Json) -> None:
    """Return nothing, whatever was sent: the value is neither checked nor stored."""


Ignored = Annotated[Json, BeforeValidator(_ignore), Field(description="Accepted, but has no effect here.")]
"""A setting of a model that writes freely. Clients send such settings by default, also odd ones."""


class Tolerant(BaseModel):
    """Base of OpenAI's bodies: a field that Vouch does not know is ignored, as its clients send new ones each year."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Text that can be encoded as UTF-8 and stored."""


def _text(content: Json) -> Json:
    """Return a message's content as one text; several text parts are joined by line breaks."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    return "\n".join(text for part in content if (text := _part(part)) is not None)


def _part(part: Json) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else None
    text = part.get(kind) if kind in TEXTUAL else None
    return text if isinstance(text, str) else None


class ChatMessage(BaseModel):
    """One message. Other fields, such as the `annotations` of an answer that is sent back, are ignored.

    Parts that are not text are left out; whether that matters depends on whether the message is the question.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[Text, BeforeValidator(_text, json_schema_input_type=str | list[dict[str, Json]] | None)] = ""
    _only_text: bool = PrivateAttr(True)

    @model_validator(mode="wrap")
    @classmethod
    def _notice_other_parts(cls, given: Json, handler: ModelWrapValidatorHandler[ChatMessage]) -> ChatMessage:
        message = handler(given)
        parts = given.get("content") if isinstance(given, dict) else None
        message._only_text = not isinstance(parts, list) or all(_part(part) is not None for part in parts)
        return message

    @property
    def only_text(self) -> bool:
        """Whether nothing was left out: no image, sound or file."""
        return self._only_text


class StreamOptions(Tolerant):
    """`include_usage` adds one more chunk, with the usage and without choices."""

    include_usage: Flag | None = False


class ChatBody(Tolerant):
    """A chat: the last user message is the question; `model` is the collection to search, or `vouch` for all.

    Fields that are not named here have no effect.
    """

    model: Annotated[Text, Field(min_length=1)]
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    mode: AnswerMode = Field("auto", description="As for `/v1/answers`; OpenAI has no such field.")
    stream: Flag | None = False
    stream_options: StreamOptions | None = None

    n: Json = None
    tool_choice: Json = None
    function_call: Json = None
    response_format: Json = None
    logprobs: Json = None
    top_logprobs: Json = None
    modalities: Json = None
    audio: Json = None
    web_search_options: Json = None

    tools: Ignored = None
    functions: Ignored = None
    parallel_tool_calls: Ignored = None
    stop: Ignored = None
    max_tokens: Ignored = None
    max_completion_tokens: Ignored = None
    temperature: Ignored = None
    top_p: Ignored = None
    presence_penalty: Ignored = None
    frequency_penalty: Ignored = None
    logit_bias: Ignored = None
    seed: Ignored = None
    prediction: Ignored = None
    user: Ignored = None
    metadata: Ignored = None
    store: Ignored = None
    reasoning_effort: Ignored = None
    verbosity: Ignored = None
    service_tier: Ignored = None

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
        last = next((message for message in reversed(messages) if message.role == "user"), None)
        if last is not None and not last.only_text:
            why = "Vouch reads only text: every part of the last user message must have the type `text`."
            raise PydanticCustomError("unsupported_value", why)
        question = last.content if last is not None else ""
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


Filled = Annotated[Text, Field(min_length=1)]
Texts = Annotated[list[Filled], Field(min_length=1, max_length=2048)]


class EmbeddingsBody(Body):
    """Texts to embed; `input_type` chooses the embedder's prefix for passages or for queries."""

    model: Annotated[Text, Field(min_length=1)]
    input: Annotated[Texts, BeforeValidator(_texts, json_schema_input_type=Filled | Texts)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, JSON_NUMBER] | None = Field(None, description="The embedder's own dimension, or null.")
    input_type: Literal["passage", "query"] = Field("passage", description="OpenAI has no such field.")
    user: Text | None = None
