"""Pick the reranker that `VOUCH_RERANKER_URL` names; `none://` means that there is none.

Knows no runtime and no ranking: how its scores are blended in is `retrieval.fusion`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable

from core.errors import missing_extra
from core.ports import Reranker
from core.settings import Settings
from retrieval.weights import Weights, find_weights


def open_reranker(settings: Settings) -> Reranker | None:
    """Open what `VOUCH_RERANKER_URL` names, or return None for `none://`. Raises SettingsError, WeightsError."""
    if settings.reranker_url.split(":", 1)[0] == "none":
        return None
    weights = find_weights("VOUCH_RERANKER_URL", settings.reranker_url, settings.models_dir, (*BACKENDS, "none"))
    return BACKENDS[weights.scheme](weights, settings)


def _onnx(weights: Weights, settings: Settings) -> Reranker:
    try:
        from retrieval.rerank_onnx import OnnxReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxReranker(weights, settings.threads)


def _torch(weights: Weights, settings: Settings) -> Reranker:
    try:
        from retrieval.rerank_torch import TorchReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return TorchReranker(weights, settings.threads)


BACKENDS: dict[str, Callable[[Weights, Settings], Reranker]] = {"onnx": _onnx, "sentence-transformers": _torch}
