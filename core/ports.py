"""All ports: what a backend must do, so that a setting's URL can choose it.

A backend is one file, and a dict maps URL schemes to backends. The tests run one contract suite for all backends of a
port. Arrays are numpy, float32, C-contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.types import Caller, Filters, Hit, JobKind, Message, Parsed, Passage, Redacted, SearchResult

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]


class Blobs(Protocol):
    """Immutable bytes by the hex sha256 of their content. Every read compares the two."""

    def put(self, data: bytes) -> str:
        """Store `data` and return its key; bytes with this key that are damaged are replaced in one step.

        Raises StorageFull, Unavailable; a failed put changes nothing.
        """

    def get(self, key: str) -> bytes:
        """Return the bytes. Raises BlobDamaged, its subclass BlobMissing, Unavailable, and NotFound for no key."""

    def delete(self, key: str) -> None:
        """Delete the bytes; does nothing if there are none. Raises Unavailable."""

    def exists(self, key: str) -> bool:
        """Return whether there are bytes with this key, whole or damaged. Raises Unavailable."""


class JobQueue(Protocol):
    """Wakes workers. A hint says that there is work; which work, and whether it is done, is in the job rows."""

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        """Send a hint for each of these committed jobs; return False when it got lost, and the sweep sends it again."""

    def problem(self) -> str | None:
        """Return why no hint gets through now; None when they do."""


class Embedder(Protocol):
    """Turns texts into unit-length vectors."""

    @property
    def name(self) -> str:
        """The name of the embedding space, stored with each vector. Vectors of two spaces are never compared."""

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str:
        """The device that is really in use: "cpu" or "cuda:0"."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return an array (len(texts), dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Return an array (dimension,); the backend adds the prefix that its model needs for questions."""


class Reranker(Protocol):
    """Scores pairs of question and text, reading both together."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """Return one logit per text, in order; fewer if time.monotonic() passes `deadline` between batches."""


@dataclass(frozen=True, slots=True)
class ReaderText:
    """A text for a reader, with the parts of it that are judged: `text[start:end]` for each of `parts`."""

    text: str
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in one text: logits, higher is more likely; `parts` in the order of the text's parts.

    `relevance`: the text is about what is asked. `answers`: it holds the answer. A part's logit: it belongs to the
    answer; for a part beyond the model's length it is `UNREAD`.
    """

    relevance: float
    answers: float
    parts: tuple[float, ...]


UNREAD = -30.0
"""The logit of a part that was not read."""


class Reader(Protocol):
    """Reads a question with a text, and says whether the answer is in it and which parts are the answer."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        """Return one reading for each text, in order."""


class LateEncoder(Protocol):
    """Turns texts into one unit vector per token, for late interaction: passages are encoded before the question."""

    @property
    def name(self) -> str:
        """The name of the space of its vectors, projection included; stored with them."""

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str: ...

    def encode_passages(self, texts: Sequence[str]) -> list[Vectors]:
        """Return an array (tokens, dimension) for each text, with at least one token."""

    def encode_question(self, text: str) -> Vectors:
        """Return an array (tokens, dimension)."""


class VectorIndex(Protocol):
    """Nearest neighbours by inner product of unit vectors. Only suggests ids: rights are checked in the database."""

    @property
    def device(self) -> str: ...

    def __len__(self) -> int: ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add or replace vectors. Raises Invalid for another dimension."""

    def remove(self, ids: Ids) -> None:
        """Remove these ids; unknown ids are ignored."""

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[Hit]:
        """Return at most k hits, best first; only ids in `allowed` if it is given."""


class LexicalIndex(Protocol):
    """BM25 over titles, headings and text."""

    def __len__(self) -> int: ...

    def add(
        self, ids: Sequence[int], titles: Sequence[str], texts: Sequence[str], languages: Sequence[str | None] = ()
    ) -> None:
        """Add or replace texts; they can be found when this returns.

        `languages` are ISO 639-1 codes, one per text or None; empty if all are unknown.
        """

    def remove(self, ids: Sequence[int]) -> None: ...

    def search(self, text: str, k: int, allowed: Ids | None = None) -> list[Hit]:
        """Return at most k hits, best first; only ids in `allowed` if it is given. Any text is a valid query."""


class Redactor(Protocol):
    """Replaces personal data with typed placeholders."""

    @property
    def name(self) -> str:
        """The names of recognizers, model and policy, which are stored with a redacted text."""

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]: ...


class Parser(Protocol):
    """Turns bytes of a known media type into elements."""

    def __call__(self, data: bytes, media_type: str, filename: str) -> Parsed: ...


class Generator(Protocol):
    """Writes the next message of a chat."""

    @property
    def name(self) -> str:
        """Base model and adapter version, as stored with each answer."""

    @property
    def device(self) -> str: ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield the text in parts while it is generated, with greedy decoding. Raises Unavailable."""


class Retriever(Protocol):
    """Finds passages that a caller may see."""

    def search(
        self,
        caller: Caller,
        query: str,
        *,
        k: int,
        filters: Filters | None = None,
        rerank: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        """Return at most k passages, best first, as they are in the database now.

        `explain` adds an explanation. Raises Invalid for an empty query.
        """

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        """Return the passages before and after this one in its document, itself among them, in reading order.

        They are read as they are now; none for a passage that is withdrawn or that the caller may not see any more.
        """


Progress = Callable[[str, float], None]
"""Called with the name of a stage and the fraction of the whole that is done (0..1); may raise LostLease, Cancelled."""
