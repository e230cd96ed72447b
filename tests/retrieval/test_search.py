"""Search over a real database and real indexes: what is found, by whom, and what no longer is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import Invalid
from core.store.database import Database
from core.store.documents import delete_document
from core.store.reading import visible_ids
from core.types import OPERATOR, Caller, Filters, SearchResult
from retrieval.search import Searcher
from tests.retrieval.conftest import LengthReranker, Shelf

Open = Callable[..., Searcher]
READER = Caller("reader", frozenset({"ask"}))
INSIDER = Caller("insider", frozenset({"ask"}), frozenset({"inside"}))


def texts(result: SearchResult) -> list[str]:
    return [hit.passage.text for hit in result.passages]


def test_an_empty_index_finds_nothing(open_search: Open) -> None:
    result = open_search().search(READER, "anything", k=5)

    assert result.passages == ()
    assert result.index_version == "none+0"


@pytest.mark.parametrize("query", ["", "  \n"])
def test_an_empty_query_is_refused(open_search: Open, query: str) -> None:
    with pytest.raises(Invalid, match="empty"):
        open_search().search(READER, query, k=5)


def test_what_is_published_is_found_by_the_next_search(open_search: Open, shelf: Shelf) -> None:
    searcher = open_search()

    shelf.put("tv", "press the red button", "the warranty lasts two years")

    assert texts(searcher.search(READER, "how long is the warranty", k=1)) == ["the warranty lasts two years"]


def test_a_hit_explains_its_place(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "press the red button", "the warranty lasts two years")

    result = open_search().search(READER, "warranty years", k=2)

    best = result.passages[0]
    assert (best.dense_rank, best.lexical_rank) == (1, 1)
    assert best.fused_score == best.score == pytest.approx(1.0)
    assert result.passages[1].lexical_rank is None
    assert {"embed", "find", "hydrate", "total"} <= set(result.timings)


def test_a_new_version_takes_the_place_of_the_old(open_search: Open, shelf: Shelf) -> None:
    searcher = open_search()
    shelf.put("tv", "the warranty lasts two years")
    searcher.search(READER, "warranty", k=5)

    shelf.put("tv", "the warranty lasts five years")

    assert texts(searcher.search(READER, "warranty", k=5)) == ["the warranty lasts five years"]


def test_a_withdrawn_document_is_gone_at_once(open_search: Open, shelf: Shelf) -> None:
    searcher = open_search()
    document = shelf.put("tv", "the warranty lasts two years")
    shelf.put("radio", "press the red button")

    shelf.drop(document)

    assert texts(searcher.search(READER, "warranty", k=5)) == ["press the red button"]


def test_what_an_index_still_holds_is_not_shown_once_the_database_forgot_it(
    open_search: Open, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher = open_search()
    documents = [shelf.put(f"d{number}", f"warranty of {number} years") for number in range(40)]
    searcher.refresh()
    monkeypatch.setattr(
        "retrieval.lifecycle.live_index.latest_seq", lambda _: 0
    )  # this process never hears of the changes

    for document in documents[:39]:
        shelf.drop(document)

    assert texts(searcher.search(READER, "warranty", k=5)) == ["warranty of 39 years"]


def test_a_caller_who_may_see_little_is_not_starved(open_search: Open, shelf: Shelf) -> None:
    for number in range(30):
        shelf.put(f"secret{number}", *(f"warranty clause {number} {part}" for part in range(20)), groups=["inside"])
    shelf.put("public", "one line on the warranty", "another line about buttons")

    result = open_search().search(READER, "warranty clause", k=5)

    assert texts(result) == ["one line on the warranty", "another line about buttons"]
    assert len(open_search().search(INSIDER, "warranty clause", k=5).passages) == 5


def test_filters_narrow_to_collections_and_documents(open_search: Open, shelf: Shelf) -> None:
    for number in range(20):
        shelf.put(f"tv{number}", f"warranty {number}", collection="tv")
    wanted = shelf.put("radio", "warranty of the radio", collection="radio")
    searcher = open_search()

    by_collection = searcher.search(READER, "warranty", k=5, filters=Filters(collections=frozenset({"radio"})))
    by_document = searcher.search(READER, "warranty", k=5, filters=Filters(document_ids=frozenset({wanted})))

    assert texts(by_collection) == texts(by_document) == ["warranty of the radio"]


def test_a_reranker_is_blended_in_and_can_be_left_out(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "warranty two years", "warranty " + "and so on " * 9)
    searcher = open_search(reranker=LengthReranker())

    plain = searcher.search(READER, "warranty", k=2, rerank=False)
    reranked = searcher.search(READER, "warranty", k=2)

    assert plain.passages[0].rerank_score is None
    assert "rerank" not in plain.timings
    assert {hit.rerank_score for hit in reranked.passages} == {float(len(text)) for text in texts(reranked)}


def test_a_reranker_that_ran_out_of_time_scores_only_the_best(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", *(f"warranty clause {number} " + "word " * number for number in range(10)))

    result = open_search(reranker=LengthReranker(limit=1)).search(READER, "warranty clause", k=10)

    assert [hit.rerank_score is not None for hit in result.passages] == [True] + [False] * 9


def test_no_budget_means_no_reranking(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "warranty two years")

    result = open_search(reranker=LengthReranker(), rerank_budget_ms=0).search(READER, "warranty", k=1)

    assert result.passages[0].rerank_score is None


def test_nobody_ever_sees_what_they_may_not_whatever_happens(
    open_search: Open, shelf: Shelf, database: Database
) -> None:
    random, searcher = np.random.default_rng(11), open_search()
    words = [f"word{number}" for number in range(12)]
    callers = [READER, INSIDER, OPERATOR, Caller("b", frozenset({"ask"}), frozenset({"b"}))]
    standing: dict[str, str] = {}
    for _ in range(60):
        path = f"doc{random.integers(12)}"
        if path in standing and random.random() < 0.4:
            shelf.drop(standing.pop(path))
        else:
            groups = [group for group in ("inside", "b") if random.random() < 0.4]
            chunks = [" ".join(random.choice(words, size=6)) + f" {random.integers(10**9)}" for _ in range(3)]
            standing[path] = shelf.put(path, *chunks, groups=groups)
        caller = callers[random.integers(len(callers))]
        result = searcher.search(caller, " ".join(random.choice(words, size=2)), k=1000)
        with database.read() as session:
            allowed = visible_ids(session, caller)
        assert sorted(hit.passage.chunk_id for hit in result.passages) == allowed.tolist()


def test_readers_go_on_while_a_writer_publishes_and_withdraws(
    open_search: Open, shelf: Shelf, database: Database
) -> None:
    searcher, failures, over = open_search(), list[str](), threading.Event()
    shelf.put("steady", "the steady warranty clause")

    def read() -> None:
        while not over.is_set():
            found = texts(searcher.search(READER, "warranty clause", k=50))
            if "the steady warranty clause" not in found or len(found) != len(set(found)):
                failures.append(repr(found))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(15):
        document = shelf.put(f"d{number % 4}", f"warranty clause {number}", f"clause {number} of buttons")
        if number % 3 == 0:
            with database.write() as session:
                delete_document(session, document, OPERATOR)
    over.set()
    for reader in readers:
        reader.join(timeout=30)

    assert failures == []
    assert not any(reader.is_alive() for reader in readers)
