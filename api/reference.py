"""The API reference: the OpenAPI document with its problems, and the same as a plain HTML page.

The page has no scripts and loads nothing, so it works without a network and under the strictest content policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import MEDIA_TYPE
from api.openai.errors import OpenAIError, openai_status, speaks_openai
from api.schemas.common import Problem
from core.types import Json

ALWAYS = (401, 403, 422, 429, 503)
"""Error statuses that every route under `/v1` may return."""
WITH_BODY = (400, 413)
"""Error statuses of a route that reads a body: it cannot be parsed, or is too large."""

Responses = dict[int | str, dict[str, Any]]
"""The type of a route's `responses` in FastAPI."""

REF = "#/components/schemas/{model}"


def problems(*statuses: int) -> Responses:
    """Return a route's `responses` for these problems; the statuses of every route are added later."""
    return {status: _problem(status) for status in statuses}


def openapi(app: FastAPI) -> dict[str, Json]:
    """Return the OpenAPI document; every error in it is a Problem, or an OpenAIError for OpenAI's clients."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = schema["components"]["schemas"]
        for shape in (Problem, OpenAIError):
            described = shape.model_json_schema(ref_template=REF)
            components.update(described.pop("$defs"), **{shape.__name__: described})
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                _add_errors(path, operation["responses"], WITH_BODY if "requestBody" in operation else ())
        app.openapi_schema = schema
    return app.openapi_schema


def page(schema: dict[str, Json]) -> str:
    """Return the document as one HTML page."""
    parts = [_operation(path, method, op) for path, ops in schema["paths"].items() for method, op in ops.items()]
    shapes = [_shape(name, shape) for name, shape in sorted(schema["components"]["schemas"].items())]
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title></head><body>'
        f"<h1>{title} API</h1><p>{escape(schema['info']['description'])}</p>"
        '<p>For programs: <a href="/openapi.json">openapi.json</a></p>'
        f"<h2>Routes</h2>{''.join(parts)}<h2>Shapes</h2>{''.join(shapes)}</body></html>"
    )


def _problem(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _openai_problem(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REF.format(model="OpenAIError")}}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _add_errors(path: str, responses: dict[str, Json], more: Sequence[int]) -> None:
    if speaks_openai(path):
        for status in {*ALWAYS, *more, *(int(given) for given in responses if given != "200")}:
            responses.pop(str(status), None)
            responses[str(openai_status(status))] = _openai_problem(openai_status(status))
    elif path.startswith("/v1/"):
        for status in (*ALWAYS, *more):
            responses[str(status)] = _problem(status)


def _operation(path: str, method: str, operation: dict[str, Json]) -> str:
    answers = ", ".join(f"{status} {escape(str(r['description']))}" for status, r in operation["responses"].items())
    return (
        f"<details><summary><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<p>{escape(operation.get('description', ''))}</p><ul>{''.join(_inputs(operation))}</ul>"
        f"<p>Answers: {answers}</p></details>"
    )


def _inputs(operation: dict[str, Json]) -> Iterator[str]:
    for given in operation.get("parameters", []):
        yield f"<li>{escape(given['in'])} <code>{escape(given['name'])}</code>: {_type(given.get('schema', {}))}</li>"
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<li>body {escape(media_type)}: {_type(body['schema'])}</li>"


def _shape(name: str, shape: dict[str, Json]) -> str:
    required = shape.get("required", [])
    rows = [
        f"<li><code>{escape(field)}</code>{'' if field in required else ' (optional)'}: {_type(schema)}"
        f" {escape(schema.get('description', ''))}</li>"
        for field, schema in shape.get("properties", {}).items()
    ]
    about = escape(shape.get("description", ""))
    head = f'<details id="{escape(name)}"><summary>{escape(name)}</summary>'
    return f"{head}<p>{about}</p><ul>{''.join(rows)}</ul></details>"


def _type(schema: dict[str, Json]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return " or ".join(_type(choice) for choice in choices)
    if values := schema.get("enum"):
        return " | ".join(escape(repr(value)) for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("type", schema.get("const", "anything"))))
