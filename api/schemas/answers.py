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
from core.refusals import Refusal, RefusalCode
from core.types import Answer, AnswerMode, Citation, Filters, Passage, SentenceKind

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

    `updated_at` is when this version of the document came in. `duplicates` are further places where the passage stands.
    They are told when the answer is given, and not kept.
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
    updated_at: datetime | None = None
    duplicates: list[DuplicateView] = Field(default=[])
    marks: list[Mark] = Field(
        default=[],
        description="What in the quote is not meant for its reader: `instructions` to a language model (or it stands "
        "among such), a `link` that "
        "could carry data out, `markup` that a page would run.",
    )


class SentenceView(View):
    """A part of the answer's text: a quote, or words that a model phrased and that passed the check.

    `citations` are the ids of those that carry it.
    """

    text: str
    kind: SentenceKind
    citations: list[int]


class SuggestionView(View):
    """Something narrower that could be asked: the title or heading of a passage of this document."""

    text: str
    document_id: str


class RefusalView(View):
    """Why there is no answer.

    `nothing_found`, `not_answered`: the documents do not say. `question_unclear`: nothing in it can be looked up.
    `question_too_broad`: it could mean several things; `suggestions` are what. `contradictory`: the sources disagree;
    the answer's `citations` are what each says, the newest first.
    """

    code: RefusalCode
    message: str
    suggestions: list[SuggestionView] = Field(default=[])


class RememberedView(View):
    """That an answer was given before, and whose approval it bears: of a `cached` one nobody's.

    `question` is what was asked then, `similarity` the cosine of both questions, 1 for the same words; `corrected` says
    that the words are a reader's correction. Of somebody else's cached question only the kind is told. The question is
    told when the answer is given, and not kept.
    """

    kind: Literal["approved", "cached"]
    answer_id: str | None = None
    question: str | None = None
    similarity: float | None = None
    approved_by: str | None = Field(default=None, description="The name of the key that approved it.")
    approved_at: datetime | None = None
    corrected: bool = False

    def sentence(self) -> str:
        """Return what a person is told of it."""
        if self.kind == "cached" or self.approved_at is None:
            return "Given again from a moment ago; nobody has approved it."
        words = "a reader's correction, " if self.corrected else ""
        return f"Remembered answer: {words}approved by {self.approved_by} on {self.approved_at:%Y-%m-%d}."


class AnswerView(View):
    """An answer with its quotes, or a refusal with the closest passages; where sources disagree, with what they say.

    `sentences` are the text in parts and say which are quoted and which phrased. `support` (0..1) estimates how surely
    the quotes answer; `phrased` says whether a model's checked words are shown, `fallback` why not when they were asked
    for. `standalone_question` is what a follow-up in a conversation was taken to mean, null for a question that was
    taken as it is. `remembered` is null for an answer that was made for this question.
    """

    id: str
    conversation_id: str | None = None
    standalone_question: str | None = None
    status: Status
    text: str
    sentences: list[SentenceView] = Field(default=[])
    citations: list[CitationView]
    refusal: RefusalView | None = None
    closest: list[PassageView]
    support: float
    phrased: bool
    fallback: str | None = None
    remembered: RememberedView | None = None
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
    return AnswerView(
        id=answer_id,
        status=answer.status,
        text=answer.text,
        sentences=[SentenceView(text=s.text, kind=s.kind, citations=list(s.cites)) for s in answer.sentences],
        citations=[citation_view(each, copies.get(each.passage.chunk_id, ())) for each in answer.citations],
        refusal=_refusal_view(answer.refusal) if answer.refusal else None,
        closest=[passage_view(rank, ranked) for rank, ranked in enumerate(answer.closest, 1)],
        support=answer.support,
        phrased=answer.phrased,
        fallback=answer.fallback,
        remembered=RememberedView.model_validate(answer.remembered) if answer.remembered else None,
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
        updated_at=passage.updated_at,
        duplicates=[duplicate_view(passage) for passage in copies],
        marks=list(marks_of(passage.text, citation.start, citation.end)),
    )


def _refusal_view(refusal: Refusal) -> RefusalView:
    suggestions = [SuggestionView.model_validate(each) for each in refusal.suggestions]
    return RefusalView(code=refusal.code, message=refusal.message, suggestions=suggestions)


class SearchedView(View):
    """The data of the event `search`: what the answer is looked for in."""

    passages: list[PassageView]
