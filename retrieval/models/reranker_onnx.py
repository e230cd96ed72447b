"""A reranker on onnxruntime: scores (question, text) pairs in small batches until a deadline.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from retrieval.models.deadline import score_until
from retrieval.models.onnx_session import open_encoder
from retrieval.models.spec import CPU, ModelSpec

MAX_TOKENS = 256
BATCH = 4
"""Small, so that a deadline is kept to within a few pairs; larger batches are hardly faster on a CPU."""


class OnnxReranker:
    """A Reranker on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        self.name = spec.name
        self._encoder = open_encoder(
            spec,
            max_tokens=MAX_TOKENS,
            threads=threads,
            on_gpu="sentence-transformers://NAME?device=cuda:0",
        )

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        return score_until(deadline, texts, BATCH, partial(self._score, question))

    def _score(self, question: str, texts: Sequence[str]) -> list[float]:
        logits = self._encoder.run(self._encoder.encode([(question, text) for text in texts]))
        return [float(row[0]) for row in logits]
