"""Rights where they are easiest to get wrong: moments between two steps, odd names, filters that look like code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.ports import Ids, Vectors
from core.settings import Settings
from core.store.database import Database
from core.types import Caller, Filters, Ranked, SearchResult
from retrieval import search
from retrieval.dense.base import PositionSet, load_base
from retrieval.dense.base_kinds import BaseWriter
from retrieval.ranking.candidates import Candidates, find_candidates
from retrieval.search import Searcher, open_searcher
from tests.retrieval.conftest import Shelf, WordEmbedder
from tests.retrieval.world import World

Open = Callable[..., Searcher]
READER = Caller("reader", frozenset({"ask"}))


def clustered(rows: int, clusters: int, dimension: int) -> tuple[Vectors, Vectors, Ids]:
    random = np.random.default_rng(5)
    centers = random.standard_normal((clusters, dimension)).astype(np.float32)
    topics = random.integers(0, clusters, rows)
    vectors = centers[topics] + 0.5 * random.standard_normal((rows, dimension)).astype(np.float32)
    return centers, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), topics


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivf-sq8"])
def test_nobody_is_starved_who_asks_about_what_is_hidden_from_them(kind: str, tmp_path: Path) -> None:
    centers, vectors, topics = clustered(6000, 10, 32)
    writer = BaseWriter(kind, 32, tmp_path / "base", tmp_path / "rows")
    writer.add(vectors)
    built = writer.finish()
    base = load_base(tmp_path / "base", tmp_path / "rows" if kind.startswith("ivf") else None, built.effort)
    found = []

    for hidden in (1, 4, 7):
        wanted = topics >= hidden
        for center in centers[:hidden]:
            _, positions = base.search(center, 100, PositionSet.of(np.flatnonzero(wanted), len(wanted)))
            best = np.argsort(-np.where(wanted, vectors @ center, -9))[:10]
            found.append(len(set(best.tolist()) & set(positions.tolist())) / 10)

    assert built.kind == kind
    assert float(np.mean(found)) >= 0.99, found


def texts(result: SearchResult) -> list[str]:
    return [hit.passage.text for hit in result.passages]


def test_a_document_shut_while_a_question_is_asked_is_in_no_later_answer(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(db)
    paper = world.put("manuals", "a", ["laser beam"])
    searcher = open_searcher(
        settings.model_copy(update={"reranker_url": "none://", "late_url": "none://"}), db, embedder=world.embedder
    )

    def shut_between(*arguments: object) -> Candidates:
        found = find_candidates(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(search, "find_candidates", find_candidates)
        world.regroup(paper, ["lasers"])
        return found

    monkeypatch.setattr(search, "find_candidates", shut_between)
    during = texts(searcher.search(READER, "laser", k=5))
    after = texts(searcher.search(READER, "laser", k=5))
    searcher.close()

    # SQLite answers as of the moment when the question began to read, PostgreSQL as of each statement
    assert during == (["laser beam"] if db.is_sqlite else [])
    assert after == []


def test_a_document_replaced_while_a_question_is_asked_is_found_as_it_is_now(db: Database, settings: Settings) -> None:
    world = World(db)
    world.put("manuals", "a", ["laser beam of old"])
    left = ["laser beam anew"]

    class Slow(WordEmbedder):
        """Replaces the document while it reads the first question: after the journal was followed."""

        def embed_query(self, text: str) -> Vectors:
            if text == "laser" and left:
                world.put("manuals", "a", [left.pop()])
            return super().embed_query(text)

    searcher = open_searcher(
        settings.model_copy(update={"reranker_url": "none://", "late_url": "none://"}), db, embedder=Slow()
    )
    found = texts(searcher.search(READER, "laser", k=5))
    searcher.close()

    assert found == ["laser beam anew"]


def test_a_copy_that_is_hidden_is_neither_shown_nor_counted(open_search: Open, shelf: Shelf) -> None:
    shelf.put("mine", "hold the red button for ten seconds")
    shelf.put("theirs", "hold the red button for ten seconds", groups=["inside"])

    found = open_search().search(READER, "red button", k=5).passages

    assert [(hit.passage.path, hit.duplicates) for hit in found] == [("mine", ())]


@pytest.mark.parametrize("name", ["%", "_", "in%", "' OR '1'='1", "Inside", " inside", "inside ", "ïnside", "*", ""])
def test_a_group_is_its_exact_name(open_search: Open, shelf: Shelf, name: str) -> None:
    shelf.put("a", "for few", groups=["inside"])
    shelf.put("b", "for odd ones", groups=[name])
    searcher = open_search()

    assert texts(searcher.search(Caller("x", READER.scopes, frozenset({name})), "for", k=9)) == ["for odd ones"]
    assert texts(searcher.search(Caller("x", READER.scopes, frozenset({"inside"})), "for", k=9)) == ["for few"]


def test_who_lost_their_groups_sees_what_everyone_sees(open_search: Open, shelf: Shelf) -> None:
    shelf.put("a", "for few", groups=["inside"])
    shelf.put("b", "for all")
    gone = shelf.put("c", "for nobody")
    shelf.drop(gone)
    searcher = open_search()

    assert texts(searcher.search(READER, "for", k=1000)) == ["for all"]
    assert texts(searcher.search(READER, "for", k=9, filters=Filters(document_ids=frozenset({gone})))) == []
    assert texts(searcher.search(READER, "for", k=9, filters=Filters(collections=frozenset({"empty"})))) == []


def test_one_path_in_two_collections_is_two_documents(open_search: Open, shelf: Shelf) -> None:
    shelf.put("a", "the first", groups=["inside"], collection="one")
    shelf.put("a", "the second", collection="two")
    searcher = open_search()

    assert texts(searcher.search(READER, "the", k=9)) == ["the second"]
    assert texts(searcher.search(READER, "the", k=9, filters=Filters(collections=frozenset({"one"})))) == []


def test_what_is_hidden_changes_no_meaning_score_and_nothing_but_the_weight_of_words(
    open_search: Open, shelf: Shelf
) -> None:
    for number in range(30):
        shelf.put(f"mine{number}", f"laser beam {'mirror ' * (number % 4)}letter {'abcdefghij'[number % 10]}")
    alone = open_search().search(READER, "laser mirror", k=100).passages
    for number in range(60):
        shelf.put(f"theirs{number}", f"laser mirror {number} wage bonus", groups=["inside"])

    beside = open_search().search(READER, "laser mirror", k=100).passages

    def near(hits: Sequence[Ranked]) -> dict[int, object]:
        return {hit.passage.chunk_id: (hit.dense_rank, pytest.approx(hit.dense_score)) for hit in hits}

    assert near(beside) == near(alone)
    assert {hit.passage.chunk_id for hit in beside if hit.lexical_rank} == {
        hit.passage.chunk_id for hit in alone if hit.lexical_rank
    }
