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
from retrieval.models.location import Weights, find_weights

PREFIXES = {
    "bge-small-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
    "multilingual-e5-small": ("query: ", "passage: "),
}
"""What stands in front of a question and of a passage, for folders that do not say it themselves."""


def open_embedder(settings: Settings) -> Embedder:
    """Open what `VOUCH_EMBEDDER_URL` names. Raises SettingsError, WeightsError."""
    weights = find_weights("VOUCH_EMBEDDER_URL", settings.embedder_url, settings.models_dir, BACKENDS)
    return BACKENDS[weights.scheme](weights, settings)


def prefixes(weights: Weights) -> tuple[str, str]:
    """Return what the model wants before a question and before a passage: as its folder says, else as its name does."""
    config = weights.folder / "config_sentence_transformers.json"
    prompts = json.loads(config.read_text()).get("prompts", {}) if config.is_file() else {}
    known = PREFIXES.get(weights.name, ("", ""))
    return str(prompts.get("query") or known[0]), str(prompts.get("passage") or prompts.get("document") or known[1])


def _onnx(weights: Weights, settings: Settings) -> Embedder:
    try:
        from retrieval.models.embedder_onnx import OnnxEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxEmbedder(weights, prefixes(weights)[0], settings.threads)


def _torch(weights: Weights, settings: Settings) -> Embedder:
    try:
        from retrieval.models.embedder_torch import TorchEmbedder
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    query, passage = prefixes(weights)
    return TorchEmbedder(weights, query, settings.threads, passage_prefix=passage)


BACKENDS: dict[str, Callable[[Weights, Settings], Embedder]] = {"onnx": _onnx, "sentence-transformers": _torch}
