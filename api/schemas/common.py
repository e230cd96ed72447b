"""What all schemas share: strict bodies, views of core's values, pages, and problems.

A body with an unknown field is refused: a misspelt filter must not silently find everything.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from core.paging import MAX_LIMIT, Page
from core.types import Json

T = TypeVar("T")

Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=120),
    Field(description="Letters, digits, dot, dash and underscore."),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]

Flag = Annotated[bool, Field(strict=True)]
"""A boolean in a JSON body: 0, 1 and texts are not booleans there."""


def _number(given: Json) -> Json:
    """Return what was given; a text or a boolean is not a number in JSON."""
    if isinstance(given, str | bool):
        raise PydanticCustomError("number_type", "Input should be a number, not a text or a boolean")
    return given


JSON_NUMBER = BeforeValidator(_number)
"""Stands after a number's limits, which the schema would lose otherwise."""

Sorted = Annotated[list[str], BeforeValidator(sorted)]


class Body(BaseModel):
    """Base of request bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """Base of response bodies."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class PageQuery(Body):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the previous page.")


class PageView(View, Generic[T]):
    """A page of a list, newest first unless the route says otherwise."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


class FieldProblem(View):
    """One field of a request that is wrong."""

    field: str
    where: str
    message: str
    code: str


class Problem(View):
    """Problem details as in RFC 9457; `code` is stable and meant for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []


def page_view(page: Page[Json], data: list[T]) -> PageView[T]:
    """Return a page with `data`, the views of the page's items."""
    return PageView[T](data=data, has_more=page.has_more, next_cursor=page.next_cursor)
