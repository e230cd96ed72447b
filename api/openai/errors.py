"""Errors in OpenAI's format, `{"error": {message, type, param, code}}`, for the routes of OpenAI's protocol.

`api.errors` decides which error has which status; this module only changes the format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from core.errors import NotFound
from core.types import Json

PATHS = re.compile(
    r"/v1/(?:models|chat|embeddings|completions|responses|moderations|images|audio|files|batches|fine_tuning"
    r"|assistants|threads|vector_stores)(?:/|$)"
)
"""Paths that OpenAI's clients call; those that are not offered here also answer in OpenAI's format."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
MAX_SHOWN = 5
"""Fields that are named in one message."""

CODES = {
    "unauthenticated": "invalid_api_key",
    "rate_limited": "rate_limit_exceeded",
    "forbidden": "insufficient_permissions",
    "not_found": "unknown_url",
}
FIELD_CODES = {"missing": "missing_required_parameter", "extra_forbidden": "unknown_parameter"}
OPENAI_CODES = frozenset({"unsupported_parameter", "unsupported_value", "invalid_value", "string_above_max_length"})
"""Codes that `api.openai.requests` raises itself; all other codes of Pydantic become `invalid_value`."""


class ErrorDetail(BaseModel):
    """What went wrong. `code` is stable and meant for programs; `param` is the field that is wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """An error of the routes for OpenAI's clients."""

    error: ErrorDetail


class ModelNotFound(NotFound):
    """The model does not exist, or this key may not see it."""

    code = "model_not_found"

    def __init__(self, model: str) -> None:
        named = f"The model `{model}`" if NAME.fullmatch(model) else "The model"  # anything else may be a question
        super().__init__(f"{named} does not exist or you do not have access to it.", hint="See GET /v1/models.")


def speaks_openai(path: str) -> bool:
    """Return whether this path belongs to OpenAI's protocol."""
    return PATHS.match(path) is not None


def openai_status(status: int) -> int:
    """Return the status that OpenAI's clients know: 400 for every invalid request."""
    return 400 if status in (415, 422) else status


def error_body(status: int, code: str, detail: str, fields: Sequence[Mapping[str, Json]] = ()) -> dict[str, Json]:
    """Return the body of an error, also for an error inside a stream that has begun."""
    param: str | None = None
    code = CODES.get(code, code)
    if fields:
        detail = " ".join(f"{_param(field['field'])}: {_sentence(field['message'])}" for field in fields[:MAX_SHOWN])
        param = _param(fields[0]["field"])
        field_code = str(fields[0]["code"])
        code = FIELD_CODES.get(field_code, field_code if field_code in OPENAI_CODES else "invalid_value")
    error = ErrorDetail(message=detail, type=_type(status), param=param, code=code)
    return OpenAIError(error=error).model_dump()


def _type(status: int) -> str:
    if status == 429:
        return "requests"
    return "server_error" if status >= 500 else "invalid_request_error"


def _param(field: str) -> str:
    """Return `messages.0.role` as `messages[0].role`."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", str(field))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
