"""Kept questions that are near to one that is asked, by the cosine of their vectors.

A vector is made once: it is kept beside its question, and a process keeps those that it asked for last in mind. Knows
rows that were kept and an embedder; what near questions are good for is for others to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.ports import Embedder, Vectors
from core.store.database import Database
from core.store.learned import answer_cache
from core.store.learned.answer_cache import CacheEntry

EMBEDDED = 16
"""Questions without a vector of the embedder that serves that are embedded in passing, for one question."""
KNOWN = 512
"""Questions whose vectors a process keeps in mind."""


class NearQuestions:
    """Finds near questions; threads may share it."""

    def __init__(self, db: Database, embedder: Callable[[], Embedder]) -> None:
        self._db, self._embedder = db, embedder
        self._vectors: dict[tuple[str, str], Vectors] = {}
        self._lock = threading.Lock()

    @property
    def embedder(self) -> str:
        """The name of the embedder that serves; vectors of another are nothing to compare with."""
        return self._embedder().name

    def among(self, shelf: Sequence[CacheEntry], question: str, least: float) -> dict[int, float]:
        """Return the cosines (`least` to 1) of the rows whose questions are near to this one by row, the nearest first.

        Of rows without a vector EMBEDDED get one, the others are not compared this time. Raises Unavailable when the
        database does not answer.
        """
        if not shelf:
            return {}
        embedder = self._embedder()
        asked = self._vector(embedder, question)
        bare = [each for each in shelf if each.vector is None][:EMBEDDED]
        fresh = {each.row_id: self._vector(embedder, each.question) for each in bare}
        if fresh:  # approved since, or by an embedder that served before: the next time they are known
            with self._db.write() as session:
                answer_cache.store_vectors(session, embedder.name, fresh)
        known = {each.row_id: each.vector for each in shelf if each.vector is not None} | fresh
        cosines = {row_id: float(vector @ asked) for row_id, vector in known.items()}
        nearest = sorted(cosines, key=lambda row_id: -cosines[row_id])
        return {row_id: cosines[row_id] for row_id in nearest if cosines[row_id] >= least}

    def in_mind(self, embedder: str, question: str) -> Vectors | None:
        """Return the question's vector if this process made it a moment ago."""
        with self._lock:
            return self._vectors.get((embedder, question))

    def _vector(self, embedder: Embedder, question: str) -> Vectors:
        known = self.in_mind(embedder.name, question)
        if known is not None:
            return known
        vector = embedder.embed_query(question)
        with self._lock:
            self._vectors[embedder.name, question] = vector
            while len(self._vectors) > KNOWN:
                del self._vectors[next(iter(self._vectors))]
        return vector
