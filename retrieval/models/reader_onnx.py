"""A reader on onnxruntime: question and text in one pass, a logit for the whole and one for each part.

Knows no passages and no answers: it returns readings in the order of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import SettingsError, WeightsError
from core.ports import ReaderText, Reading
from retrieval.models.onnx_session import OnnxEncoder
from retrieval.models.reader_tokens import MAX_TOKENS, cut_question, part_tokens, reading
from retrieval.models.spec import CPU, ModelSpec, require_file

BATCH = 4
OUTPUTS = ["whole", "tokens"]


class OnnxReader:
    """A Reader on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        if spec.device != CPU:
            raise SettingsError(
                f"{spec.setting}: onnx:// runs on the CPU, not on {spec.device}.",
                hint="For a GPU use torch://FOLDER?device=cuda:0.",
            )
        self.name = spec.name
        self._encoder = OnnxEncoder(
            require_file(spec, "model.onnx"),
            require_file(spec, "tokenizer.json"),
            max_tokens=MAX_TOKENS,
            threads=threads,
            cut="only_second",
        )
        if self._encoder.outputs != OUTPUTS:
            raise WeightsError(
                f"{spec.folder / 'model.onnx'} is no reader: its outputs are {', '.join(self._encoder.outputs)}.",
                hint=f"{spec.setting} needs a model with the outputs {' and '.join(OUTPUTS)}.",
            )

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        asked = cut_question(self._encoder.tokenizer, question)
        encodings = self._encoder.encode([(asked, text.text) for text in texts])
        order = sorted(range(len(texts)), key=lambda number: len(encodings[number].ids))
        found: dict[int, Reading] = {}
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            whole, tokens = self._encoder.run_all([encodings[number] for number in batch])
            for row, number in enumerate(batch):
                places = part_tokens(encodings[number].offsets, encodings[number].sequence_ids, texts[number])
                found[number] = reading(whole[row].tolist(), tokens[row].tolist(), places)
        return [found[number] for number in range(len(texts))]
