"""An adapter's archive: it unpacks to the same files, and a tampered archive writes nothing."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from core.errors import WeightsError
from core.types import Json
from learning.tuning import adapter_files, archive


def write(folder: Path, weights: bytes = b"weights", **config: Json) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / adapter_files.WEIGHTS).write_bytes(weights)
    (folder / adapter_files.CONFIG).write_text(json.dumps({"peft_type": "LORA"} | config))
    adapter_files.write_card(folder, base="tiny", tuning={"seed": 1})
    return folder


def rezipped(data: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one member replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        members = {name: old.read(name) for name in old.namelist()}
        for member, body in (members | {name: content}).items():
            new.writestr(member, body)
    return buffer.getvalue()


def test_an_adapter_is_the_same_after_packing_and_unpacking(tmp_path: Path) -> None:
    data = adapter_files.pack(write(tmp_path / "a"))

    adapter_files.unpack(data, tmp_path / "b")

    assert adapter_files.check(tmp_path / "b")["base"] == "tiny"
    assert (tmp_path / "b" / adapter_files.WEIGHTS).read_bytes() == b"weights"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_same_adapter_gives_the_same_archive(tmp_path: Path) -> None:
    assert adapter_files.pack(write(tmp_path / "a")) == adapter_files.pack(write(tmp_path / "b"))


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
    data = rezipped(adapter_files.pack(write(tmp_path / "a")), name, content)

    with pytest.raises(WeightsError):
        adapter_files.unpack(data, tmp_path / "out" / "b")

    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("config", [{"peft_type": "IA3"}, {"auto_mapping": {"base_model_class": "os.system"}}])
def test_only_plain_lora_is_opened(tmp_path: Path, config: dict[str, Json]) -> None:
    with pytest.raises(WeightsError, match="not plain LoRA"):
        adapter_files.pack(write(tmp_path / "a", **config))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half a zip"])
def test_bytes_that_are_not_an_archive_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        adapter_files.unpack(data, tmp_path / "b")


def test_a_folder_without_a_card_is_not_whole(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / adapter_files.CARD).unlink()

    with pytest.raises(WeightsError, match="not a whole adapter"):
        adapter_files.pack(folder)


def test_an_archive_that_unpacks_to_more_than_any_adapter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = adapter_files.pack(write(tmp_path / "a", weights=b"0" * 5000))
    monkeypatch.setattr(archive, "MAX_BYTES", 4000)

    with pytest.raises(WeightsError, match="larger than any adapter"):
        adapter_files.unpack(data, tmp_path / "b")
