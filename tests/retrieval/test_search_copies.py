"""What a search does with copies and neighbours: one of each claim, the rest under it, and nothing hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.types import Caller, Filters, SearchResult
from retrieval import search
from retrieval.ranking.refine import RERANK_DEPTH
from retrieval.search import Searcher
from tests.retrieval.conftest import LengthReranker, Shelf

Open = Callable[..., Searcher]
READER = Caller("reader", frozenset({"ask"}))
INSIDER = Caller("insider", frozenset({"ask"}), frozenset({"inside"}))
WARRANTY = "the warranty lasts two years from the date of purchase"


def texts(result: SearchResult) -> list[str]:
    return [hit.passage.text for hit in result.passages]


def copies(result: SearchResult) -> list[str]:
    return sorted(passage.path for hit in result.passages for passage in hit.duplicates)


def test_copies_make_room_for_other_passages(open_search: Open, shelf: Shelf) -> None:
    for number in range(20):
        shelf.put(f"manual{number:02}", WARRANTY, f"the warranty of part {number}")

    result = open_search().search(READER, "warranty years purchase", k=5)

    assert texts(result)[0] == WARRANTY
    assert len(set(texts(result))) == 5
    assert len(copies(result)) == 19
    assert [hit.fused_rank for hit in result.passages] == [1, 2, 3, 4, 5]


def test_a_search_looks_past_more_copies_than_a_list_holds(
    open_search: Open, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "DEPTH", 4)
    for number in range(12):
        shelf.put(f"manual{number:02}", WARRANTY)
    shelf.put("other", "the years of the press are told on its plate")

    found = texts(open_search().search(READER, "warranty two years purchase", k=2))

    assert found == [WARRANTY, "the years of the press are told on its plate"]


def test_copies_without_end_do_not_make_a_search_endless(
    open_search: Open, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "DEPTH", 2)
    monkeypatch.setattr(search, "DEEPEST_FOR_COPIES", 8)
    for number in range(30):
        shelf.put(f"manual{number:02}", WARRANTY)
    shelf.put("other", "buttons and lamps")

    result = open_search().search(READER, "warranty two years purchase", k=2)

    assert texts(result) == [WARRANTY]
    assert len(copies(result)) < 30


def test_a_copy_that_the_caller_may_not_see_is_not_named(open_search: Open, shelf: Shelf) -> None:
    shelf.put("public", WARRANTY)
    shelf.put("secret", WARRANTY, groups=["inside"])
    searcher = open_search()

    assert copies(searcher.search(READER, "warranty", k=5)) == []
    assert len(copies(searcher.search(INSIDER, "warranty", k=5))) == 1


def test_each_document_that_was_asked_for_keeps_its_passage(open_search: Open, shelf: Shelf) -> None:
    documents = [shelf.put(path, WARRANTY, WARRANTY) for path in ("tv", "radio")]
    narrowed = Filters(document_ids=frozenset(documents))

    result = open_search().search(READER, "warranty", k=5, filters=narrowed)

    assert sorted(hit.passage.path for hit in result.passages) == ["radio", "tv"]
    assert copies(result) == ["radio", "tv"]


def test_of_equal_copies_the_one_published_last_is_shown(open_search: Open, shelf: Shelf) -> None:
    for path in ("edition 1", "edition 2", "edition 3"):
        shelf.put(path, WARRANTY)

    (hit,) = open_search().search(READER, "warranty", k=5).passages

    assert hit.passage.path == "edition 3"


def test_the_reranker_reads_a_copy_once(open_search: Open, shelf: Shelf) -> None:
    for number in range(12):
        shelf.put(f"manual{number:02}", WARRANTY)
    shelf.put("other", "the warranty of the press", "the warranty of the drill")

    result = open_search(reranker=LengthReranker()).search(READER, "warranty", k=3)

    assert len(result.passages) == 3
    assert sum(hit.rerank_score is not None for hit in result.passages) == RERANK_DEPTH


def test_neighbours_that_were_both_found_know_of_each_other(open_search: Open, shelf: Shelf) -> None:
    shelf.put("press", "buttons of the press", "to clean the press lift the lid", "then clean the press with a cloth")

    result = open_search().search(READER, "clean the press", k=2)

    ids = tuple(sorted(hit.passage.chunk_id for hit in result.passages))
    assert [hit.joins for hit in result.passages] == [ids, ids]
