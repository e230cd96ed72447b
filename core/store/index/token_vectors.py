"""One vector a token, packed by `retrieval.models.token_pack`: kept by the digest of the text, as one-vector embeddings
are.

They share the table of vectors under a name of their own, so that a purge takes both. Which serving chunks lack them
`core.store.index.spaces.unembedded_texts` says. Knows no format: bytes in, bytes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.store.database import insert_new
from core.store.tables import ChunkRow, VectorRow


def store_tokens(session: Session, space: str, packed: Mapping[str, bytes]) -> None:
    """Keep packed token vectors by digest, of texts that a chunk still has; what is known already stays as it is.

    A document that was purged while its text was read leaves nothing behind.
    """
    query = select(ChunkRow.embed_sha256).where(ChunkRow.embed_sha256.in_(list(packed))).distinct()
    rows = [{"sha256": digest, "model": space, "vector": packed[digest]} for digest in session.scalars(query)]
    if rows:
        session.execute(insert_new(session, VectorRow), rows)


def read_tokens(session: Session, space: str, chunk_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the packed token vectors of those chunks that have some. The ids must have been hydrated."""
    query = (
        select(ChunkRow.id, VectorRow.vector)
        .join(VectorRow, (VectorRow.sha256 == ChunkRow.embed_sha256) & (VectorRow.model == space))
        .where(ChunkRow.id.in_(list(chunk_ids)))
    )
    return {row.id: row.vector for row in session.execute(query)}
