"""A reader whose weights are missing or damaged: Vouch says so, and answers with what is left."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from structlog.testing import capture_logs

from bench.reader.export import export
from core.errors import SettingsError
from core.ports import ReaderText
from core.settings import Settings
from core.weights import models
from core.weights.download import Model, WeightFile
from retrieval.models.readers.onnx_reader import OnnxReader
from retrieval.models.readers.open import find_reader, open_reader
from tests.retrieval.models import tiny_reader

NAME = "vouch-reader-2"
FILES = ("model.onnx", "tokenizer.json")


class Reranker:
    """A Reranker that likes long texts."""

    name, device = "length", "cpu"

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        return [float(len(text)) for text in texts]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_reader.make(tmp_path_factory.mktemp("made"))
    export(folder)
    return folder


@pytest.fixture
def pulled(settings: Settings, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose models hold the reader, as the manifest describes it."""
    folder = tmp_path / "models" / NAME
    folder.mkdir(parents=True)
    files = []
    for name in FILES:
        shutil.copyfile(made / name, folder / name)
        data = (made / name).read_bytes()
        files.append(WeightFile(name, name, hashlib.sha256(data).hexdigest(), len(data)))
    known = Model(NAME, "reader", "none", "Apache-2.0", True, tuple(files))
    monkeypatch.setattr(models, "manifest", lambda: {NAME: known})
    return settings.model_copy(update={"models_dir": tmp_path / "models", "reader_url": f"onnx://{NAME}"})


def model_file(settings: Settings) -> Path:
    return settings.models_dir / NAME / "model.onnx"


def own(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"reader_url": f"onnx://{folder}"})


def reason(settings: Settings) -> str:
    """Return why the reranker stands in; it must, it must be able to read, and the log must say so."""
    with capture_logs() as logs:
        reader, problem = find_reader(settings, Reranker())
    assert reader is not None
    assert reader.name == "parts:length"
    assert len(reader.read("Which lid?", [ReaderText("The lid is red.", ((0, 15),))])) == 1
    assert problem is not None
    assert "by the reranker, slower and worse: run `vouch models pull`" in problem
    assert [entry["log_level"] for entry in logs if entry["event"] == "reader_not_open"] == ["warning"]
    return problem


def test_weights_that_match_the_manifest_are_opened(pulled: Settings) -> None:
    reader, problem = find_reader(pulled, Reranker())

    assert isinstance(reader, OnnxReader)
    assert (reader.name, problem) == (NAME, None)


def test_a_missing_file_is_named(pulled: Settings) -> None:
    model_file(pulled).unlink()

    assert "model.onnx is missing" in reason(pulled)


def test_a_file_that_was_cut_short_is_not_opened(pulled: Settings) -> None:
    model_file(pulled).write_bytes(model_file(pulled).read_bytes()[:-100])

    assert "differs from the manifest in size" in reason(pulled)


def test_one_wrong_bit_is_found(pulled: Settings) -> None:
    damaged = bytearray(model_file(pulled).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    model_file(pulled).write_bytes(damaged)

    assert "the manifest says" in reason(pulled)


def test_a_folder_of_ones_own_that_is_no_model_is_not_opened(settings: Settings, made: Path, tmp_path: Path) -> None:
    shutil.copyfile(made / "tokenizer.json", tmp_path / "tokenizer.json")
    (tmp_path / "model.onnx").write_bytes(b"not a model")

    assert "cannot be read as an ONNX model" in reason(own(settings, tmp_path))


def test_a_model_of_another_kind_is_not_opened(settings: Settings, made: Path, tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    logits = helper.make_tensor_value_info("logits", TensorProto.INT64, ["batch", "length"])
    graph = helper.make_graph([helper.make_node("Identity", ["input_ids"], ["logits"])], "one", [value], [logits])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "model.onnx"
    )
    shutil.copyfile(made / "tokenizer.json", tmp_path / "tokenizer.json")

    assert "is no reader: its outputs are logits" in reason(own(settings, tmp_path))


def test_a_tokenizer_that_cannot_be_read_is_named(settings: Settings, made: Path, tmp_path: Path) -> None:
    shutil.copyfile(made / "model.onnx", tmp_path / "model.onnx")
    (tmp_path / "tokenizer.json").write_text("{}")

    assert "tokenizer.json cannot be read" in reason(own(settings, tmp_path))


def test_torch_weights_that_are_no_reader_are_not_opened(settings: Settings, made: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(made / name, tmp_path / name)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    url = f"torch://{tmp_path}"

    assert "holds no reader" in reason(settings.model_copy(update={"reader_url": url}))


def test_without_a_reranker_there_is_no_reader_and_the_reason_says_what_is_left(pulled: Settings) -> None:
    model_file(pulled).unlink()

    reader, problem = find_reader(pulled, None)

    assert reader is None
    assert "by shared words alone" in (problem or "")


def test_none_is_the_reranker_on_purpose(settings: Settings) -> None:
    chosen = settings.model_copy(update={"reader_url": "none://"})

    reader, problem = find_reader(chosen, Reranker())

    assert reader is not None
    assert (reader.name, problem) == ("parts:length", None)
    assert open_reader(chosen, None) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("onxx://vouch-reader-2", "Did you mean onnx"),
        ("onnx://FOLDER?device=cuda:0", "use torch://"),
        ("torch://FOLDER?device=cuda:7", "GPUs here"),
        ("onnx://FOLDER?size=2", "is not an option"),
    ],
)
def test_a_url_that_is_wrong_is_an_error_and_not_a_reason_to_do_without(
    settings: Settings, made: Path, url: str, says: str
) -> None:
    wrong = settings.model_copy(update={"reader_url": url.replace("FOLDER", str(made))})

    with pytest.raises(SettingsError, match=says):
        find_reader(wrong, Reranker())
