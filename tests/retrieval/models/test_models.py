"""Embedders and rerankers with real weights: runtimes agree, URLs are understood, deadlines hold."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import SettingsError, WeightsError
from core.ports import Embedder, Reranker
from core.settings import Settings, load_settings
from core.weights.models import folder
from retrieval.models.embedder import open_embedder
from retrieval.models.reranker import open_reranker

QUESTION = "How long does the warranty last?"
TEXTS = [
    "The warranty lasts two years from the date of purchase.",
    "Warranty\nKeep the receipt: the guarantee period of 24 months starts when you buy the device.",
    "Press the red button to switch the television off.",
    "Batteries must not be thrown into the household waste. " * 30,
]


def embedder(settings: Settings, url: str) -> Embedder:
    return open_embedder(settings.model_copy(update={"embedder_url": url}))


def reranker(settings: Settings, url: str) -> Reranker:
    made = open_reranker(settings.model_copy(update={"reranker_url": url}))
    assert made is not None
    return made


def order(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=lambda at: -scores[at])


@pytest.fixture(scope="module")
def own_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the default models without what a former run rebuilt from them."""
    target = tmp_path_factory.mktemp("models")
    for name in ("bge-small-en-v1.5", "ms-marco-minilm-l-12-v2"):
        shutil.copytree(folder(_models(), name), target / name, ignore=shutil.ignore_patterns("torch", ".torch-*"))
    return target


def _models() -> Path:
    return load_settings({}).models_dir


@pytest.mark.weights
@pytest.mark.parametrize("url", ["onnx://bge-small-en-v1.5", "sentence-transformers://all-minilm-l6-v2"])
def test_an_embedder_gives_unit_vectors_near_to_what_means_the_same(settings: Settings, url: str) -> None:
    model = embedder(settings, url)

    vectors = model.embed_passages(TEXTS)
    similarity = vectors @ model.embed_query(QUESTION)

    assert vectors.shape == (4, model.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert set(order(similarity.tolist())[:2]) == {0, 1}
    assert (model.embed_passages([]).shape, model.device) == ((0, model.dimension), "cpu")


@pytest.mark.weights
def test_a_text_has_one_vector_whatever_stands_beside_it(settings: Settings) -> None:
    model = embedder(settings, "onnx://bge-small-en-v1.5")

    assert np.array_equal(model.embed_passages(TEXTS)[0], model.embed_passages(TEXTS[:1])[0])


@pytest.mark.weights
def test_both_runtimes_of_a_model_share_one_space(settings: Settings, own_models: Path) -> None:
    here = settings.model_copy(update={"models_dir": own_models})
    onnx, torch = (embedder(here, f"{scheme}://bge-small-en-v1.5") for scheme in ("onnx", "sentence-transformers"))

    cosines = np.sum(onnx.embed_passages(TEXTS) * torch.embed_passages(TEXTS), axis=1)

    assert onnx.name == torch.name
    assert cosines.min() > 0.99
    assert onnx.embed_query(QUESTION) @ torch.embed_query(QUESTION) > 0.98
    assert (own_models / "bge-small-en-v1.5" / "torch" / "model.safetensors").is_file()


@pytest.mark.weights
def test_both_runtimes_of_a_reranker_agree(settings: Settings, own_models: Path) -> None:
    here = settings.model_copy(update={"models_dir": own_models})
    name = "ms-marco-minilm-l-12-v2"
    onnx, torch = reranker(here, f"onnx://{name}"), reranker(here, f"sentence-transformers://{name}")

    first, second = onnx.score(QUESTION, TEXTS), torch.score(QUESTION, TEXTS)

    assert order(first)[:2] == order(second)[:2] == [0, 1]  # the two others are equally far off
    assert second == pytest.approx(first, abs=1.0)  # int8 rounds by up to half as much, differently on each processor


@pytest.mark.weights
def test_a_reranker_stops_at_its_deadline_with_what_it_has(settings: Settings) -> None:
    model = reranker(settings, "onnx://ms-marco-minilm-l-12-v2")

    assert model.score(QUESTION, TEXTS, deadline=time.monotonic() - 1) == []
    some = model.score(QUESTION, TEXTS[:1] * 400, deadline=time.monotonic() + 0.2)
    assert 0 < len(some) < 400
    assert model.score(QUESTION, []) == []


@pytest.mark.weights
def test_a_folder_of_ones_own_is_named_by_its_content(settings: Settings, own_models: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(own_models / "bge-small-en-v1.5", mine)

    name = embedder(settings, f"onnx://{mine}").name

    assert name.startswith("mine@")
    assert name == embedder(settings, f"onnx://{mine}/").name


def test_none_is_no_reranker(settings: Settings) -> None:
    assert open_reranker(settings.model_copy(update={"reranker_url": "none://"})) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("onxx://bge-small-en-v1.5", "Did you mean onnx"),
        ("bge-small-en-v1.5", "no backend"),
        ("onnx://bge-small-en-v1.5?device=cuda:0", "onnx:// runs on the CPU"),
        ("onnx://bge-small-en-v1.5?device=tpu", "no device 'tpu'"),
        ("onnx://bge-small-en-v1.5?divice=cpu", "is not an option"),
        ("sentence-transformers://all-minilm-l6-v2?device=cuda:7", "GPUs here"),
    ],
)
def test_a_url_that_no_backend_can_open_says_what_to_do(settings: Settings, url: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        embedder(settings, url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("onnx://unknown-model", "not in the manifest"),
        ("onnx:///nowhere/at/all", "no model folder"),
        ("onnx://all-minilm-l6-v2", "needs model.onnx"),
    ],
)
def test_weights_that_are_not_there_say_so(settings: Settings, url: str, says: str) -> None:
    with pytest.raises(WeightsError, match=says):
        embedder(settings, url)


def test_a_broken_model_file_is_an_error_of_the_weights(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(WeightsError, match="cannot be read"):
        embedder(settings, f"onnx://{tmp_path}")


def test_a_folder_without_weights_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no weights"):
        embedder(settings, f"sentence-transformers://{tmp_path}")


@pytest.mark.gpu
def test_an_embedder_on_a_gpu_says_so_and_agrees_with_the_cpu(settings: Settings) -> None:
    cpu = embedder(settings, "sentence-transformers://all-minilm-l6-v2")
    gpu = embedder(settings, "sentence-transformers://all-minilm-l6-v2?device=cuda:0")

    assert gpu.device == "cuda:0"
    assert np.sum(cpu.embed_passages(TEXTS) * gpu.embed_passages(TEXTS), axis=1).min() > 0.999
