"""An embedder on onnxruntime for encoders of the BERT family: the first token's vector, scaled to unit length.

It runs one text at a time: padding costs more than a batch saves on a CPU, and int8 activations are scaled per batch,
so that a text gets the same vector only when it runs alone. Knows no database; `retrieval.models.embedder` opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.ports import Vectors
from retrieval.models.onnx_session import open_encoder
from retrieval.models.spec import CPU, ModelSpec

MAX_TOKENS = 512


class OnnxEmbedder:
    """An Embedder on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, spec: ModelSpec, query_prefix: str, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        self.name = spec.name
        self._prefix = query_prefix
        self._encoder = open_encoder(
            spec,
            max_tokens=MAX_TOKENS,
            threads=threads,
            on_gpu="sentence-transformers://NAME?device=cuda:0",
        )
        self.dimension = len(self._embed("dimension"))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._embed(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        return self._embed(self._prefix + text)

    def _embed(self, text: str) -> Vectors:
        first: Vectors = self._encoder.run(self._encoder.encode([text]))[0, 0]
        unit: Vectors = first / np.linalg.norm(first)
        return unit
