"""Probe an index before it serves: does it hold every chunk, and does it find what an exact search finds?

Passages of the corpus are embedded again and searched by their own text. This detects a model that changed under its
name, vectors of another model, and a graph with low recall. Changes nothing; `retrieval.lifecycle.migration` acts on
the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import IndexCorrupt
from core.ports import Embedder, Vectors
from core.store.database import Database
from core.store.index.spaces import EmbeddedChunk, embedded_chunks, sample, serving_vectors, unembedded_count
from core.store.passages import chunk_count, latest_seq
from retrieval.lifecycle.live_index import IndexState, LiveIndex

PROBES, NEAREST = 50, 10
AGREEMENT = 0.95
"""Share of the exact search's first ten hits that an index must find, over all probes."""
MIN_COSINE = 0.95
"""Least cosine of a text's stored vector and its new one; two runtimes of one model differ by less than .02."""
CLOSE = 1e-4
"""Scores that differ by less count as equal."""
ATTEMPTS = 3
NOTHING_CHANGED = "Nothing was changed; the old index goes on serving."


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Chunks in the index, probes, probes that found their own text, and the agreement with exact search."""

    chunks: int
    probes: int
    found: int
    agreement: float


def probe_index(db: Database, index: LiveIndex, embedder: Embedder) -> ProbeResult:
    """Probe the index as it is now. Raises IndexCorrupt that names the count or the chunk; changes nothing."""
    for _ in range(ATTEMPTS - 1):
        with db.read() as session:
            began = latest_seq(session)
        try:
            return _probe(db, index.current(), embedder)
        except IndexCorrupt:
            with db.read() as session:
                if latest_seq(session) == began:
                    raise
    return _probe(db, index.current(), embedder)  # changes during the probe may have caused the earlier failures


def _probe(db: Database, live: IndexState, embedder: Embedder) -> ProbeResult:
    _require_counts(db, live, embedder.name)
    with db.read() as session:
        probes = sample(session, embedder.name, PROBES)
    if not probes:
        return ProbeResult(len(live.lexical), 0, 0, 1.0)
    queries = embedder.embed_passages([probe.text for probe in probes])
    _require_same_vectors(probes, queries, embedder.name)
    found_ids = [[hit.chunk_id for hit in live.vectors.search(query, NEAREST)] for query in queries]
    with db.read() as session:
        ids = sorted({chunk_id for ids in found_ids for chunk_id in ids})
        known = {each.chunk_id: each for each in embedded_chunks(session, embedder.name, ids)}
    tenth = _tenth_best(db, embedder.name, queries)
    near = [[known[i] for i in ids if i in known] for ids in found_ids]
    found = _found_themselves(probes, queries, near, tenth)
    agreed = [_agreed(query, hits, least) for query, hits, least in zip(queries, near, tenth, strict=True)]
    wanted = min(NEAREST, len(live.vectors))
    agreement = float(np.mean([min(1.0, count / wanted) for count in agreed]))
    if agreement < AGREEMENT:
        raise IndexCorrupt(
            f"The new index finds {agreement:.1%} of what an exact search finds; at least {AGREEMENT:.0%} is required.",
            hint=NOTHING_CHANGED,
        )
    return ProbeResult(len(live.lexical), len(probes), found, agreement)


def _require_counts(db: Database, live: IndexState, model: str) -> None:
    with db.read() as session:
        serving, bare = chunk_count(session), unembedded_count(session, model)
    for what, held, wanted in (("vectors", live.vectors, serving - bare), ("texts", live.lexical, serving)):
        if len(held) != wanted:
            raise IndexCorrupt(
                f"The new index holds {what} of {len(held)} chunks, not of {wanted}.", hint=NOTHING_CHANGED
            )


def _require_same_vectors(probes: Sequence[EmbeddedChunk], made: Vectors, model: str) -> None:
    for probe, vector in zip(probes, made, strict=True):
        if (cosine := float(probe.vector @ vector)) < MIN_COSINE:
            raise IndexCorrupt(
                f"{model} embeds chunk {probe.chunk_id} differently than before (cosine {cosine:.2f}).",
                hint=f"A changed model needs another name: give the path of its folder. {NOTHING_CHANGED}",
            )


def _found_themselves(
    probes: Sequence[EmbeddedChunk], queries: Vectors, near: Sequence[Sequence[EmbeddedChunk]], tenth: Sequence[float]
) -> int:
    """Return how many probes find their own text. Raises IndexCorrupt for one that only an exact search finds."""
    found = 0
    for probe, query, hits, least in zip(probes, queries, near, tenth, strict=True):
        if any(hit.digest == probe.digest for hit in hits):
            found += 1
        elif float(query @ probe.vector) > least + CLOSE:
            raise IndexCorrupt(
                f"The new index does not find chunk {probe.chunk_id} among the first {NEAREST} for its own text.",
                hint=NOTHING_CHANGED,
            )
    return found


def _agreed(query: Vectors, hits: Sequence[EmbeddedChunk], least: float) -> int:
    """Return how many hits are as near as the exact search's tenth: equal hits may replace each other."""
    return sum(float(query @ hit.vector) >= least - CLOSE for hit in hits)


def _tenth_best(db: Database, model: str, queries: Vectors) -> list[float]:
    """Return for each query the score of its tenth nearest vector, by exact search over the stored vectors."""
    best = np.full((len(queries), NEAREST), -np.inf, dtype=np.float32)
    held = 0
    with db.read() as session:
        for _, vectors in serving_vectors(session, model):
            held += len(vectors)
            scores = np.concatenate([best, queries @ vectors.T], axis=1)
            best = -np.partition(-scores, NEAREST - 1, axis=1)[:, :NEAREST]
    return [float(row[min(NEAREST, held) - 1]) for row in -np.sort(-best, axis=1)]
