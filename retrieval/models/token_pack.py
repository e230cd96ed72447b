"""Pack token vectors into few bytes, int8 with one scale each, and score with them.

Late interaction (ColBERT, Khattab & Zaharia 2020, arXiv:2004.12832): a passage has a vector for each of its tokens, and
for each token of a question the nearest of them counts. Knows no model and no database.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexCorrupt
from core.ports import Vectors

LEVELS = 127
SCALE_BYTES = 2


def unit_rows(rows: Vectors) -> Vectors:
    """Return the rows scaled to length 1."""
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def pack(tokens: Vectors) -> bytes:
    """Return (n, d) unit vectors as n float16 scales, then n x d int8: d + 2 bytes per token."""
    scales = (np.abs(tokens).max(axis=1) / LEVELS).astype("<f2")
    levels = np.rint(tokens / scales[:, np.newaxis].astype(np.float32)).clip(-LEVELS, LEVELS).astype(np.int8)
    packed: bytes = scales.tobytes() + levels.tobytes()
    return packed


def unpack(packed: bytes, dimension: int) -> Vectors:
    """Return (n, d) vectors, of length 1 to within a hundredth. Raises IndexCorrupt for bytes of another shape."""
    count, rest = divmod(len(packed), dimension + SCALE_BYTES)
    if rest or not count:
        raise IndexCorrupt(f"{len(packed)} bytes are not token vectors of {dimension} dimensions.")
    scales = np.frombuffer(packed, dtype="<f2", count=count).astype(np.float32)
    levels: NDArray[np.int8] = np.frombuffer(packed, dtype=np.int8, offset=count * SCALE_BYTES)
    tokens: Vectors = levels.reshape(count, dimension).astype(np.float32) * scales[:, np.newaxis]
    return tokens


def max_sim(question: Vectors, passages: Sequence[Vectors]) -> list[float]:
    """Return for each passage the mean, over the question's tokens, of the best inner product with one of its tokens.

    `question` is (m, d), each passage (n_i, d) with n_i > 0. A mean, not a sum: the score is in -1..1 for any length.
    """
    if not passages:
        return []
    starts = np.cumsum([0, *(len(tokens) for tokens in passages[:-1])])
    best = np.maximum.reduceat(np.concatenate(passages) @ question.T, starts, axis=0)
    return [float(score) for score in best.mean(axis=1)]
