"""Errors as OpenAI's clients read them: `{"error": {message, type, param, code}}` under the routes that speak so.

Which class of ours has which status is decided in `api.errors`; here it is put into other words.
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
"""What this client calls; it is told in its own shape too what is not offered here."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
SHOWN = 5

CODES = {
    "unauthenticated": "invalid_api_key",
    "rate_limited": "rate_limit_exceeded",
    "forbidden": "insufficient_permissions",
    "not_found": "unknown_url",
}
FIELD_CODES = {"missing": "missing_required_parameter", "extra_forbidden": "unknown_parameter"}
OURS = frozenset({"unsupported_parameter", "unsupported_value", "invalid_value", "string_above_max_length"})
"""Codes that `api.openai.requests` gives itself; what else Pydantic finds is an `invalid_value`."""


class ErrorDetail(BaseModel):
    """What went wrong. `code` is stable and meant for programs, `param` the field that it is about."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """An error under the routes for OpenAI's clients."""

    error: ErrorDetail


class ModelNotFound(NotFound):
    """No such model, or one that this key may not know of."""

    code = "model_not_found"

    def __init__(self, model: str) -> None:
        named = f"The model `{model}`" if NAME.fullmatch(model) else "The model"  # anything else may be a question
        super().__init__(f"{named} does not exist or you do not have access to it.", hint="See GET /v1/models.")


def speaks_openai(path: str) -> bool:
    """Tell whether what lies at this path is for OpenAI's clients."""
    return PATHS.match(path) is not None


def openai_status(status: int) -> int:
    """Return the status that their clients know: a request that means nothing is a bad one."""
    return 400 if status in (415, 422) else status


def error_body(status: int, code: str, detail: str, fields: Sequence[Mapping[str, Json]] = ()) -> dict[str, Json]:
    """Return the body of an error, also for one inside a stream that has begun."""
    param: str | None = None
    code = CODES.get(code, code)
    if fields:
        detail = " ".join(f"{_param(field['field'])}: {_sentence(field['message'])}" for field in fields[:SHOWN])
        param = _param(fields[0]["field"])
        found = str(fields[0]["code"])
        code = FIELD_CODES.get(found, found if found in OURS else "invalid_value")
    told = ErrorDetail(message=detail, type=_type(status), param=param, code=code)
    return OpenAIError(error=told).model_dump()


def _type(status: int) -> str:
    if status == 429:
        return "requests"
    return "server_error" if status >= 500 else "invalid_request_error"


def _param(field: str) -> str:
    """Write `messages.0.role` as `messages[0].role`."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", str(field))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
