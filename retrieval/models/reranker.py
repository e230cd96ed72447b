"""Open the reranker that `VOUCH_RERANKER_URL` names; `none://` means none.

Knows no runtime and no ranking: `retrieval.ranking.fusion` blends the scores in.
"""

from __future__ import annotations

from collections.abc import Callable

from core.errors import missing_extra
from core.ports import Reranker
from core.settings import Settings
from retrieval.models.spec import ModelSpec, resolve_model


def open_reranker(settings: Settings) -> Reranker | None:
    """Return the reranker that `VOUCH_RERANKER_URL` names, None for `none://`. Raises SettingsError, WeightsError."""
    if settings.reranker_url.split(":", 1)[0] == "none":
        return None
    spec = resolve_model("VOUCH_RERANKER_URL", settings.reranker_url, settings.models_dir, (*BACKENDS, "none"))
    return BACKENDS[spec.scheme](spec, settings)


def _onnx(spec: ModelSpec, settings: Settings) -> Reranker:
    try:
        from retrieval.models.reranker_onnx import OnnxReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxReranker(spec, settings.threads)


def _torch(spec: ModelSpec, settings: Settings) -> Reranker:
    try:
        from retrieval.models.reranker_torch import TorchReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return TorchReranker(spec, settings.threads)


BACKENDS: dict[str, Callable[[ModelSpec, Settings], Reranker]] = {"onnx": _onnx, "sentence-transformers": _torch}
