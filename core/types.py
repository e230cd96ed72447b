"""What the parts of Vouch hand to one another: small frozen values, no behaviour beyond their own fields.

Nothing here knows a database, a library or a file. The seams that pass these around are in `core.ports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from core.explained import Explanation
from core.filters import Filters as Filters
from core.recollection import Remembered
from core.refusals import Refusal

Json = Any
"""A value that `json` can write: the tables' JSON columns hold these."""

Scope = Literal["ask", "ingest", "review", "admin"]
SCOPES: tuple[Scope, ...] = ("ask", "ingest", "review", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: every read of knowledge takes one.

    A document without groups is seen by every caller; one with groups by callers who share one.
    `admin` sees everything and may do everything.
    """

    key_id: str
    scopes: frozenset[str]
    groups: frozenset[str] = frozenset()

    @property
    def sees_all(self) -> bool:
        return "admin" in self.scopes

    def may(self, scope: Scope) -> bool:
        return "admin" in self.scopes or scope in self.scopes


OPERATOR = Caller("operator", frozenset({"admin"}))
"""Whoever runs the command line on the machine that holds the data."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page: fractions (0..1) of the page's width and height, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


ElementKind = Literal["title", "text", "list_item", "table", "code", "header", "footer"]


@dataclass(frozen=True, slots=True)
class Element:
    """One block of a parsed document, in reading order.

    `level` is a title's depth (1 is the outermost); `page` counts from 1 and is None where the format has none.
    A table's text has one row a line, cells joined by " | ", its first line the header where there is one.
    """

    kind: ElementKind
    text: str
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document's elements, and what the reader learned about the whole."""

    elements: tuple[Element, ...]
    title: str | None = None
    language: str | None = None
    pages: int | None = None
    warnings: tuple[str, ...] = ()
    unseen: Mapping[str, int] = field(default_factory=dict)
    """Places of text that no reader sees and that is left out, by how it was hidden (`ingest.hidden_text.report`)."""


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """Personal data found in a text: `text[start:end]` is of type `label`."""

    start: int
    end: int
    label: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with typed placeholders such as `[PERSON]` where personal data stood."""

    text: str
    spans: tuple[PiiSpan, ...] = ()
    """Spans in the text as it was before."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is embedded and retrieved as one. Text is already redacted."""

    ordinal: int
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    kind: ElementKind = "text"


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as read back from the database for a caller who may see it. `updated_at`: when its version came in."""

    chunk_id: int
    document_id: str
    version: int
    ordinal: int
    collection: str
    path: str
    title: str
    text: str
    sha256: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    kind: ElementKind = "text"
    metadata: Mapping[str, Json] = field(default_factory=dict)
    language: str | None = None
    updated_at: datetime | None = None


class Hit(NamedTuple):
    """What an index returns: a chunk id and that list's own score, higher is better. Hundreds are made a question."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with the reasons for its place. Ranks count from 1; None means the list did not hold it.

    `fused_rank` is its place before anything read it together with the question. `duplicates` say the same and ranked
    lower. `joins` are the ids, in reading order, of the run of neighbours in this result that it is part of.
    """

    passage: Passage
    score: float
    dense_rank: int | None = None
    dense_score: float | None = None
    lexical_rank: int | None = None
    lexical_score: float | None = None
    fused_score: float | None = None
    late_score: float | None = None
    rerank_score: float | None = None
    fused_rank: int | None = None
    duplicates: tuple[Passage, ...] = ()
    joins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages best first, the index version that gave them, and seconds per step."""

    passages: tuple[Ranked, ...]
    index_version: str
    timings: Mapping[str, float] = field(default_factory=dict)
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt, in the chat form that every generator takes."""

    role: Literal["system", "user", "assistant"]
    content: str


AnswerMode = Literal["auto", "quotes", "generate"]

JobKind = Literal["ingest", "purge", "train"]
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Rating = Literal["up", "down"]
FeedbackState = Literal["pending", "approved", "rejected"]
Split = Literal["train", "valid", "test"]
ModelState = Literal["candidate", "active", "retired", "rejected"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim span: `quote == passage.text[start:end]`. `id` is the number shown as [id]."""

    id: int
    passage: Passage
    start: int
    end: int
    score: float

    @property
    def quote(self) -> str:
        return self.passage.text[self.start : self.end]


SentenceKind = Literal["quoted", "phrased", "corrected"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A part of an answer's text, as shown: a quote, a sentence that a model phrased and that passed the check, or a
    reader's correction that a reviewer approved.

    `cites` are the ids of the citations that carry it.
    """

    text: str
    kind: SentenceKind
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets: quotes (and perhaps checked words), or a refusal with the closest passages.

    A refusal has citations only where they contradict one another. `support` is 0..1, the calibrated estimate that the
    citations answer the question. `sentences` are the text in parts. `phrased` says whether the generator's words are
    shown; `fallback` why not when they were asked for. It was `remembered`, or made for this question.
    """

    question: str
    status: Literal["answered", "refused"]
    text: str
    citations: tuple[Citation, ...]
    closest: tuple[Ranked, ...]
    support: float
    refusal: Refusal | None = None
    sentences: tuple[Sentence, ...] = ()
    phrased: bool = False
    fallback: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    remembered: Remembered | None = None
