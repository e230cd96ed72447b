"""What the tools return for programs: the routes' answers without what only a page of ours needs.

Texts are here as they are stored, and quotes verbatim; `rendering` makes from them what a model reads.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.answers import AnswerView, RefusalView, RememberedView
from api.schemas.common import View
from api.schemas.documents import ExcerptView
from api.schemas.search import PassageView, SearchView
from core.marks import Mark

CLOSEST = 5
"""How many of the passages that were found but not cited are named."""


class Place(View):
    """Where a passage stands, and when its version came in; `document_id` and `chunk_id` open it."""

    document_id: str
    version: int
    chunk_id: int
    title: str
    heading: list[str]
    page: int | None
    updated_at: datetime | None = None


class Quote(Place):
    """A citation: `quote` is verbatim, characters `start` to `end` of the passage; `id` is the [n] in the answer."""

    id: int
    quote: str
    start: int
    end: int
    marks: list[Mark] = Field(
        default=[], description="What in the quote is not meant for its reader, such as `instructions`."
    )


class Answered(View):
    """An answer with its citations, or a refusal with the closest passages, and with citations that disagree."""

    answer_id: str
    status: Literal["answered", "refused"]
    text: str
    citations: list[Quote]
    refusal: RefusalView | None
    closest: list[Place]
    support: Annotated[float, Field(description="How surely the quotes answer, 0 to 1.")]
    remembered: Annotated[
        RememberedView | None, Field(description="That it was given before, and who approved it; null when made now.")
    ] = None


class Found(Place):
    """A passage that was found."""

    rank: int
    collection: str
    text: str


class Searched(View):
    """What was found, best first."""

    passages: list[Found]


class Piece(View):
    """A passage of a document; `asked` marks the one that was asked for."""

    ordinal: int
    chunk_id: int
    heading: list[str]
    page: int | None
    text: str
    asked: bool


class Opened(View):
    """A passage with its neighbours, in reading order; the document's ordinals go from 0 to `of` - 1."""

    document_id: str
    version: int
    title: str
    collection: str
    of: int
    passages: list[Piece]


def answered(view: AnswerView) -> Answered:
    return Answered(
        answer_id=view.id,
        status=view.status,
        text=view.text,
        citations=[Quote.model_validate(each) for each in view.citations],
        refusal=view.refusal,
        closest=[Place.model_validate(each) for each in view.closest[:CLOSEST]],
        support=view.support,
        remembered=view.remembered,
    )


def searched(view: SearchView) -> Searched:
    return Searched(passages=[_found(each) for each in view.passages])


def opened(view: ExcerptView) -> Opened:
    pieces = [
        Piece(
            ordinal=each.ordinal,
            chunk_id=each.chunk_id,
            heading=each.heading,
            page=each.page,
            text=each.text,
            asked=each.ordinal == view.ordinal,
        )
        for each in view.passages
    ]
    return Opened(
        document_id=view.document_id,
        version=view.version,
        title=view.title,
        collection=view.collection,
        of=view.of,
        passages=pieces,
    )


def _found(view: PassageView) -> Found:
    return Found.model_validate(view)
