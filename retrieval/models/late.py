"""Pick the late-interaction encoder that `VOUCH_LATE_URL` names, read passages with it ahead of time, score with it.

Passages are read once, after they were published (`read_rest`, called by workers when no document waits), so that a
search only reads the question. A passage that is not read yet keeps the place that the two lists gave it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import missing_extra
from core.ports import LateEncoder
from core.settings import Settings
from core.store.database import Database
from core.store.index.spaces import unembedded_texts
from core.store.index.token_vectors import read_tokens, store_tokens
from retrieval.models.spec import resolve_model
from retrieval.models.token_pack import max_sim, pack, unpack

SCHEMES = ("onnx", "none")
BATCH = 16
"""Texts between two write transactions: under a second of work, after which a waiting document comes first."""
AT_ONCE = 512
"""Chunks listed at a time; several workers take them in different orders, so that they seldom do the same twice."""


def open_late(settings: Settings) -> LateEncoder | None:
    """Open what `VOUCH_LATE_URL` names, or return None for `none://`. Raises SettingsError, WeightsError."""
    if settings.late_url.split(":", 1)[0] == "none":
        return None
    spec = resolve_model("VOUCH_LATE_URL", settings.late_url, settings.models_dir, SCHEMES)
    try:
        from retrieval.models.late_onnx import OnnxLateEncoder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxLateEncoder(spec, settings.threads)


@dataclass(slots=True)
class Reached:
    """Up to which chunk none is left to read: chunks are numbered as they are published, so that this stays true."""

    chunk_id: int = 0


def read_rest(db: Database, late: LateEncoder, reached: Reached | None = None) -> Iterator[int]:
    """Read the serving chunks that were not read yet, batch by batch; yield how many each batch had.

    Stop whenever something else is to be done: what is read stays read, and a later call goes on. Hand in the same
    `reached` each time, and looking for what is left costs what came since, not what there is.
    """
    reached = reached or Reached()
    while True:
        with db.read() as session:
            texts, last = unembedded_texts(session, late.name, reached.chunk_id, AT_ONCE)
        if not texts:
            reached.chunk_id = last
            return
        digests = list(texts)
        random.shuffle(digests)
        for start in range(0, len(digests), BATCH):
            batch = sorted(digests[start : start + BATCH])
            read = late.encode_passages([texts[digest] for digest in batch])
            with db.write() as session:
                store_tokens(session, late.name, {d: pack(tokens) for d, tokens in zip(batch, read, strict=True)})
            yield len(batch)
        reached.chunk_id = last


def late_scores(db: Database, late: LateEncoder, question: str, chunk_ids: Sequence[int]) -> dict[int, float]:
    """Return how well each chunk that was read fits the question, -1..1. The ids must have been hydrated."""
    with db.read() as session:
        packed = read_tokens(session, late.name, chunk_ids)
    if not packed:
        return {}
    tokens = [unpack(one, late.dimension) for one in packed.values()]
    return dict(zip(packed, max_sim(late.encode_question(question), tokens), strict=True))
