"""What the tools take. The descriptions are read by a model that decides how to call, so they say what to give.

Bounds are those of the routes, or narrower: a tool's result has to fit beside a conversation.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from api.schemas.common import Body, Slug
from core.types import AnswerMode


def _listed(value: object) -> object:
    """Take a list, a list as JSON text, or one name: some clients send every argument as text."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except ValueError:
        return [value]
    return parsed if isinstance(parsed, list) else [value]


Collections = Annotated[
    list[Slug],
    BeforeValidator(_listed),
    Field(max_length=50, description="Names of the collections to look in; empty: all that the key may see."),
]


class AskArguments(Body):
    """A question."""

    question: Annotated[
        str, Field(min_length=1, max_length=4000, description="The whole question, in the words of whoever asks it.")
    ]
    collections: Collections = Field(default=[])
    mode: Annotated[
        AnswerMode,
        Field(
            description="quotes: verbatim quotes alone; generate: phrased by a model and checked; auto: Vouch decides."
        ),
    ] = "auto"


class SearchArguments(Body):
    """A search."""

    query: Annotated[str, Field(min_length=1, max_length=4000, description="A question, or the words to look for.")]
    collections: Collections = Field(default=[])
    k: Annotated[int, Field(ge=1, le=50, description="How many passages at most.")] = 8


class OpenArguments(Body):
    """A passage, by one of its two references."""

    document_id: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="`document_id` of a citation or a found passage.")
    ]
    chunk_id: Annotated[
        int | None, Field(ge=0, description="`chunk_id` of a citation or a found passage. Give this or `ordinal`.")
    ] = None
    ordinal: Annotated[
        int | None, Field(ge=0, description="The passage's place in its document, counted from 0, to read on.")
    ] = None
    before: Annotated[int, Field(ge=0, le=10, description="Passages to show before it.")] = 1
    after: Annotated[int, Field(ge=0, le=10, description="Passages to show after it.")] = 1

    @model_validator(mode="after")
    def _one_reference(self) -> OpenArguments:
        if (self.chunk_id is None) == (self.ordinal is None):
            raise ValueError("give either chunk_id or ordinal")
        return self
