"""Embeds with sentence-transformers on torch: on a GPU, for models in safetensors, and for tuned ones.

A model whose only weights here are int8 ONNX is rebuilt once as a torch model (`retrieval.dequantize`). Knows no
database; `retrieval.embed` decides what is embedded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from core.ports import Vectors
from retrieval.dequantize import torch_folder
from retrieval.torch_device import check_device, prepare
from retrieval.weights import CPU, Weights

CPU_BATCH, GPU_BATCH = 4, 128


class TorchEmbedder:
    """An Embedder on torch."""

    def __init__(self, weights: Weights, query_prefix: str, threads: int) -> None:
        """Raises SettingsError for a device that is not there, WeightsError for missing files."""
        self.device = check_device(weights.setting, weights.device)
        prepare(threads)
        self.name = weights.name
        self._prefix = query_prefix
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = SentenceTransformer(str(torch_folder(weights.folder)), device=self.device, local_files_only=True)
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with torch.inference_mode():
            vectors = self._model.encode(
                list(texts),
                batch_size=self._batch,
                prompt="",
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embed_passages([self._prefix + text])[0]
        return vector
