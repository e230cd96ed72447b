"""A ColBERT-style encoder on onnxruntime: one vector for each token of a text, projected to fewer dimensions.

The available ONNX file ends before the model's last layer, so a projection replaces that layer: the directions in which
token vectors of common support texts vary most (`bench.fit_projection` computes it). Knows no database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import WeightsError
from core.ports import Vectors
from retrieval.models.onnx_session import open_encoder
from retrieval.models.spec import CPU, ModelSpec
from retrieval.models.token_pack import unit_rows

PROJECTION = Path(__file__).with_suffix(".projection.npy")
MAX_TOKENS = 400
MOST_QUESTION_TOKENS = 120
"""A longer question is cut: its first hundred words are enough, more only cost time."""
QUESTION, PASSAGE = "[unused0]", "[unused1]"
"""The tokens that mark the two kinds of text; the model expects them after the first token."""


class OnnxLateEncoder:
    """A LateEncoder on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        self._encoder = open_encoder(
            spec,
            max_tokens=MAX_TOKENS,
            threads=threads,
        )
        self._marks = {mark: self._token(spec, mark) for mark in (QUESTION, PASSAGE)}
        projection = np.load(PROJECTION)
        self._projection: Vectors = projection.astype(np.float32)
        self.dimension = int(projection.shape[1])
        digest = hashlib.sha256(projection.tobytes()).hexdigest()[:8]
        self.name = f"{spec.name}/{self.dimension}-{digest}"

    def encode_passages(self, texts: Sequence[str]) -> list[Vectors]:
        return [self._tokens(text, PASSAGE, MAX_TOKENS) for text in texts]

    def encode_question(self, text: str) -> Vectors:
        tokens = self._tokens(text, QUESTION, MOST_QUESTION_TOKENS)
        return tokens[2:-1] if len(tokens) > 3 else tokens  # the first token, the mark and the last carry no meaning

    def _tokens(self, text: str, mark: str, most: int) -> Vectors:
        first, *rest = self._encoder.encode([text])[0].ids[:most]
        hidden = self._encoder.run_ids([first, self._marks[mark], *rest])
        return unit_rows(unit_rows(hidden) @ self._projection)

    def _token(self, spec: ModelSpec, mark: str) -> int:
        number = self._encoder.token_id(mark)
        if number is None:
            raise WeightsError(
                f"{spec.setting}: the tokenizer in {spec.folder} has no {mark}.",
                hint="Name a late-interaction model, answerai-colbert-small-v1 for one, or none://.",
            )
        return number
