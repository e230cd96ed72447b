"""A search version's archive: it unpacks to the same profile, and a tampered or foreign one writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import WeightsError
from learning.tuning import archive, search_files
from learning.tuning.search_files import SearchCard
from retrieval.ranking.fusion import Weights

CARD = SearchCard("bge", Weights(0.5, 0.4, 0.3), {"manuals": Weights(0.1, 0.2, 0.3)}, "query: ", encoder=True)


def write(folder: Path, card: SearchCard = CARD) -> Path:
    folder.mkdir()
    if card.encoder:
        (folder / "model.onnx").write_bytes(b"model")
        (folder / "tokenizer.json").write_bytes(b"{}")
    search_files.write_card(folder, card)
    return folder


@pytest.mark.parametrize("card", [CARD, SearchCard("bge", Weights(0.5, 0.4, 0.3))])
def test_a_version_is_the_same_after_packing_and_unpacking(tmp_path: Path, card: SearchCard) -> None:
    data = search_files.pack(write(tmp_path / "a", card))

    search_files.unpack(data, tmp_path / "b")

    assert search_files.check(tmp_path / "b") == card
    assert search_files.pack(tmp_path / "b") == data


def test_a_changed_encoder_is_not_used(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    (folder / "model.onnx").write_bytes(b"other")

    with pytest.raises(WeightsError, match=r"model.onnx does not match"):
        search_files.check(folder)


def test_an_archive_with_a_file_too_many_writes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "a")
    names = (*search_files.ENCODER, search_files.CARD)
    files = {name: (folder / name).read_bytes() for name in names} | {"../evil": b""}

    with pytest.raises(WeightsError, match="exactly these files"):
        search_files.unpack(archive.pack(files), tmp_path / "b")

    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "changed", [{"weights": {"dense": 1.5, "late": 0, "dense_with_late": 0}}, {"weights": {}}, {"files": {"x": "y"}}]
)
def test_a_card_that_no_search_can_use_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    folder = write(tmp_path / "a", SearchCard("bge"))
    path = folder / search_files.CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    with pytest.raises(WeightsError, match="card of a search version"):
        search_files.check(folder)
