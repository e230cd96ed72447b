"""A reranker on sentence-transformers' CrossEncoder: for GPUs and for tuned models.

Knows no ranking: it returns logits in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

import torch
from sentence_transformers import CrossEncoder

from retrieval.batching import Batcher
from retrieval.models.deadline import score_until
from retrieval.models.dequantize import torch_folder
from retrieval.models.spec import CPU, ModelSpec
from retrieval.models.torch_device import check_device, configure_torch, torch_dtype, with_smaller_batches

MAX_TOKENS = 256
CPU_BATCH, GPU_BATCH = 4, 64
MAX_QUESTIONS = 16
"""Questions, each with its texts, that are scored in one batch on a GPU."""

Pair = tuple[str, str]


class TorchReranker:
    """A Reranker on torch. On a GPU the questions of several threads are scored together."""

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for a missing device, WeightsError for missing files."""
        self.device = check_device(spec.setting, spec.device)
        configure_torch(threads)
        self.name = spec.name
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = CrossEncoder(
            str(torch_folder(spec.folder)),
            device=self.device,
            max_length=MAX_TOKENS,
            local_files_only=True,
            activation_fn=torch.nn.Identity(),
            model_kwargs={"dtype": torch_dtype(spec.dtype)},
        )
        self._batcher: Batcher[Sequence[Pair], list[float]] | None = None
        if self.device != CPU:
            self._batcher = Batcher(self._score_all, MAX_QUESTIONS)

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        def score_batch(batch: Sequence[str]) -> list[float]:
            pairs = [(question, text) for text in batch]
            return self._score(pairs) if self._batcher is None else self._batcher.ask(pairs)

        return score_until(deadline, texts, self._batch, score_batch)

    def _score_all(self, questions: Sequence[Sequence[Pair]]) -> list[list[float]]:
        logits = iter(self._score(list(chain.from_iterable(questions))))
        return [list(islice(logits, len(pairs))) for pairs in questions]

    def _score(self, pairs: Sequence[Pair]) -> list[float]:
        logits, self._batch = with_smaller_batches(self._batch, lambda size: self._predict(pairs, size))
        return logits

    def _predict(self, pairs: Sequence[Pair], size: int) -> list[float]:
        with torch.inference_mode():
            logits = self._model.predict(list(pairs), batch_size=size, show_progress_bar=False)
        return [float(logit) for logit in logits]
