"""An embedder on sentence-transformers and torch: for GPUs, for models in safetensors and for tuned models.

A model with only int8 ONNX weights here is rebuilt once as a torch model (`retrieval.models.dequantize`). Knows no
database; `retrieval.models.embedder` opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from core.ports import Vectors
from retrieval.batching import Batcher
from retrieval.models.dequantize import torch_folder
from retrieval.models.spec import CPU, ModelSpec
from retrieval.models.torch_device import check_device, configure_torch, torch_dtype, with_smaller_batches

CPU_BATCH, GPU_BATCH = 4, 128


class TorchEmbedder:
    """An Embedder on torch. On a GPU the questions of several threads are embedded together."""

    def __init__(self, spec: ModelSpec, query_prefix: str, threads: int, *, passage_prefix: str = "") -> None:
        """Raises SettingsError for a missing device, WeightsError for missing files."""
        self.device = check_device(spec.setting, spec.device)
        configure_torch(threads)
        self.name = spec.name
        self._prefix, self._passage_prefix = query_prefix, passage_prefix
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = SentenceTransformer(
            str(torch_folder(spec.folder)),
            device=self.device,
            local_files_only=True,
            model_kwargs={"dtype": torch_dtype(spec.dtype)},
        )
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._batcher: Batcher[str, Vectors] | None = None
        if self.device != CPU:
            self._batcher = Batcher(lambda texts: list(self._embed(texts)), GPU_BATCH)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._passage_prefix + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors, self._batch = with_smaller_batches(self._batch, lambda size: self._encode(texts, size))
        # normalized again in float32: after half precision, lengths differ from 1 in the third digit
        return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        prefixed = self._prefix + text
        vector: Vectors = self._embed([prefixed])[0] if self._batcher is None else self._batcher.ask(prefixed)
        return vector

    def _encode(self, texts: Sequence[str], size: int) -> Vectors:
        with torch.inference_mode():
            vectors = self._model.encode(
                list(texts),
                batch_size=size,
                prompt="",
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)
