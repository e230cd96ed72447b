"""Questions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import Body, View
from api.schemas.documents import BoxView
from api.schemas.search import Collections, DuplicateView, PassageView, duplicate_view, passage_view
from core.marks import Mark, marks_of
from core.types import Answer, AnswerMode, Citation, Filters, Passage

Status = Literal["answered", "refused"]
Copies = Mapping[int, Sequence[Passage]]


class AskBody(Body):
    """A question. `stream` sends the answer as server-sent events while it is made."""

    question: Annotated[str, StringConstraints(max_length=20_000)]
    collections: Collections = Field(default=[])
    mode: AnswerMode = "auto"
    stream: bool = False
    conversation_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,80}$")] | None = Field(
        default=None, description="A conversation that this key began, or `new`, which begins one."
    )

    def as_filters(self) -> Filters:
        return Filters(frozenset(self.collections))


class CitationView(View):
    """A verbatim quote: `quote` is `text[start:end]` of the passage `chunk_id`; `id` is the [n] in the answer.

    `duplicates` are further places where the passage stands. They are told when the answer is given, and not kept.
    """

    id: int
    chunk_id: int
    document_id: str
    version: int
    title: str
    page: int | None
    boxes: list[BoxView]
    heading: list[str]
    quote: str
    start: int
    end: int
    duplicates: list[DuplicateView] = Field(default=[])
    marks: list[Mark] = Field(
        default=[],
        description="What in the quote is not meant for its reader: `instructions` to a language model (or it stands "
        "among such), a `link` that "
        "could carry data out, `markup` that a page would run.",
    )


class RefusalView(View):
    """Why there is no answer."""

    code: str
    message: str


class AnswerView(View):
    """An answer with its quotes, or a refusal with the closest passages.

    `support` (0..1) estimates how surely the quotes answer; `phrased` says whether a model's checked words are
    shown, `fallback` why not when they were asked for. `standalone_question` is what a follow-up in a conversation was
    taken to mean, null for a question that was taken as it is.
    """

    id: str
    conversation_id: str | None = None
    standalone_question: str | None = None
    status: Status
    text: str
    citations: list[CitationView]
    refusal: RefusalView | None = None
    closest: list[PassageView]
    support: float
    phrased: bool
    fallback: str | None = None
    versions: dict[str, str]
    timings: dict[str, float]


class KeptAnswerView(AnswerView):
    """An answer as it was given, and the question that it answers.

    `withdrawn` says that quotes are left out, with the words made from them, because their documents are gone or may
    not be seen by this caller.
    """

    question: str
    mode: AnswerMode
    withdrawn: bool
    created_at: datetime


def answer_view(answer_id: str, answer: Answer, copies: Copies | None = None) -> AnswerView:
    """Return what the caller gets; `copies` are the further places of passages, by chunk id."""
    copies = copies or {}
    refusal = answer.refusal
    return AnswerView(
        id=answer_id,
        status=answer.status,
        text=answer.text,
        citations=[citation_view(each, copies.get(each.passage.chunk_id, ())) for each in answer.citations],
        refusal=RefusalView(code=refusal.code, message=refusal.message) if refusal else None,
        closest=[passage_view(rank, ranked) for rank, ranked in enumerate(answer.closest, 1)],
        support=answer.support,
        phrased=answer.phrased,
        fallback=answer.fallback,
        versions=dict(answer.versions),
        timings=dict(answer.timings),
    )


def citation_view(citation: Citation, copies: Sequence[Passage] = ()) -> CitationView:
    """Return the view of one citation, with the further places of its passage."""
    passage = citation.passage
    return CitationView(
        id=citation.id,
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        version=passage.version,
        title=passage.title,
        page=passage.page,
        boxes=[BoxView.model_validate(box) for box in passage.boxes],
        heading=list(passage.heading),
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        duplicates=[duplicate_view(passage) for passage in copies],
        marks=list(marks_of(passage.text, citation.start, citation.end)),
    )


class SearchedView(View):
    """The data of the event `search`: what the answer is looked for in."""

    passages: list[PassageView]
