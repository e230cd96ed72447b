"""Scores (question, text) pairs with a sentence-transformers CrossEncoder: on a GPU, and for tuned models.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from sentence_transformers import CrossEncoder

from retrieval.dequantize import torch_folder
from retrieval.rerank import score_in_time
from retrieval.torch_device import check_device, prepare
from retrieval.weights import CPU, Weights

MAX_TOKENS = 256
CPU_BATCH, GPU_BATCH = 4, 64


class TorchReranker:
    """A Reranker on torch."""

    def __init__(self, weights: Weights, threads: int) -> None:
        """Raises SettingsError for a device that is not there, WeightsError for missing files."""
        self.device = check_device(weights.setting, weights.device)
        prepare(threads)
        self.name = weights.name
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = CrossEncoder(
            str(torch_folder(weights.folder)),
            device=self.device,
            max_length=MAX_TOKENS,
            local_files_only=True,
            activation_fn=torch.nn.Identity(),
        )

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        return score_in_time(texts, self._batch, deadline, partial(self._score, question))

    def _score(self, question: str, texts: Sequence[str]) -> list[float]:
        with torch.inference_mode():
            logits = self._model.predict(
                [(question, text) for text in texts], batch_size=self._batch, show_progress_bar=False
            )
        return [float(logit) for logit in logits]
