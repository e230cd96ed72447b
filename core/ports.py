"""Every seam of Vouch on one page: what a backend must do to be plugged in by URL.

A backend is one file that a dict of URL schemes points at. Tests run one contract suite over every backend
of a seam. Arrays are numpy, float32, C-contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.types import Caller, Filters, Hit, JobKind, Message, Parsed, Redacted, SearchResult

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]


class Blobs(Protocol):
    """Immutable bytes by the hex sha256 of their content."""

    def put(self, data: bytes) -> str:
        """Keep `data` and return its key. Raises StorageFull; a failed put keeps nothing."""

    def get(self, key: str) -> bytes:
        """Return the bytes. Raises NotFound."""

    def delete(self, key: str) -> None:
        """Forget the bytes; quiet when they are gone already."""

    def exists(self, key: str) -> bool: ...


class JobQueue(Protocol):
    """Wakes workers. A hint says that there is work; which work, and whether it is done, is in the job rows."""

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        """Send a hint for each of these committed jobs; return False when it got lost, and the sweep sends it again."""

    def problem(self) -> str | None:
        """Return why no hint gets through now; None when they do."""


class Embedder(Protocol):
    """Texts to unit-length vectors."""

    @property
    def name(self) -> str:
        """The embedding space: vectors of two names are never compared. Stored with each vector."""

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str:
        """The device truly in use: "cpu" or "cuda:0"."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension); (0, dimension) for none."""

    def embed_query(self, text: str) -> Vectors:
        """Return (dimension,), with whatever prefix the model wants for questions."""


class Reranker(Protocol):
    """Scores (question, text) pairs jointly."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """Return one logit a text, in order; fewer when time.monotonic() passed `deadline` between batches."""


class LateEncoder(Protocol):
    """Texts to one unit vector a token, for late interaction: passages are read long before the question."""

    @property
    def name(self) -> str:
        """The space of its vectors, projection included. Stored with them."""

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str: ...

    def encode_passages(self, texts: Sequence[str]) -> list[Vectors]:
        """Return (tokens, dimension) for each text; at least one token each."""

    def encode_question(self, text: str) -> Vectors:
        """Return (tokens, dimension) for the question."""


class VectorIndex(Protocol):
    """Nearest neighbours by inner product over unit vectors. Suggests ids; decides nothing."""

    @property
    def device(self) -> str: ...

    def __len__(self) -> int: ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add or replace. Raises Invalid for another dimension."""

    def remove(self, ids: Ids) -> None:
        """Never return these again; quiet for ids it does not hold."""

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[Hit]:
        """Return at most k hits, best first, only of `allowed` where given."""


class LexicalIndex(Protocol):
    """BM25 over titles, headings and text."""

    def __len__(self) -> int: ...

    def add(
        self, ids: Sequence[int], titles: Sequence[str], texts: Sequence[str], languages: Sequence[str | None] = ()
    ) -> None:
        """Add or replace; searchable when it returns. `languages` are ISO 639-1 codes, None or none where unknown."""

    def remove(self, ids: Sequence[int]) -> None: ...

    def search(self, text: str, k: int, allowed: Ids | None = None) -> list[Hit]:
        """Return at most k hits, best first. Any text is a valid query; operators have no meaning."""


class Redactor(Protocol):
    """Finds personal data and puts typed placeholders in its place."""

    @property
    def name(self) -> str:
        """Names recognizers, model and policy, so that a stored text tells how it was redacted."""

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]: ...


class Parser(Protocol):
    """Bytes of a known media type to elements."""

    def __call__(self, data: bytes, media_type: str, filename: str) -> Parsed: ...


class Generator(Protocol):
    """Continues a chat."""

    @property
    def name(self) -> str:
        """Base model and adapter version: what an answer row records."""

    @property
    def device(self) -> str: ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield text as it is made, greedily decoded. Raises Unavailable."""


class Retriever(Protocol):
    """Finds the passages that a caller may see."""

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
        """Return at most k passages, best first, as the database has them now, with an explanation if wanted.

        Raises Invalid for an empty query.
        """


Progress = Callable[[str, float], None]
"""Called with a stage's name and how much of the whole is done (0..1); may raise LostLease or Cancelled."""
