"""An adapter's archive: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from core.errors import WeightsError
from core.types import Json
from learning import adapters


def write(folder: Path, weights: bytes = b"weights", **config: Json) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / adapters.WEIGHTS).write_bytes(weights)
    (folder / adapters.CONFIG).write_text(json.dumps({"peft_type": "LORA"} | config))
    adapters.write_card(folder, base="tiny", tuning={"seed": 1})
    return folder


def rezipped(data: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one member replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        members = {name: old.read(name) for name in old.namelist()}
        for member, kept in (members | {name: content}).items():
            new.writestr(member, kept)
    return buffer.getvalue()


def test_an_adapter_survives_the_way_through_its_archive(tmp_path: Path) -> None:
    data = adapters.pack(write(tmp_path / "a"))

    adapters.unpack(data, tmp_path / "b")

    assert adapters.check(tmp_path / "b")["base"] == "tiny"
    assert (tmp_path / "b" / adapters.WEIGHTS).read_bytes() == b"weights"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_same_adapter_gives_the_same_archive(tmp_path: Path) -> None:
    assert adapters.pack(write(tmp_path / "a")) == adapters.pack(write(tmp_path / "b"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("adapter_model.safetensors", b"other weights"),
        ("adapter_config.json", b'{"peft_type": "LORA", "r": 8}'),
        ("card.json", b"{}"),
        ("card.json", b"not json"),
        ("weights.pkl", b"pickled"),
        ("../../escaped.json", b"{}"),
        ("/etc/escaped.json", b"{}"),
        ("adapter/adapter_model.safetensors", b"weights"),
    ],
)
def test_a_tampered_archive_is_refused_and_writes_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    data = rezipped(adapters.pack(write(tmp_path / "a")), name, content)

    with pytest.raises(WeightsError):
        adapters.unpack(data, tmp_path / "out" / "b")

    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("config", [{"peft_type": "IA3"}, {"auto_mapping": {"base_model_class": "os.system"}}])
def test_only_plain_lora_is_opened(tmp_path: Path, config: dict[str, Json]) -> None:
    with pytest.raises(WeightsError, match="not plain LoRA"):
        adapters.pack(write(tmp_path / "a", **config))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half a zip"])
def test_bytes_that_are_no_archive_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        adapters.unpack(data, tmp_path / "b")


def test_a_folder_without_a_card_is_not_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / adapters.CARD).unlink()

    with pytest.raises(WeightsError, match="no whole adapter"):
        adapters.pack(folder)


def test_an_archive_that_unfolds_into_more_than_any_adapter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = adapters.pack(write(tmp_path / "a", weights=b"0" * 5000))
    monkeypatch.setattr(adapters, "MAX_BYTES", 4000)

    with pytest.raises(WeightsError, match="larger than any adapter"):
        adapters.unpack(data, tmp_path / "b")
