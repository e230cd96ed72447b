"""A reader on onnxruntime: question and text in one pass, a logit for the whole and one for each part.

Knows no passages and no answers: it returns readings in the order of the texts. A text's reading does not depend on
the texts beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Encoding

from core.errors import WeightsError
from core.ports import ReaderText, Reading
from retrieval.models.onnx_session import open_encoder
from retrieval.models.readers.tokens import MAX_TOKENS, cut_question, part_tokens, reading
from retrieval.models.spec import CPU, ModelSpec

OUTPUTS = ["whole", "tokens"]


class OnnxReader:
    """A Reader on onnxruntime's CPU provider."""

    device = CPU

    def __init__(self, spec: ModelSpec, threads: int) -> None:
        """Raises SettingsError for another device than the CPU, WeightsError for missing or unreadable files."""
        self.name = spec.name
        self._encoder = open_encoder(
            spec,
            max_tokens=MAX_TOKENS,
            threads=threads,
            on_gpu="torch://FOLDER?device=cuda:0",
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
        return [self._reading(encoding, text) for encoding, text in zip(encodings, texts, strict=True)]

    def _reading(self, encoding: Encoding, text: ReaderText) -> Reading:
        """Read one text by itself: int8 rounds by the largest number of a batch, and on a CPU a batch saves no time."""
        whole, tokens = self._encoder.run_all([encoding])
        places = part_tokens(encoding.offsets, encoding.sequence_ids, text)
        return reading(whole[0].tolist(), tokens[0].tolist(), places)
