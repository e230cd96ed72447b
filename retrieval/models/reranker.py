"""Pick the reranker that `VOUCH_RERANKER_URL` names; `none://` means that there is none. Keep each to its time.

Knows no runtime and no ranking: how its scores are blended in is `retrieval.ranking.fusion`'s matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from core.errors import missing_extra
from core.ports import Reranker
from core.settings import Settings
from retrieval.models.location import Weights, find_weights


def open_reranker(settings: Settings) -> Reranker | None:
    """Open what `VOUCH_RERANKER_URL` names, or return None for `none://`. Raises SettingsError, WeightsError."""
    if settings.reranker_url.split(":", 1)[0] == "none":
        return None
    weights = find_weights("VOUCH_RERANKER_URL", settings.reranker_url, settings.models_dir, (*BACKENDS, "none"))
    return BACKENDS[weights.scheme](weights, settings)


def score_in_time(
    texts: Sequence[str], size: int, deadline: float | None, score: Callable[[Sequence[str]], Sequence[float]]
) -> list[float]:
    """Score batches of `size` from the first text on; stop before one that would likely end after the deadline.

    `deadline` is in time.monotonic()'s seconds. A batch is taken to last as long as the longest before it; the first
    one starts if there is any time left at all.
    """
    scores: list[float] = []
    longest = 0.0
    for start in range(0, len(texts), size):
        began = time.monotonic()
        if deadline is not None and began + longest >= deadline:
            break
        scores.extend(score(texts[start : start + size]))
        longest = max(longest, time.monotonic() - began)
    return scores


def _onnx(weights: Weights, settings: Settings) -> Reranker:
    try:
        from retrieval.models.reranker_onnx import OnnxReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return OnnxReranker(weights, settings.threads)


def _torch(weights: Weights, settings: Settings) -> Reranker:
    try:
        from retrieval.models.reranker_torch import TorchReranker
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    return TorchReranker(weights, settings.threads)


BACKENDS: dict[str, Callable[[Weights, Settings], Reranker]] = {"onnx": _onnx, "sentence-transformers": _torch}
