"""The torch backends as a GPU needs them: threads share batches, half precision stays near, full memory is no end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from core.errors import SettingsError, Unavailable
from core.settings import Settings, load_settings
from retrieval.batching import Batcher
from retrieval.models.embedder import open_embedder
from retrieval.models.reranker import open_reranker
from retrieval.models.spec import resolve_model
from retrieval.models.torch_device import with_smaller_batches

EMBEDDER = "sentence-transformers://all-minilm-l6-v2"
RERANKER = "sentence-transformers://ms-marco-minilm-l-12-v2"
QUESTION = "How long does the warranty last?"
TEXTS = [
    "The warranty lasts two years from the date of purchase.",
    "Keep the receipt: the guarantee period of 24 months starts when you buy the device.",
    "Press the red button to switch the television off.",
    "Batteries must not be thrown into the household waste. " * 30,
]


def embedder(settings: Settings, options: str = "") -> Any:
    return open_embedder(settings.model_copy(update={"embedder_url": EMBEDDER + options}))


def reranker(settings: Settings, options: str = "") -> Any:
    return open_reranker(settings.model_copy(update={"reranker_url": RERANKER + options}))


@pytest.fixture(scope="module")
def whole() -> Any:
    """The embedder in full precision on the CPU; tests that change it put it back."""
    return embedder(load_settings({}))


@pytest.fixture(scope="module")
def scorer() -> Any:
    """The reranker in full precision on the CPU."""
    return reranker(load_settings({}))


def slowed(call: Callable[..., Any], sizes: list[int]) -> Callable[..., Any]:
    """Wrap a model's call: note how many items come at once, and leave others the time to queue up."""

    def wrapped(items: Sequence[Any], *given: Any, **named: Any) -> Any:
        sizes.append(len(items))
        time.sleep(0.05)
        return call(items, *given, **named)

    return wrapped


@pytest.mark.weights
def test_questions_of_eight_threads_are_embedded_in_few_batches(whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, sizes = whole, list[int]()
    alone = [model.embed_query(f"{QUESTION} {number}") for number in range(8)]
    monkeypatch.setattr(model, "_batcher", Batcher(model._embed, 128))  # as on a GPU
    monkeypatch.setattr(model._model, "encode", slowed(model._model.encode, sizes))

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: model.embed_query(f"{QUESTION} {number}"), range(8)))

    assert sum(sizes) == 8
    assert len(sizes) < 5
    assert np.allclose(together, alone, atol=1e-5)


@pytest.mark.weights
def test_questions_of_eight_threads_are_scored_in_few_batches(scorer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, sizes = scorer, list[int]()
    asked = [TEXTS[: 1 + number % 4] for number in range(8)]
    alone = [model.score(f"{QUESTION} {number}", texts) for number, texts in enumerate(asked)]
    monkeypatch.setattr(model, "_batcher", Batcher(model._score_all, 16))  # as on a GPU
    monkeypatch.setattr(model._model, "predict", slowed(model._model.predict, sizes))

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: model.score(f"{QUESTION} {number}", asked[number]), range(8)))

    assert sum(sizes) == sum(map(len, asked))
    assert len(sizes) < 5
    for scores, right in zip(together, alone, strict=True):
        assert scores == pytest.approx(right, abs=1e-3)


@pytest.mark.weights
def test_half_precision_stays_near_and_has_unit_length(settings: Settings, whole: Any) -> None:
    half = embedder(settings, "?dtype=bfloat16")

    vectors = half.embed_passages(TEXTS)

    assert next(half._model.parameters()).dtype == torch.bfloat16
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert np.sum(vectors * whole.embed_passages(TEXTS), axis=1).min() > 0.99
    assert half.name == whole.name


@pytest.mark.slow  # bfloat16 is, on CPUs that do not know it
@pytest.mark.weights
def test_a_reranker_in_half_precision_keeps_the_order(settings: Settings, scorer: Any) -> None:
    full, half = scorer.score(QUESTION, TEXTS), reranker(settings, "?dtype=bfloat16").score(QUESTION, TEXTS)

    assert half == pytest.approx(full, abs=0.3)
    assert np.argsort(half)[-1] == np.argsort(full)[-1]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("onnx://bge-small-en-v1.5?dtype=float16", "precision of its file"),
        (f"{EMBEDDER}?dtype=int8", "no dtype 'int8'"),
        (f"{EMBEDDER}?size=2", "Known: device, dtype"),
    ],
)
def test_a_precision_that_is_none_is_refused(url: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        resolve_model("VOUCH_EMBEDDER_URL", url, load_settings({}).models_dir, ("onnx", "sentence-transformers"))


@pytest.mark.weights
def test_a_batch_that_does_not_fit_is_halved_and_the_smaller_one_is_kept(
    whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = whole
    monkeypatch.setattr(model, "_batch", 4)
    right, encode, sizes = model.embed_passages(TEXTS), model._model.encode, list[int]()

    def small(texts: Sequence[str], *, batch_size: int, **named: Any) -> Any:
        sizes.append(batch_size)
        if batch_size > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(texts, batch_size=batch_size, **named)

    monkeypatch.setattr(model._model, "encode", small)
    with capture_logs() as logs:
        assert np.allclose(model.embed_passages(TEXTS), right, atol=1e-5)
        model.embed_passages(TEXTS)

    assert sizes == [4, 2, 1, 1]
    assert [entry["size"] for entry in logs if entry["event"] == "batch_halved"] == [2, 1]


def test_memory_too_small_for_one_text_is_an_error_that_says_so() -> None:
    def full(size: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(Unavailable, match="too little free memory"):
        with_smaller_batches(8, full)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_on_a_real_gpu_vectors_and_logits_agree_with_the_cpus(
    settings: Settings, whole: Any, scorer: Any, dtype: str
) -> None:
    options = f"?device=cuda:0&dtype={dtype}"
    gpu, judge = embedder(settings, options), reranker(settings, options)

    with ThreadPoolExecutor(8) as pool:
        questions = list(pool.map(gpu.embed_query, [QUESTION] * 32))
        logits = list(pool.map(lambda _: judge.score(QUESTION, TEXTS), range(16)))

    assert (gpu.device, judge.device) == ("cuda:0", "cuda:0")
    assert np.sum(gpu.embed_passages(TEXTS) * whole.embed_passages(TEXTS), axis=1).min() > 0.99
    assert np.stack(questions) @ whole.embed_query(QUESTION) == pytest.approx(np.ones(32), abs=0.01)
    for scores in logits:
        assert scores == pytest.approx(scorer.score(QUESTION, TEXTS), abs=0.3)
