"""Embeds with sentence-transformers on torch: on a GPU, for models in safetensors, and for tuned ones.

A model whose only weights here are int8 ONNX is rebuilt once as a torch model (`retrieval.models.dequantize`). Knows no
database; `retrieval.models.embedder` decides what is embedded.
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
from retrieval.models.torch_device import check_device, halving, precision, prepare

CPU_BATCH, GPU_BATCH = 4, 128


class TorchEmbedder:
    """An Embedder on torch. On a GPU the questions of several threads are embedded together."""

    def __init__(self, spec: ModelSpec, query_prefix: str, threads: int, *, passage_prefix: str = "") -> None:
        """Raises SettingsError for a device that is not there, WeightsError for missing files."""
        self.device = check_device(spec.setting, spec.device)
        prepare(threads)
        self.name = spec.name
        self._prefix, self._passage_prefix = query_prefix, passage_prefix
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = SentenceTransformer(
            str(torch_folder(spec.folder)),
            device=self.device,
            local_files_only=True,
            model_kwargs={"dtype": precision(spec.dtype)},
        )
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._together: Batcher[str, Vectors] | None = None
        if self.device != CPU:
            self._together = Batcher(lambda texts: list(self._embed(texts)), GPU_BATCH)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._passage_prefix + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors, self._batch = halving(self._batch, lambda size: self._encode(texts, size))
        # once more, in full: half precision leaves lengths that differ from one in the third digit
        return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        prefixed = self._prefix + text
        vector: Vectors = self._embed([prefixed])[0] if self._together is None else self._together.ask(prefixed)
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
