"""Open the reader that `VOUCH_READER_URL` names; `none://` means none.

Knows no runtime and no answers: `generation.evidence.reading` uses the readings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from core.errors import WeightsError, missing_extra
from core.ports import Reader, ReaderText, Reading, Reranker
from core.settings import Settings
from core.weights import models
from retrieval.models.spec import ModelSpec, resolve_model

SETTING = "VOUCH_READER_URL"
log = structlog.get_logger(__name__)


def open_reader(settings: Settings, reranker: Reranker | None) -> Reader | None:
    """Return the reader that serves: `find_reader` without what is wrong with it."""
    return find_reader(settings, reranker)[0]


def find_reader(settings: Settings, reranker: Reranker | None) -> tuple[Reader | None, str | None]:
    """Return the reader that serves, and why it is not the one that `VOUCH_READER_URL` names; None if it is.

    If the reader's weights are missing or damaged, the reranker reads each part by itself, as with `none://`. Without
    a reranker there is no reader. Raises SettingsError.
    """
    next_best = PartReranker(reranker) if reranker is not None else None
    if settings.reader_url.split(":", 1)[0] == "none":
        return next_best, None
    try:
        return _open_named(settings), None
    except WeightsError as error:
        log.warning("reader_not_open", url=settings.reader_url, reason=str(error))
        return next_best, _worse(next_best, error)


def _open_named(settings: Settings) -> Reader:
    """Return the reader that the URL names. A model of the manifest is opened only if its hashes match."""
    spec = resolve_model(SETTING, settings.reader_url, settings.models_dir, (*BACKENDS, "none"))
    if spec.name in models.manifest():
        models.verify(settings.models_dir, spec.name)
    return BACKENDS[spec.scheme](spec, settings)


def _worse(next_best: Reader | None, error: WeightsError) -> str:
    how = "by the reranker, slower and worse" if next_best is not None else "by shared words alone, far worse"
    return f"Answers are selected {how}: run `vouch models pull` and restart Vouch. {error.message}"


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
