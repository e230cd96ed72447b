"""Rights while writers and readers truly run at the same time: threads publish, regroup and withdraw, others ask.

Every change is noted with the moments before it began and after it was committed. A passage may be found by a question
if a state that allows it may have held at some moment between the question's begin and end, and must be found if it
held all that time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from random import Random

import pytest

from core.settings import Settings, load_settings
from core.store.database import Database
from retrieval import search
from retrieval.lifecycle.publish import build_snapshot
from retrieval.search import Searcher, open_searcher
from tests.retrieval.chance import SEED, publish_something, some_groups, some_question
from tests.retrieval.world import DIMENSION, Paper, Question, World, matches, may_see

ALL_OF_IT = 5000


@dataclass(slots=True)
class State:
    """A paper as it stood: `began` and `ended` each lie between the two moments."""

    paper: Paper
    began: tuple[float, float]
    ended: tuple[float, float] = (inf, inf)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a question found between two moments: text by number, all that there was if `whole`."""

    question: Question
    began: float
    ended: float
    found: dict[int, str]
    whole: bool


@dataclass(slots=True)
class Diary:
    """Which states there were; each path has one writer."""

    states: dict[tuple[str, str], list[State]] = field(default_factory=dict)

    def note(self, path: tuple[str, str], before: float, paper: Paper | None) -> None:
        moments, states = (before, time.monotonic()), self.states.setdefault(path, [])
        if states and states[-1].ended[0] == inf:
            states[-1].ended = moments
        if paper is not None:
            states.append(State(paper, moments))

    def judge(self, seen: Seen) -> None:
        may, must = dict[int, str](), dict[int, str]()
        for state in (state for states in self.states.values() for state in states):
            if not (may_see(seen.question.caller, state.paper) and matches(seen.question.filters, state.paper)):
                continue
            if state.began[0] <= seen.ended and state.ended[1] >= seen.began:
                may |= state.paper.chunks
            if state.began[1] <= seen.began and state.ended[0] >= seen.ended:
                must |= state.paper.chunks
        assert seen.found.items() <= may.items(), (
            f"more than the caller may see: {seen.found.keys() - may.keys()} {seen}"
        )
        if seen.whole:
            assert must.keys() <= seen.found.keys(), (
                f"less than the caller may see: {must.keys() - seen.found.keys()} {seen}"
            )
        assert seen.whole or len(seen.found) >= min(seen.question.k, len(must)), f"too few {seen}"


def write(world: World, diary: Diary, dice: Random, writer: int, over: threading.Event) -> None:
    """Change the papers of one writer, one after the other."""
    while not over.is_set():
        before, mine = time.monotonic(), [p for p in list(world.papers.values()) if p.path.startswith(f"w{writer}-")]
        roll = dice.random()
        if roll < 0.4 or len(mine) < 5:
            paper = publish_something(dice, world, 20, prefix=f"w{writer}-")
            diary.note((paper.collection, paper.path), before, paper)
        elif roll < 0.75:
            paper = dice.choice(mine)
            diary.note((paper.collection, paper.path), before, world.regroup(paper, some_groups(dice, 0)))
        else:
            paper = dice.choice(mine)
            world.drop(paper, purge=roll > 0.9)
            diary.note((paper.collection, paper.path), before, None)
        time.sleep(dice.random() * 0.03)


def read(world: World, searcher: Searcher, dice: Random, most: int, seen: list[Seen]) -> None:
    """Ask so many questions, half of them for everything that there is."""
    for _ in range(most):
        question = some_question(dice, world)
        if whole := dice.random() < 0.5:
            question = replace(question, k=ALL_OF_IT)
        began = time.monotonic()
        result = searcher.search(question.caller, question.words, k=question.k, filters=question.filters)
        found = {hit.passage.chunk_id: hit.passage.text for hit in result.passages}
        seen.append(Seen(question, began, time.monotonic(), found, whole))


def at_once(db: Database, settings: Settings, questions: int, seed: int) -> list[Seen]:
    """Let two writers, a builder of snapshots and three readers of two processes' indexes run, then judge."""
    world, diary, over = World(db), Diary(), threading.Event()
    for number in range(40):
        paper = publish_something(Random(seed + number), world, 20, prefix=f"w{number % 2}-")
        diary.note((paper.collection, paper.path), 0.0, paper)
    searchers = [open_searcher(settings, db, embedder=world.embedder) for _ in range(2)]
    seen, failures = list[Seen](), list[BaseException]()

    def start(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # a thread's failure is the test's
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def build() -> None:
        while not over.wait(0.7):
            build_snapshot(db, settings, world.embedder.name, DIMENSION)

    writers = [start(lambda w=w: write(world, diary, Random(seed + w), w, over)) for w in range(2)]  # type: ignore[misc]
    writers.append(start(build))
    readers = [
        start(lambda r=r: read(world, searchers[r % 2], Random(seed + 9 + r), questions // 3, seen))  # type: ignore[misc]
        for r in range(3)
    ]
    for thread in readers:
        thread.join()
    over.set()
    for thread in writers:
        thread.join()
    for searcher in searchers:
        searcher.close()
    assert failures == [], f"VOUCH_TEST_SEED={seed}"
    for each in seen:
        diary.judge(each)
    return seen


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # no two texts say the same here, and finding that out takes long where everything is asked for
    monkeypatch.setattr(search, "collapse", lambda ranked, **_: list(ranked))
    return load_settings({"VOUCH_RERANKER_URL": "none://", "VOUCH_LATE_URL": "none://"}, home=tmp_path / "home")


def test_readers_see_what_held_at_some_moment_of_their_question(db: Database, settings: Settings) -> None:
    seen = at_once(db, settings, 90, SEED)

    assert sum(len(each.found) for each in seen) > 500


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_for_longer(db: Database, settings: Settings, seed: int) -> None:
    assert at_once(db, settings, 1500, seed)
