"""The tools' structured results, for programs: the routes' responses without the fields that only our pages need.

Texts are as they are stored, and quotes verbatim; `rendering` turns them into the text for a model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.answers import AnswerView, RefusalView, RememberedView
from api.schemas.common import View
from api.schemas.documents import ExcerptView
from api.schemas.search import SearchView
from core.marks import Mark

MAX_CLOSEST = 5
"""Passages that were found but not cited, at most."""


class PassageReference(View):
    """Where a passage is. `document_id` and `chunk_id` open it; `updated_at` is the upload time of this version."""

    document_id: str
    version: int
    chunk_id: int
    title: str
    heading: list[str]
    page: int | None
    updated_at: datetime | None = None


class Quote(PassageReference):
    """A citation: `quote` is verbatim, characters `start` to `end` of the passage; `id` is the [n] in the answer."""

    id: int
    quote: str
    start: int
    end: int
    marks: list[Mark] = Field(
        default=[], description="Suspicious content of the quote, such as `instructions` to a language model."
    )


class AskResult(View):
    """An answer with its citations, or a refusal with the closest passages; contradicting sources are cited too."""

    answer_id: str
    status: Literal["answered", "refused"]
    text: Annotated[str, Field(description="The answer as Markdown, with [n] markers.")]
    missing: Annotated[
        str | None, Field(description="Which part of the question has no answer, and why; null if nothing is missing.")
    ] = None
    citations: list[Quote]
    refusal: RefusalView | None
    closest: list[PassageReference]
    support: Annotated[float, Field(description="How likely the quotes answer the question, 0 to 1.")]
    remembered: Annotated[
        RememberedView | None,
        Field(description="Who approved an answer from the cache, and when; null for a new answer."),
    ] = None


class FoundPassage(PassageReference):
    """A passage that was found."""

    rank: int
    collection: str
    text: str


class SearchResult(View):
    """The passages that were found, best first."""

    passages: list[FoundPassage]


class OpenedPassage(View):
    """A passage of a document; `asked` is true for the requested one."""

    ordinal: int
    chunk_id: int
    heading: list[str]
    page: int | None
    text: str
    asked: bool


class OpenResult(View):
    """A passage with its neighbours, in reading order; the document's ordinals go from 0 to `of` - 1."""

    document_id: str
    version: int
    title: str
    collection: str
    of: int
    passages: list[OpenedPassage]


def ask_result(view: AnswerView) -> AskResult:
    return AskResult(
        answer_id=view.id,
        status=view.status,
        text=view.text,
        missing=view.missing,
        citations=[Quote.model_validate(each) for each in view.citations],
        refusal=view.refusal,
        closest=[PassageReference.model_validate(each) for each in view.closest[:MAX_CLOSEST]],
        support=view.support,
        remembered=view.remembered,
    )


def search_result(view: SearchView) -> SearchResult:
    return SearchResult(passages=[FoundPassage.model_validate(each) for each in view.passages])


def open_result(view: ExcerptView) -> OpenResult:
    passages = [
        OpenedPassage(
            ordinal=each.ordinal,
            chunk_id=each.chunk_id,
            heading=each.heading,
            page=each.page,
            text=each.text,
            asked=each.ordinal == view.ordinal,
        )
        for each in view.passages
    ]
    return OpenResult(
        document_id=view.document_id,
        version=view.version,
        title=view.title,
        collection=view.collection,
        of=view.of,
        passages=passages,
    )
