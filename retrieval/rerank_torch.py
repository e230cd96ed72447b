"""Scores (question, text) pairs with a sentence-transformers CrossEncoder: on a GPU, and for tuned models.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from sentence_transformers import CrossEncoder

from retrieval.dequantize import torch_folder
from retrieval.torch_device import check_device, prepare
from retrieval.weights import CPU, Weights

MAX_TOKENS = 256
CPU_BATCH, GPU_BATCH = 8, 64


class TorchReranker:
    """A Reranker on torch."""

    def __init__(self, weights: Weights, threads: int) -> None:
        """Raises SettingsError for a device that is not there, WeightsError for missing files."""
        self.device = check_device(weights.setting, weights.device)
        prepare(threads)
        self.name = weights.name
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = CrossEncoder(
            str(torch_folder(weights.folder)), device=self.device, max_length=MAX_TOKENS, local_files_only=True,
            activation_fn=torch.nn.Identity(),
        )

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """Score whole batches from the first text on; stop before a batch that would start after `deadline`."""
        scores: list[float] = []
        for start in range(0, len(texts), self._batch):
            if deadline is not None and time.monotonic() >= deadline:
                break
            pairs = [(question, text) for text in texts[start : start + self._batch]]
            with torch.inference_mode():
                logits = self._model.predict(pairs, batch_size=self._batch, show_progress_bar=False)
            scores.extend(float(logit) for logit in logits)
        return scores
