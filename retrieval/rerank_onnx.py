"""Scores (question, text) pairs with an ONNX cross-encoder, in small batches of similar length, until a deadline.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.errors import SettingsError
from retrieval.onnx_session import OnnxEncoder
from retrieval.weights import CPU, Weights, need

MAX_TOKENS = 256
BATCH = 8


class OnnxReranker:
    """A Reranker on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, weights: Weights, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        if weights.device != CPU:
            raise SettingsError(
                f"{weights.setting}: onnx:// runs on the CPU, not on {weights.device}.",
                hint="For a GPU use sentence-transformers://NAME?device=cuda:0.",
            )
        self.name = weights.name
        self._encoder = OnnxEncoder(
            need(weights, "model.onnx"), need(weights, "tokenizer.json"), max_tokens=MAX_TOKENS, threads=threads
        )

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """Score whole batches from the first text on; stop before a batch that would start after `deadline`."""
        scores: list[float] = []
        for start in range(0, len(texts), BATCH):
            if deadline is not None and time.monotonic() >= deadline:
                break
            pairs = [(question, text) for text in texts[start : start + BATCH]]
            scores.extend(float(row[0]) for row in self._encoder.run(self._encoder.encode(pairs)))
        return scores
