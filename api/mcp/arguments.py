"""The tools' arguments. A model reads the descriptions to decide how to call, so they say what to send.

Limits are those of the routes, or narrower: a tool's result must fit into a conversation.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from api.schemas.common import Body, Slug
from core.types import AnswerMode


def _listed(value: object) -> object:
    """Return a list, given as a list, as JSON text, or as one name: some clients send each argument as text."""
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
    Field(max_length=50, description="Names of the collections to search; empty: all that the key may see."),
]


class AskArguments(Body):
    """A question."""

    question: Annotated[
        str, Field(min_length=1, max_length=4000, description="The whole question, in the user's own words.")
    ]
    collections: Collections = Field(default=[])
    mode: Annotated[
        AnswerMode,
        Field(
            description="quotes: only verbatim quotes; generate: phrased by a model and checked; auto: Vouch decides."
        ),
    ] = "auto"


class SearchArguments(Body):
    """A search."""

    query: Annotated[str, Field(min_length=1, max_length=4000, description="A question, or the words to search for.")]
    collections: Collections = Field(default=[])
    k: Annotated[int, Field(ge=1, le=50, description="The maximum number of passages.")] = 8


class OpenArguments(Body):
    """A passage, by `chunk_id` or by `ordinal`."""

    document_id: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="`document_id` of a citation or a found passage.")
    ]
    chunk_id: Annotated[
        int | None, Field(ge=0, description="`chunk_id` of a citation or a found passage. Give this or `ordinal`.")
    ] = None
    ordinal: Annotated[
        int | None, Field(ge=0, description="The passage's position in its document, from 0; use it to read on.")
    ] = None
    before: Annotated[int, Field(ge=0, le=10, description="Passages to show before it.")] = 1
    after: Annotated[int, Field(ge=0, le=10, description="Passages to show after it.")] = 1

    @model_validator(mode="after")
    def _one_reference(self) -> OpenArguments:
        if (self.chunk_id is None) == (self.ordinal is None):
            raise ValueError("give either chunk_id or ordinal")
        return self
