"""Open the embedder that `VOUCH_EMBEDDER_URL` names.

Knows no runtime: each is one module, imported only when the URL names its scheme. An embedding space has the name of
the model, not of the runtime, so that vectors made by one runtime are valid under another.
"""

from __future__ import annotations

from collections.abc import Callable

from core.errors import missing_extra
from core.ports import Embedder
from core.settings import Settings
from retrieval.models.spec import ModelSpec, find_prefixes, resolve_model


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder that `VOUCH_EMBEDDER_URL` names. Raises SettingsError, WeightsError."""
    spec = resolve_model("VOUCH_EMBEDDER_URL", settings.embedder_url, settings.models_dir, BACKENDS)
    return BACKENDS[spec.scheme](spec, settings)


def _onnx(spec: ModelSpec, settings: Settings) -> Embedder:
    try:
        from retrieval.models.embedder_onnx import OnnxEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxEmbedder(spec, find_prefixes(spec)[0], settings.threads)


def _torch(spec: ModelSpec, settings: Settings) -> Embedder:
    try:
        from retrieval.models.embedder_torch import TorchEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    query, passage = find_prefixes(spec)
    return TorchEmbedder(spec, query, settings.threads, passage_prefix=passage)


BACKENDS: dict[str, Callable[[ModelSpec, Settings], Embedder]] = {"onnx": _onnx, "sentence-transformers": _torch}
