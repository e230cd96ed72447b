"""No caller sees what they may not see or misses what they may see, whatever happens to the documents meanwhile.

What is exact, and checked for every question against plain arithmetic over the caller's own share (`World`):
- the dense list that a search fuses is the brute-force list of the share;
- the lexical list holds exactly the share's chunks with one of the words, in the order that BM25 gives them among all;
- what comes out is the weighted sum of those two lists, of passages as they stand.
BM25 weighs words by how rare they are among *all* chunks, so hidden ones may shift lexical scores: see
test_rights_tricks. Over a graph the dense list is exact for callers who see little and has a recall of 0.99 for others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import cast

import pytest

from core.ports import LexicalIndex
from core.settings import Settings, load_settings
from core.store.database import Database
from core.types import SearchResult
from retrieval import search
from retrieval.lifecycle.publish import build_snapshot
from retrieval.ranking.candidates import Candidates, find_candidates
from retrieval.ranking.fusion import DENSE_WEIGHT
from retrieval.search import Searcher, open_searcher
from tests.retrieval.chance import SEED, change_something, publish_something, some_question
from tests.retrieval.world import DIMENSION, Question, World, fused, top

DEPTH = 12
"""Small, so that in a world of a few hundred chunks callers look wider, list their share, and do neither."""
CLOSE = 1e-4
EVERYTHING = 100_000


@dataclass(slots=True)
class Asking:
    """The searcher of one process, with a spy on the lists that it fuses."""

    world: World
    searcher: Searcher
    settings: Settings
    graph: bool = False
    found: Candidates = field(default_factory=lambda: Candidates([], [], False))
    lexical: LexicalIndex | None = None
    near_misses: list[float] = field(default_factory=list)

    def spy(self, *arguments: object) -> Candidates:
        self.found = find_candidates(*arguments)  # type: ignore[arg-type]
        self.lexical = cast(LexicalIndex, arguments[1])
        return self.found

    def ask(self, question: Question) -> SearchResult:
        return self.searcher.search(question.caller, question.words, k=question.k, filters=question.filters)

    def check(self, question: Question) -> None:
        """Ask, and compare with what should have been found."""
        share, result = self.world.share(question), self.ask(question)
        _only_of(share, result)
        near, worded = self._near_list(question, share), self._worded_list(question, share)
        expected = fused(near, worded, DENSE_WEIGHT)
        best = list(top(expected, question.k).values())
        got = [expected[hit.passage.chunk_id] for hit in result.passages]
        assert got == pytest.approx(best, abs=CLOSE), "the order is not that of the two lists' weighted sum"

    def _near_list(self, question: Question, share: dict[int, str]) -> dict[int, float]:
        scores = self.world.near(share, question.words)
        expected, got = top(scores, DEPTH), {hit.chunk_id: hit.score for hit in self.found.dense}
        assert got.keys() <= share.keys(), "the dense list holds what the caller may not see"
        if self.graph and len(share) >= 0.2 * len(self.world.share(_of_everything(question))):
            ten = list(top(scores, 10))
            self.near_misses.append(len([number for number in ten if number not in got]) / max(1, len(ten)))
            return got
        assert list(got.values()) == pytest.approx(list(expected.values()), abs=CLOSE), "the dense list is not exact"
        assert list(got.values()) == pytest.approx([scores[number] for number in got], abs=CLOSE)
        return got  # equal but for the order of what is equally near

    def _worded_list(self, question: Question, share: dict[int, str]) -> dict[int, float]:
        assert self.lexical is not None
        whole = {hit.chunk_id: hit.score for hit in self.lexical.search(question.words, EVERYTHING)}
        mine = {number: whole[number] for number in whole.keys() & share.keys()}
        words = set(question.words.split())
        assert mine.keys() == {number for number, text in share.items() if words & set(text.split())}
        got = {hit.chunk_id: hit.score for hit in self.found.lexical}
        assert got.keys() <= mine.keys(), "the lexical list holds what the caller may not see"
        assert list(got.values()) == pytest.approx(list(top(mine, DEPTH).values()), abs=CLOSE)
        return got


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Asking]]:
    """Open searchers over a world as processes would."""
    monkeypatch.setattr(search, "DEPTH", DEPTH)
    searchers: list[Searcher] = []

    def opener(world: World, *, graph: bool = False) -> Asking:
        settings = load_settings({"VOUCH_RERANKER_URL": "none://", "VOUCH_LATE_URL": "none://"}, home=tmp_path / "home")
        if graph:
            settings = settings.model_copy(update={"index_url": f"{settings.index_url}&kind=hnsw"})
            build_snapshot(world.db, settings, world.embedder.name, DIMENSION)
        searchers.append(open_searcher(settings, world.db, embedder=world.embedder))
        asking = Asking(world, searchers[-1], settings, graph)
        monkeypatch.setattr(search, "find_candidates", asking.spy)
        return asking

    yield opener
    for searcher in searchers:
        searcher.close()


def _only_of(share: dict[int, str], result: SearchResult) -> None:
    for hit in result.passages:
        assert share.get(hit.passage.chunk_id) == hit.passage.text, "a passage that the caller may not see"


def _of_everything(question: Question) -> Question:
    return replace(question, caller=replace(question.caller, scopes=frozenset({"admin"})), filters=None)


def live_through(asking: Asking, questions: int, seed: int) -> None:
    """Ask so many questions of a world that changes before every eighth, and is merged or pointed back now and then."""
    dice, world = Random(seed), asking.world
    for number in range(questions):
        if dice.random() < 0.12:
            change_something(dice, world)
        if dice.random() < 0.006:
            build_snapshot(world.db, asking.settings, world.embedder.name, DIMENSION)
        question = some_question(dice, world)
        try:
            asking.check(question)
        except AssertionError as error:
            raise AssertionError(f"VOUCH_TEST_SEED={seed}, question {number}: {question}\n{error}") from error


def filled(db: Database, seed: int, documents: int = 90) -> World:
    world, dice = World(db), Random(seed)
    for _ in range(documents):
        publish_something(dice, world)
    return world


def test_every_caller_gets_what_exact_search_over_their_share_gives(
    db: Database, opened: Callable[..., Asking]
) -> None:
    live_through(opened(filled(db, SEED)), 600 if db.is_sqlite else 80, SEED)


def test_over_a_graph_too(database: Database, opened: Callable[..., Asking]) -> None:
    _over_a_graph(opened(filled(database, SEED + 1), graph=True), 200, SEED + 1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SEED + 100, SEED + 108))
def test_ten_thousand_questions(db: Database, opened: Callable[..., Asking], seed: int) -> None:
    live_through(opened(filled(db, seed)), 1000 if db.is_sqlite else 100, seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_over_a_large_graph(database: Database, opened: Callable[..., Asking]) -> None:
    _over_a_graph(opened(filled(database, SEED + 2, documents=800), graph=True), 1200, SEED + 2)


def _over_a_graph(asking: Asking, questions: int, seed: int) -> None:
    live_through(asking, questions, seed)
    recall = 1 - sum(asking.near_misses) / len(asking.near_misses)
    assert recall >= 0.99, f"VOUCH_TEST_SEED={seed}: recall@10 {recall:.4f}"
