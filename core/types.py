"""The values that the parts of Vouch pass to one another: small, frozen, without behaviour.

Nothing here knows a database, a library or a file. The interfaces that use these values are in `core.ports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from core.blocks import Block as Block
from core.blocks import BlockKind as BlockKind
from core.blocks import Box as Box
from core.blocks import CellType as CellType
from core.blocks import DocumentText as DocumentText
from core.blocks import Element as Element
from core.units import StepKind as StepKind
from core.units import Unit as Unit
from core.units import UnitCell as UnitCell
from core.units import UnitKind as UnitKind
from core.units import UnitRow as UnitRow
from core.units import UnitStep as UnitStep

Json = Any
"""A value that `json` can write, as in the tables' JSON columns."""

Scope = Literal["ask", "ingest", "review", "admin"]
SCOPES: tuple[Scope, ...] = ("ask", "ingest", "review", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Every read of documents takes a caller.

    Every caller sees a document without groups; a document with groups is seen by callers who share one of them.
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
"""The person at the command line of the machine that holds the data."""


ElementKind = Literal["title", "text", "list_item", "table", "code", "header", "footer"]
"""What a chunk is made of: one kind, or `text` for several."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Words of a file that were not stored, and why: `reason` is a key of `ingest.account.REASONS`."""

    reason: str
    words: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The words in a file's own text against the words stored; `left_out` with reasons, `unexplained` without."""

    source_words: int
    stored_words: int
    left_out: tuple[LeftOut, ...] = ()
    unexplained: int = 0
    examples: tuple[str, ...] = ()
    """Some of the unexplained words, in order."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The elements of a document, and what the parser found out about the whole."""

    elements: tuple[Element, ...]
    title: str | None = None
    language: str | None = None
    pages: int | None = None
    warnings: tuple[str, ...] = ()
    unseen: Mapping[str, int] = field(default_factory=dict)
    """How many places of hidden text were left out, by how they were hidden (`ingest.hidden_text.report`)."""
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """Personal data found in a text: `text[start:end]` is of type `label`."""

    start: int
    end: int
    label: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with typed placeholders such as `[PERSON]` in place of personal data."""

    text: str
    spans: tuple[PiiSpan, ...] = ()
    """Spans in the original text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document that is embedded and retrieved as one. Its text is redacted."""

    ordinal: int
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    kind: ElementKind = "text"
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as read from the database for a caller who may see it. `updated_at` is when its version was uploaded.

    `blocks` are read for the passages that are shown (`core.store.reading.with_blocks`), not for every candidate.
    """

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
    blocks: tuple[Block, ...] = ()


class Hit(NamedTuple):
    """What an index returns: a chunk id and the index's own score, higher is better.

    A tuple because there are hundreds per question.
    """

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with the reasons for its rank. Ranks count from 1; None means that it was not in that list.

    `fused_rank` is its rank before reranking. `duplicates` are passages that say the same and ranked lower. `joins` are
    the chunk ids, in reading order, of the run of neighbouring passages in this result that it belongs to.
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
class Filters:
    """What a caller narrows a search to. An empty field does not narrow."""

    collections: frozenset[str] = frozenset()
    document_ids: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.collections or self.document_ids or self.metadata)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question as typed and as in the index, and whether any passage that was searched has it."""

    typed: str
    term: str
    found: bool


@dataclass(frozen=True, slots=True)
class TermMatch:
    """How often a passage has a word of the question in its title and headings (`head`) and in its text."""

    typed: str
    term: str
    head: int
    text: int


@dataclass(frozen=True, slots=True)
class SearchCounts:
    """How much a search looked at: hits wanted of each list, hits that each list gave, passages read for the caller."""

    depth: int = 0
    dense: int = 0
    lexical: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a search found its passages: its terms and, by chunk id, their matches and why a duplicate is one.

    `groups` are the caller's; None for a caller who sees everything. `whole` says that nothing is hidden from this
    caller, so a score that counts all passages reveals nothing.
    """

    terms: tuple[Term, ...]
    matched: Mapping[int, tuple[TermMatch, ...]]
    alike: Mapping[int, str]
    looked: SearchCounts
    filters: Filters
    groups: frozenset[str] | None
    whole: bool


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first, the index version that was searched, and seconds per step."""

    passages: tuple[Ranked, ...]
    index_version: str
    timings: Mapping[str, float] = field(default_factory=dict)
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt, in the form that every generator takes."""

    role: Literal["system", "user", "assistant"]
    content: str


AnswerMode = Literal["auto", "quotes", "generate"]

JobKind = Literal["ingest", "purge", "train"]
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Rating = Literal["up", "down"]
FeedbackState = Literal["pending", "approved", "rejected"]
FeedbackReason = Literal[
    "incorrect",
    "incomplete",
    "irrelevant",
    "outdated",
    "wrong_document",
    "should_have_answered",
    "unclear",
    "unsafe",
]
"""What is wrong with an answer, as its readers say it."""
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
    """A part of an answer's text: a quoted unit, a phrased sentence that passed the check, or an approved correction.

    `cites` are the ids of the citations that support it.
    """

    text: str
    kind: SentenceKind
    cites: tuple[int, ...]


RefusalCode = Literal["nothing_found", "not_answered", "question_unclear", "question_too_broad", "contradictory"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A narrower subject to ask about: a title, heading or name in a passage that the caller may see.

    `question` is what was asked, with this subject in it; None where the subject alone is a question.
    """

    text: str
    document_id: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a stable code for programs, a message for people."""

    code: RefusalCode
    message: str
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class ReusedFrom:
    """The origin of a reused answer: one that a reviewer approved, or a recent one from the cache.

    `similarity` is the cosine of both questions, 1 for the same words. `corrected` says that a person wrote the text,
    `corrected_by` who wrote it or picked its passages: the name of their key.
    If another caller asked the cached question, only `kind` is set: the question is private to that caller.
    """

    kind: Literal["approved", "cached"]
    answer_id: str | None = None
    question: str | None = None
    similarity: float | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    corrected: bool = False
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: quotes, or phrased sentences with quotes, or a refusal with the closest passages.

    A refusal has citations only if they contradict one another. `support` is 0..1, the calibrated estimate that the
    citations answer the question. `sentences` are the parts of the text, `units` what it is made of. `missing` says
    which part of the question has no answer. `phrased` says whether sentences of the
    generator are shown; `fallback` says why not, if they were wanted. `remembered` is set for a reused answer.
    """

    question: str
    status: Literal["answered", "refused"]
    text: str
    citations: tuple[Citation, ...]
    closest: tuple[Ranked, ...]
    support: float
    refusal: Refusal | None = None
    sentences: tuple[Sentence, ...] = ()
    units: tuple[Unit, ...] = ()
    missing: str | None = None
    phrased: bool = False
    fallback: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    remembered: ReusedFrom | None = None
