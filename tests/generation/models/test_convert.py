"""Converting happens once, whole or not at all, and again when the file it came from is another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import StorageFull, WeightsError
from core.settings import load_settings
from core.weights.models import folder
from generation.models import convert
from generation.models.convert import ADAPTER, MANIFEST, converted


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "model.gguf").write_bytes(b"GGUF" * 4)
    return tmp_path


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the slow part: writes what it would, and counts."""
    made: list[Path] = []

    def write(source: Path, staged: Path) -> dict[str, int]:
        made.append(source)
        (staged / "model.safetensors").write_bytes(b"weights")
        return {"model.safetensors": 7}

    monkeypatch.setattr(convert, "_write", write)
    return made


def test_a_folder_in_the_right_form_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert converted(tmp_path) == tmp_path


def test_a_file_is_converted_once(weights: Path, conversions: list[Path]) -> None:
    assert converted(weights) == converted(weights) == weights / "converted"
    assert len(conversions) == 1


@pytest.mark.parametrize("damage", ["manifest", "weights", "source", "adapter"])
def test_what_is_not_whole_or_of_another_file_is_made_again(
    weights: Path, conversions: list[Path], damage: str
) -> None:
    target = converted(weights)
    if damage == "manifest":
        (target / MANIFEST).unlink()
    elif damage == "weights":
        (target / "model.safetensors").write_bytes(b"cut")
    elif damage == "adapter":
        (weights / ADAPTER).mkdir()
        (weights / ADAPTER / "adapter_model.safetensors").write_bytes(b"new")
    else:
        (weights / "model.gguf").write_bytes(b"GGUF")
    converted(weights)
    assert len(conversions) == 2
    assert (target / "model.safetensors").read_bytes() == b"weights"


def test_a_conversion_that_fails_leaves_nothing_behind(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, staged: Path) -> dict[str, int]:
        (staged / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(convert, "_write", full)
    with pytest.raises(StorageFull, match="No space left"):
        converted(weights)
    assert [path.name for path in weights.iterdir()] == ["model.gguf"]


def test_two_files_are_one_too_many(weights: Path) -> None:
    (weights / "other.gguf").write_bytes(b"GGUF")
    with pytest.raises(WeightsError, match="exactly one"):
        converted(weights)


@pytest.mark.slow
@pytest.mark.weights
def test_the_default_model_is_converted_with_its_chat_template(tmp_path: Path) -> None:
    source = next(folder(load_settings({}).models_dir, "smollm2-135m-answers").glob("*.gguf"))
    (tmp_path / source.name).symlink_to(source)
    target = converted(tmp_path)
    assert "<|im_start|>" in (target / "chat_template.jinja").read_text()
    assert "quantization_config" not in json.loads((target / "config.json").read_text())
