"""Open the reader that `VOUCH_READER_URL` names; `none://` means none.

Knows no runtime and no answers: `generation.evidence.reading` uses the readings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import missing_extra
from core.ports import Reader, ReaderText, Reading, Reranker
from core.settings import Settings
from retrieval.models.spec import ModelSpec, resolve_model


def open_reader(settings: Settings, reranker: Reranker | None) -> Reader | None:
    """Return the reader that `VOUCH_READER_URL` names.

    `none://` lets the reranker read each part by itself, if there is one: slower, and worse. Raises SettingsError,
    WeightsError.
    """
    if settings.reader_url.split(":", 1)[0] == "none":
        return PartReranker(reranker) if reranker is not None else None
    spec = resolve_model("VOUCH_READER_URL", settings.reader_url, settings.models_dir, (*BACKENDS, "none"))
    return BACKENDS[spec.scheme](spec, settings)


class PartReranker:
    """A Reader made of a reranker that scores every part alone: for an installation without a reader's weights."""

    def __init__(self, reranker: Reranker) -> None:
        self._reranker = reranker
        self.name = f"parts:{reranker.name}"
        self.device = reranker.device

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        found = []
        for text in texts:
            head = text.text[: text.parts[0][0]].strip() if text.parts else ""
            said = [text.text[start:end] for start, end in text.parts]
            logits = self._reranker.score(question, [f"{head}\n{each}" if head else each for each in said])
            best = max(logits, default=0.0)
            found.append(Reading(best, best, tuple(logit if logit > best - NEAR else logit - FAR for logit in logits)))
        return found


NEAR = 0.5
"""A part that scores within this of the best one of its text is as good."""
FAR = 20.0


def _onnx(spec: ModelSpec, settings: Settings) -> Reader:
    try:
        from retrieval.models.reader_onnx import OnnxReader
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxReader(spec, settings.threads)


def _torch(spec: ModelSpec, settings: Settings) -> Reader:
    try:
        from retrieval.models.reader_torch import TorchReader
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return TorchReader(spec, settings.threads)


BACKENDS: dict[str, Callable[[ModelSpec, Settings], Reader]] = {"onnx": _onnx, "torch": _torch}
