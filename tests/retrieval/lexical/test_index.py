"""What a lexical index must do: find words, ignore operators, follow changes, keep to what is allowed."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexCorrupt, StorageFull
from core.ports import Ids
from retrieval.lexical.index import TantivyIndex

TEXTS = {
    1: ("Warranty", "The warranty lasts two years from the date of purchase."),
    2: ("Remote control", "Replace the batteries of the remote when its light blinks."),
    3: ("Errors", "Error E-1042.7 means that the fan is blocked; call support."),
    4: ("Network", "Open config_wifi.json and set AND OR NOT as the network's name."),
    5: ("", "Straße und Café: naïve words with accents."),
}


@pytest.fixture
def index(tmp_path: Path) -> TantivyIndex:
    made = TantivyIndex(tmp_path)
    made.add(list(TEXTS), [title for title, _ in TEXTS.values()], [text for _, text in TEXTS.values()])
    return made


def found(index: TantivyIndex, text: str, k: int = 10, allowed: Ids | None = None) -> list[int]:
    return [hit.chunk_id for hit in index.search(text, k, allowed)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("how long is the warranty?", 1),
        ("battery replacement", 2),
        ("E-1042.7", 3),
        ("error e-1042.7!", 3),
        ("config_wifi.json", 4),
        ("CAFÉ", 5),
    ],
)
def test_words_identifiers_and_inflected_forms_are_found(index: TantivyIndex, query: str, best: int) -> None:
    assert found(index, query)[0] == best


@pytest.mark.parametrize(
    "query",
    ['"', "(", "title:warranty", "-warranty", "AND", "a OR", "NOT (", "[1 TO", "wa*", "^2 ~", "\\", "\0", "{}"],
)
def test_any_text_is_a_query_and_operators_mean_nothing(index: TantivyIndex, query: str) -> None:
    assert isinstance(index.search(query, 5), list)


def test_a_minus_sign_does_not_exclude(index: TantivyIndex) -> None:
    assert found(index, "-warranty") == [1]


def test_a_query_without_words_finds_nothing(index: TantivyIndex) -> None:
    assert index.search("?! …", 5) == []


def test_a_very_long_query_is_answered_by_its_first_words(index: TantivyIndex) -> None:
    assert found(index, "warranty " + " ".join(f"word{number}" for number in range(20_000)), 1) == [1]


def test_a_title_counts_more_than_the_same_word_in_a_text(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add([1, 2], ["Cleaning", "Other"], ["use a dry cloth only", "cleaning a dry cloth"])

    assert found(index, "cleaning") == [1, 2]


def test_adding_again_replaces(index: TantivyIndex) -> None:
    index.add([1], ["Guarantee"], ["It lasts a decade."])

    assert found(index, "warranty") == []
    assert found(index, "decade") == [1]
    assert len(index) == len(TEXTS)


def test_what_was_removed_is_not_found(index: TantivyIndex) -> None:
    index.remove([1, 404])

    assert found(index, "warranty") == []
    assert len(index) == len(TEXTS) - 1


@pytest.mark.parametrize("exact", [0, 20_000])
def test_only_allowed_ids_are_found_and_nobody_is_starved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int
) -> None:
    monkeypatch.setattr("retrieval.lexical.index.EXACT_IDS", exact)
    index = TantivyIndex(tmp_path)
    index.add(range(500), [""] * 500, [f"same words {'again ' * (number % 7)}" for number in range(500)])
    allowed = np.array([3, 50, 491], dtype=np.int64)

    free = {hit.chunk_id: hit.score for hit in index.search("words again", 500)}
    hits = index.search("words again", 3, allowed)

    assert sorted(hit.chunk_id for hit in hits) == [3, 50, 491]
    assert [hit.score for hit in hits] == pytest.approx([free[hit.chunk_id] for hit in hits])
    assert index.search("words", 3, allowed[:0]) == []


def test_it_is_whole_when_opened_again(index: TantivyIndex, tmp_path: Path) -> None:
    index.close()

    assert found(TantivyIndex(tmp_path), "warranty") == [1]


def test_a_folder_that_holds_something_else_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")

    with pytest.raises(IndexCorrupt, match="cannot be opened"):
        TantivyIndex(tmp_path)


def test_a_change_that_finds_no_room_is_taken_back_and_later_ones_count(index: TantivyIndex) -> None:
    before = len(index)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(StorageFull):
            index.add([9001], ["Title"], ["quetzal"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    index.add([9002], ["Title"], ["axolotl"])

    assert len(index) == before + 1
    assert found(index, "axolotl") == [9002]
    assert found(index, "quetzal") == []
