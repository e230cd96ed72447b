"""Stored questions that are near to a new question, by the cosine of their vectors.

A vector is computed once: it is stored with its question, and each process caches the vectors that it used last. Knows
stored rows and an embedder; the callers decide what near questions are used for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.ports import Embedder, Vectors
from core.store.database import Database
from core.store.learned import answer_cache
from core.store.learned.answer_cache import CacheEntry

MAX_EMBEDDED = 16
"""Stored questions without a vector of the current embedder that are embedded while one question is answered."""
MAX_CACHED = 512
"""Questions whose vectors a process caches."""


class NearQuestions:
    """Finds near questions. Safe to share between threads."""

    def __init__(self, db: Database, embedder: Callable[[], Embedder]) -> None:
        self._db, self._embedder = db, embedder
        self._vectors: dict[tuple[str, str], Vectors] = {}
        self._lock = threading.Lock()

    @property
    def embedder(self) -> str:
        """The name of the current embedder; vectors of other embedders cannot be compared."""
        return self._embedder().name

    def nearest(self, rows: Sequence[CacheEntry], question: str, min_cosine: float) -> dict[int, float]:
        """Return the cosines (`min_cosine` to 1) of the rows with near questions by row id, the nearest first.

        MAX_EMBEDDED rows without a vector get one; the others are not compared this time. Raises Unavailable when the
        database does not answer.
        """
        if not rows:
            return {}
        embedder = self._embedder()
        question_vector = self._vector(embedder, question)
        missing = [row for row in rows if row.vector is None][:MAX_EMBEDDED]
        new = {row.row_id: self._vector(embedder, row.question) for row in missing}
        if new:  # approved since, or embedded by an earlier embedder: stored, so that the next question finds them
            with self._db.write() as session:
                answer_cache.store_vectors(session, embedder.name, new)
        vectors = {row.row_id: row.vector for row in rows if row.vector is not None} | new
        cosines = {row_id: float(vector @ question_vector) for row_id, vector in vectors.items()}
        ordered = sorted(cosines, key=lambda row_id: -cosines[row_id])
        return {row_id: cosines[row_id] for row_id in ordered if cosines[row_id] >= min_cosine}

    def cached_vector(self, embedder: str, question: str) -> Vectors | None:
        """Return the question's vector if this process computed it recently, else None."""
        with self._lock:
            return self._vectors.get((embedder, question))

    def _vector(self, embedder: Embedder, question: str) -> Vectors:
        cached = self.cached_vector(embedder.name, question)
        if cached is not None:
            return cached
        vector = embedder.embed_query(question)
        with self._lock:
            self._vectors[embedder.name, question] = vector
            while len(self._vectors) > MAX_CACHED:
                del self._vectors[next(iter(self._vectors))]
        return vector
