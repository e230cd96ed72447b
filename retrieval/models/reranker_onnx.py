"""Scores (question, text) pairs with an ONNX cross-encoder, in small batches, until a deadline.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core.errors import SettingsError
from retrieval.models.location import CPU, Weights, need
from retrieval.models.onnx_session import OnnxEncoder
from retrieval.models.reranker import score_in_time

MAX_TOKENS = 256
BATCH = 4
"""Small, so that a deadline is met to within a few pairs; larger ones are hardly faster on a CPU."""


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
        return score_in_time(texts, BATCH, deadline, partial(self._score, question))

    def _score(self, question: str, texts: Sequence[str]) -> list[float]:
        logits = self._encoder.run(self._encoder.encode([(question, text) for text in texts]))
        return [float(row[0]) for row in logits]
