"""Make vectors in clusters, like those of texts, for `bench.gpu`, which needs more of them than there are texts."""

from __future__ import annotations

import numpy as np

from core.ports import Vectors


def clustered(rows: int, dimension: int, seed: int, centres: int = 500) -> Vectors:
    """Return unit vectors around shared random centres."""
    middle = np.random.default_rng(0).standard_normal((centres, dimension)).astype(np.float32)
    random = np.random.default_rng(seed)
    vectors = middle[random.integers(centres, size=rows)] + random.standard_normal((rows, dimension), dtype=np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
