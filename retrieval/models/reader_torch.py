"""A reader on torch: for GPUs and for readers that were just tuned. On a GPU the questions of several threads are read
together.

Knows no passages and no answers: it returns readings in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

import torch
from tokenizers import Encoding

from core.ports import ReaderText, Reading
from retrieval.batching import Batcher
from retrieval.models.dequantize import torch_folder
from retrieval.models.onnx_session import open_tokenizer
from retrieval.models.reader_model import load
from retrieval.models.reader_tokens import MAX_TOKENS, cut_question, part_tokens, reading
from retrieval.models.spec import CPU, ModelSpec, require_file
from retrieval.models.torch_device import check_device, configure_torch, torch_dtype, with_smaller_batches

CPU_BATCH, GPU_BATCH = 4, 64
MAX_QUESTIONS = 16

Pair = tuple[str, ReaderText]


class TorchReader:
    """A Reader on torch."""

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for a missing device, WeightsError for missing files."""
        self.device = check_device(spec.setting, spec.device)
        configure_torch(threads)
        self.name = spec.name
        self._batch = CPU_BATCH if self.device == CPU else GPU_BATCH
        self._model = load(torch_folder(spec.folder)).to(self.device, torch_dtype(spec.dtype))
        self._tokenizer = open_tokenizer(require_file(spec, "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        self._batcher: Batcher[Sequence[Pair], list[Reading]] | None = None
        if self.device != CPU:
            self._batcher = Batcher(self._read_all, MAX_QUESTIONS)

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        asked = cut_question(self._tokenizer, question)
        pairs = [(asked, text) for text in texts]
        return self._read(pairs) if self._batcher is None else self._batcher.ask(pairs)

    def _read_all(self, questions: Sequence[Sequence[Pair]]) -> list[list[Reading]]:
        readings = iter(self._read(list(chain.from_iterable(questions))))
        return [list(islice(readings, len(pairs))) for pairs in questions]

    def _read(self, pairs: Sequence[Pair]) -> list[Reading]:
        readings, self._batch = with_smaller_batches(self._batch, lambda size: self._in_batches(pairs, size))
        return readings

    def _in_batches(self, pairs: Sequence[Pair], size: int) -> list[Reading]:
        encodings = [self._tokenizer.encode(question, text.text) for question, text in pairs]
        found: list[Reading] = []
        for start in range(0, len(pairs), size):
            found += self._batch_read(encodings[start : start + size], pairs[start : start + size])
        return found

    def _batch_read(self, encodings: Sequence[Encoding], pairs: Sequence[Pair]) -> list[Reading]:
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = torch.zeros((len(encodings), longest), dtype=torch.long)
        types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            size = len(encoding.ids)
            ids[row, :size] = torch.tensor(encoding.ids)
            types[row, :size] = torch.tensor(encoding.type_ids)
            mask[row, :size] = 1
        with torch.inference_mode():
            whole, tokens = self._model(ids.to(self.device), mask.to(self.device), types.to(self.device))
        rows = zip(whole.float().tolist(), tokens.float().tolist(), encodings, pairs, strict=True)
        return [
            reading(both, logits, part_tokens(encoding.offsets, encoding.sequence_ids, text))
            for both, logits, encoding, (_, text) in rows
        ]
