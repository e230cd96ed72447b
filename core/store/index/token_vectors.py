"""Token vectors, packed by `retrieval.models.token_pack` and stored by the digest of the text.

They are in the table of vectors under a space of their own, so a purge deletes them too. Which serving chunks have none
is answered by `core.store.index.spaces.unembedded_texts`. Knows no format: bytes in, bytes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.database import insert_new
from core.store.tables import ChunkRow, VectorRow

_SPACE = re.compile(r".+/\d+-[0-9a-f]{8}")


def is_token_space(space: str) -> bool:
    """Return whether a space holds token vectors: MODEL/DIMENSION-DIGEST, the digest being that of a projection."""
    return _SPACE.fullmatch(space) is not None


def store_tokens(session: Session, space: str, packed: Mapping[str, bytes]) -> None:
    """Store packed token vectors by digest, for texts that a chunk still has; existing ones are not replaced.

    Of a document that was purged while its text was encoded, nothing is stored.
    """
    query = select(ChunkRow.embed_sha256).where(ChunkRow.embed_sha256.in_(list(packed))).distinct()
    rows = [{"sha256": digest, "model": space, "vector": packed[digest]} for digest in session.scalars(query)]
    if rows:
        session.execute(insert_new(session, VectorRow), rows)


def read_tokens(session: Session, space: str, chunk_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the packed token vectors by chunk id; chunks without any are left out.

    Does not check rights: the ids must come from `core.store.reading.hydrate`.
    """
    query = (
        select(ChunkRow.id, VectorRow.vector)
        .join(VectorRow, (VectorRow.sha256 == ChunkRow.embed_sha256) & (VectorRow.model == space))
        .where(ChunkRow.id.in_(list(chunk_ids)))
    )
    return {row.id: row.vector for row in session.execute(query)}
