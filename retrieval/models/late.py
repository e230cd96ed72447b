"""Open the late-interaction encoder that `VOUCH_LATE_URL` names, encode passages in advance, and score with it.

Workers encode passages once, after they are published and while no document waits (`encode_rest`), so that a search
encodes only the question. A passage that is not encoded yet keeps its place from the two lists.
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
"""Texts between two write transactions: less than a second of work, after which a waiting document comes first."""
LISTED = 512
"""Chunks listed at a time; each worker takes them in a random order, so that two seldom encode the same one."""


def open_late(settings: Settings) -> LateEncoder | None:
    """Return the encoder that `VOUCH_LATE_URL` names, or None for `none://`. Raises SettingsError, WeightsError."""
    if settings.late_url.split(":", 1)[0] == "none":
        return None
    spec = resolve_model("VOUCH_LATE_URL", settings.late_url, settings.models_dir, SCHEMES)
    try:
        from retrieval.models.late_onnx import OnnxLateEncoder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxLateEncoder(spec, settings.threads)


@dataclass(slots=True)
class EncodeCursor:
    """All chunks up to `chunk_id` are encoded. This stays true, because ids grow as chunks are published."""

    chunk_id: int = 0


def encode_rest(db: Database, late: LateEncoder, cursor: EncodeCursor | None = None) -> Iterator[int]:
    """Encode the serving chunks that are not encoded yet, batch by batch; yield the size of each batch.

    The caller may stop at any time: each batch is stored, and a later call continues. With the same `cursor` each time,
    finding the rest costs only what was published since.
    """
    cursor = cursor or EncodeCursor()
    while True:
        with db.read() as session:
            texts, last = unembedded_texts(session, late.name, cursor.chunk_id, LISTED)
        if not texts:
            cursor.chunk_id = last
            return
        digests = list(texts)
        random.shuffle(digests)
        for start in range(0, len(digests), BATCH):
            batch = sorted(digests[start : start + BATCH])
            encoded = late.encode_passages([texts[digest] for digest in batch])
            with db.write() as session:
                store_tokens(session, late.name, {d: pack(tokens) for d, tokens in zip(batch, encoded, strict=True)})
            yield len(batch)
        cursor.chunk_id = last


def late_scores(db: Database, late: LateEncoder, question: str, chunk_ids: Sequence[int]) -> dict[int, float]:
    """Return the late-interaction score of each encoded chunk, -1..1. The caller must be allowed to see the chunks."""
    with db.read() as session:
        packed = read_tokens(session, late.name, chunk_ids)
    if not packed:
        return {}
    tokens = [unpack(one, late.dimension) for one in packed.values()]
    return dict(zip(packed, max_sim(late.encode_question(question), tokens), strict=True))
