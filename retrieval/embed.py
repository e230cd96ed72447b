"""Pick the embedder that `VOUCH_EMBEDDER_URL` names.

Knows no runtime: each is one file, imported only when its scheme is asked for. An embedding space is named after
the model and not the runtime, so that vectors made by one runtime serve under another.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from core.errors import missing_extra
from core.ports import Embedder
from core.settings import Settings
from retrieval.weights import Weights, find_weights

PREFIXES = {"bge-small-en-v1.5": "Represent this sentence for searching relevant passages: "}


def open_embedder(settings: Settings) -> Embedder:
    """Open what `VOUCH_EMBEDDER_URL` names. Raises SettingsError, WeightsError."""
    weights = find_weights("VOUCH_EMBEDDER_URL", settings.embedder_url, settings.models_dir, BACKENDS)
    return BACKENDS[weights.scheme](weights, settings)


def query_prefix(weights: Weights) -> str:
    """Return what the model wants in front of a question: as its own folder says, else as is known of its name."""
    config = weights.folder / "config_sentence_transformers.json"
    prompts = json.loads(config.read_text()).get("prompts", {}) if config.is_file() else {}
    return str(prompts.get("query") or PREFIXES.get(weights.name, ""))


def _onnx(weights: Weights, settings: Settings) -> Embedder:
    try:
        from retrieval.embed_onnx import OnnxEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxEmbedder(weights, query_prefix(weights), settings.threads)


def _torch(weights: Weights, settings: Settings) -> Embedder:
    try:
        from retrieval.embed_torch import TorchEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return TorchEmbedder(weights, query_prefix(weights), settings.threads)


BACKENDS: dict[str, Callable[[Weights, Settings], Embedder]] = {"onnx": _onnx, "sentence-transformers": _torch}
