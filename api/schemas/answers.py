"""Questions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.blocks import BlockView, block_views
from api.schemas.boxes import BoxView
from api.schemas.common import Body, Flag, View
from api.schemas.search import Collections, DuplicateView, PassageView, duplicate_view, passage_view
from api.schemas.units import UnitView, unit_view
from core.blocks import overlapping
from core.marks import Mark, marks_of
from core.types import Answer, AnswerMode, Citation, Filters, Passage, Refusal, RefusalCode, SentenceKind
from generation.question.guard import MAX_CHARACTERS

Status = Literal["answered", "refused"]
ASKED = {"minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": r"^[^\x00]*\S[^\x00]*$"}
"""What a question must look like; `generation.question.guard` checks it and says in words what is wrong."""
Copies = Mapping[int, Sequence[Passage]]


class AskBody(Body):
    """A question. With `stream` the answer is sent as server-sent events while it is made."""

    question: Annotated[str, StringConstraints(max_length=20_000), Field(json_schema_extra=ASKED)]
    collections: Collections = Field(default=[])
    mode: AnswerMode = "auto"
    stream: Flag = False
    conversation_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,80}$")] | None = Field(
        default=None, description="The id of a conversation of this key, or `new` to begin one."
    )

    def as_filters(self) -> Filters:
        return Filters(frozenset(self.collections))


class CitationView(View):
    """A verbatim quote: `quote` is `text[start:end]` of the passage `chunk_id`; `id` is the [n] in the answer.

    `updated_at` is when this version of the document was uploaded. `duplicates` are other places with the same passage;
    they are part of a new answer, but not stored with it.
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
    blocks: list[BlockView] = Field(
        default=[],
        description="The passage's blocks that the quote is part of; their offsets are in the passage's text, like "
        "`start` and `end`.",
    )
    updated_at: datetime | None = None
    duplicates: list[DuplicateView] = Field(default=[])
    marks: list[Mark] = Field(
        default=[],
        description="Suspicious content: `instructions` to a language model in or around the quote, a `link` that "
        "could send data out, `markup` that a page would run.",
    )


class SentenceView(View):
    """A part of the answer's text: a quote, or a sentence that a model phrased and that passed the check.

    `citations` are the ids of the citations that support it.
    """

    text: str
    kind: SentenceKind
    citations: list[int]


class SuggestionView(View):
    """Something narrower to ask about: a title, a heading or a name in a passage of this document.

    `question` is the question about it, null if `text` alone is the question. It is part of a new answer, but not
    stored with it.
    """

    text: str
    document_id: str
    question: str | None = None


class RefusalView(View):
    """Why there is no answer.

    `nothing_found`, `not_answered`: the documents do not answer it; if they speak of others of the kind that was named,
    `suggestions` lists those. `question_unclear`: it has nothing to search for.
    `question_too_broad`: it could mean several things; `suggestions` lists them. `contradictory`: the sources disagree;
    the answer's `citations` quote each of them, the newest first.
    """

    code: RefusalCode
    message: str
    suggestions: list[SuggestionView] = Field(default=[])


class RememberedView(View):
    """Set when the answer comes from the answer cache: `approved` by a reviewer, or `cached` and approved by nobody.

    `question` is the question that was asked then, `similarity` the cosine of both questions, 1 for the same words.
    `corrected` means that the text is a reader's correction; with `corrected_by` alone, the reader picked the passages
    that are quoted. For a cached question of another key only `kind` is set.
    `question` is part of a new answer, but not stored with it.
    """

    kind: Literal["approved", "cached"]
    answer_id: str | None = None
    question: str | None = None
    similarity: float | None = None
    approved_by: str | None = Field(default=None, description="The name of the key that approved it.")
    approved_at: datetime | None = None
    corrected: bool = False
    corrected_by: str | None = Field(default=None, description="The name of the key that corrected the answer.")

    def sentence(self) -> str:
        """Return the sentence that tells a reader where the answer comes from."""
        if self.kind == "cached" or self.approved_at is None:
            return "Recent answer to the same question; nobody has approved it."
        approval = f"approved by {self.approved_by} on {self.approved_at:%Y-%m-%d}."
        if self.corrected_by is None:
            return f"Remembered answer: {approval}"
        what = "in their words" if self.corrected else "with passages that they picked"
        return f"Corrected by {self.corrected_by} {what}, {approval}"


class AnswerView(View):
    """An answer with its quotes, or a refusal with the closest passages; where sources disagree, with quotes of each.

    `text` is Markdown. `units` are what it is made of; a phrased or corrected text has none. `missing` says which part
    of the question has no answer, and why; null if nothing is missing.
    `sentences` are the parts of the text and say which are quoted and which phrased. `support` (0..1) estimates how
    likely the quotes answer the question. `phrased` says whether a model's checked text is shown; `fallback` says why
    not, if it was requested. `standalone_question` is how a follow-up in a conversation was understood, null for a
    question that was asked as it is. `remembered` is null for a new answer. `stored` is false if the disk was full:
    then feedback on the answer finds nothing.
    """

    id: str
    stored: bool = True
    conversation_id: str | None = None
    standalone_question: str | None = None
    status: Status
    text: str
    units: list[UnitView] = Field(default=[])
    missing: str | None = None
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


class StoredAnswerView(AnswerView):
    """An answer as it was given, and its question.

    `withdrawn` means that quotes, and the text made from them, are left out, because their documents are deleted or
    this caller may not see them.
    """

    question: str
    mode: AnswerMode
    withdrawn: bool
    created_at: datetime


def answer_view(answer_id: str, answer: Answer, copies: Copies | None = None) -> AnswerView:
    """Return the view of an answer; `copies` are other places with the same passage, by chunk id."""
    copies = copies or {}
    return AnswerView(
        id=answer_id,
        status=answer.status,
        text=answer.text,
        units=[unit_view(unit) for unit in answer.units],
        missing=answer.missing,
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
    """Return the view of one citation, with other places that have the same passage."""
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
        blocks=block_views(overlapping(passage.blocks, citation.start, citation.end)),
        updated_at=passage.updated_at,
        duplicates=[duplicate_view(passage) for passage in copies],
        marks=list(marks_of(passage.text, citation.start, citation.end)),
    )


def _refusal_view(refusal: Refusal) -> RefusalView:
    suggestions = [SuggestionView.model_validate(each) for each in refusal.suggestions]
    return RefusalView(code=refusal.code, message=refusal.message, suggestions=suggestions)


class SearchedView(View):
    """The data of the event `search`: the passages from which the answer is made."""

    passages: list[PassageView]
