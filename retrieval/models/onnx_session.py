"""A transformer encoder on onnxruntime and the CPU: takes token ids, returns the model's first output.

Knows no task: pooling is in `retrieval.models.embedder_onnx`, pairing in `retrieval.models.reranker_onnx`. Threads do
not spin while they wait, because other models share the cores.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    RuntimeException,
)
from onnxruntime.capi.onnxruntime_pybind11_state import (
    NotImplemented as NotSupported,
)
from tokenizers import Encoding, Tokenizer

from core.errors import SettingsError, WeightsError
from retrieval.models.spec import CPU, ModelSpec, require_file

UNREADABLE = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile, NotSupported, RuntimeException)


def open_encoder(
    spec: ModelSpec, *, max_tokens: int, threads: int, on_gpu: str | None = None, cut: str = "longest_first"
) -> OnnxEncoder:
    """Open the model and the tokenizer in a spec's folder; `on_gpu` is the URL that is recommended for a GPU.

    Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files.
    """
    if spec.device != CPU:
        raise SettingsError(
            f"{spec.setting}: onnx:// runs on the CPU, not on {spec.device}.",
            hint=f"For a GPU use {on_gpu}." if on_gpu else "Leave ?device= out.",
        )
    model, tokenizer = require_file(spec, "model.onnx"), require_file(spec, "tokenizer.json")
    return OnnxEncoder(model, tokenizer, max_tokens=max_tokens, threads=threads, cut=cut)


class OnnxEncoder:
    """Runs one ONNX file with its tokenizer. Safe to call from several threads. `outputs` are their names, in order."""

    def __init__(
        self, model: Path, tokenizer: Path, *, max_tokens: int, threads: int, cut: str = "longest_first"
    ) -> None:
        """`cut` says what is cut to `max_tokens`: "longest_first", or of pairs "only_second".

        Raises WeightsError for files that cannot be read as a model and a tokenizer."""
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), _options(threads), providers=["CPUExecutionProvider"]
            )
        except UNREADABLE as error:
            raise WeightsError(
                f"{model} cannot be read as an ONNX model.", hint="Run `vouch models verify`."
            ) from error
        self.tokenizer = open_tokenizer(tokenizer)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens, strategy=cut)
        self._inputs = {item.name for item in self._session.get_inputs()}
        self.outputs = [item.name for item in self._session.get_outputs()]

    def encode(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> list[Encoding]:
        """Tokenize texts or pairs of texts, cut to the model's length."""
        encodings: list[Encoding] = self.tokenizer.encode_batch(list(texts))
        return encodings

    def token_id(self, token: str) -> int | None:
        """Return a token's id; None if it is not in the vocabulary."""
        number: int | None = self.tokenizer.token_to_id(token)
        return number

    def run_ids(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the first output for one text with these token ids, without padding: (len(ids), …)."""
        row = np.array([ids], dtype=np.int64)
        feeds = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        only: NDArray[np.float32] = self._run(feeds)[0][0]
        return only

    def run(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        """Return the first output for one batch, padded to its longest: (batch, …)."""
        return self.run_all(encodings)[0]

    def run_all(self, encodings: Sequence[Encoding]) -> list[NDArray[np.float32]]:
        """Return every output for one batch, padded to its longest: (batch, …) each."""
        longest = max(len(encoding.ids) for encoding in encodings)
        feeds = {
            "input_ids": _padded([encoding.ids for encoding in encodings], longest),
            "attention_mask": _padded([encoding.attention_mask for encoding in encodings], longest),
            "token_type_ids": _padded([encoding.type_ids for encoding in encodings], longest),
        }
        return self._run(feeds)

    def _run(self, feeds: Mapping[str, NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        outputs = self._session.run(None, {name: feed for name, feed in feeds.items() if name in self._inputs})
        return [np.asarray(output, dtype=np.float32) for output in outputs]


def open_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer in a file. Raises WeightsError."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more exact
        raise WeightsError(f"{path} cannot be read as a tokenizer.", hint="Run `vouch models verify`.") from error


def _padded(rows: Sequence[Sequence[int]], longest: int) -> NDArray[np.int64]:
    padded = np.zeros((len(rows), longest), dtype=np.int64)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = values
    return padded


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
