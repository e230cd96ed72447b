"""Shipping a reader: the file into the tree, its hash and size into the manifest, and nothing else changed."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from bench.reader.ship import SHIPPED, ship
from core.weights import models


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    copy = tmp_path / "models.toml"
    copy.write_text(models.MANIFEST.read_text("utf-8"), "utf-8")
    return copy


def test_the_file_and_its_line_belong_together(tmp_path: Path, manifest: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"a reader")

    line = ship(tmp_path, tree=tmp_path / "tree", manifest=manifest)

    assert (tmp_path / "tree" / SHIPPED).read_bytes() == b"a reader"
    entry = next(each for each in tomllib.loads(manifest.read_text())["model"] if each["name"] == "vouch-reader-2")
    file = entry["files"][0]
    assert (file["sha256"], file["size"], file["shipped"]) == (hashlib.sha256(b"a reader").hexdigest(), 8, True)
    before, after = models.MANIFEST.read_text().splitlines(), manifest.read_text().splitlines()
    assert len(before) == len(after)
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [f"    {{ {line}, shipped = true }},"]


def test_a_folder_without_an_export_changes_nothing(tmp_path: Path, manifest: Path) -> None:
    with pytest.raises(OSError, match=r"model\.onnx"):
        ship(tmp_path, tree=tmp_path / "tree", manifest=manifest)

    assert manifest.read_text() == models.MANIFEST.read_text()
    assert not (tmp_path / "tree").exists()


def test_a_manifest_without_the_reader_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"a reader")
    (tmp_path / "models.toml").write_text("# empty\n")

    with pytest.raises(ValueError, match="0 lines"):
        ship(tmp_path, tree=tmp_path / "tree", manifest=tmp_path / "models.toml")
