"""Embed texts that have no vector yet and store the vectors, once per text and embedding space.

Knows no document and no index: `service.build_document` calls it before a version is published,
`retrieval.lifecycle.publish` and `retrieval.lifecycle.migration` when the embedder changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.ports import Embedder, Progress
from core.store.database import Database
from core.store.index.spaces import unembedded_count, unembedded_texts
from core.store.passages import delete_unused_vectors, known_vectors, store_vectors

BATCH = 64
"""Texts between two write transactions: a few seconds of work, so that a crash loses little and no one waits."""


def embed_missing(db: Database, embedder: Embedder, texts: Mapping[str, str], progress: Progress) -> None:
    """Embed and store each text (by digest) that has no vector in this embedder's space yet.

    It works in batches of similar length and stores each at once: after a crash, stored texts are not embedded again.
    """
    with db.read() as session:
        known = known_vectors(session, embedder.name, list(texts))
    missing = sorted((digest for digest in texts if digest not in known), key=lambda digest: len(texts[digest]))
    for start in range(0, len(missing), BATCH):
        progress("embed", (len(texts) - len(missing) + start) / len(texts))
        digests = missing[start : start + BATCH]
        vectors = embedder.embed_passages([texts[digest] for digest in digests])
        with db.write() as session:
            store_vectors(session, embedder.name, dict(zip(digests, vectors, strict=True)))
    progress("embed", 1.0)


def embed_rest(db: Database, embedder: Embedder, progress: Progress, after: int = 0) -> int:
    """Embed the serving chunks after chunk `after` that have no vector yet; return the last chunk that was checked.

    It may be stopped and started again: what is embedded stays.
    """
    with db.read() as session:
        done, missing = 0, unembedded_count(session, embedder.name)
    while True:
        with db.read() as session:
            texts, last = unembedded_texts(session, embedder.name, after)
        if not texts:
            return last
        embed_missing(db, embedder, texts, lambda *_: None)
        with db.write() as session:
            delete_unused_vectors(session, embedder.name, texts)
        done, after = done + len(texts), last
        progress("embed", min(1.0, done / max(missing, 1)))
