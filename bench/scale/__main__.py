"""Measures Vouch on corpora of growing size: python -m bench.scale FOLDER --chunks 10000 100000 1000000 [--out FILE]

FOLDER holds judged sets (corpus.jsonl, queries.jsonl). For each size it fills a database, builds a snapshot and serves
it in processes of their own, through the product's code alone, without a reranker. Prints one JSON line a size.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import multiprocessing
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import numpy as np
import psutil

from bench.scale.corpus import FEW, STAFF, Source, fill, put_document, read_source
from core.ports import Embedder, Ids, VectorIndex, Vectors
from core.settings import Settings, load_settings
from core.store.database import Database, migrate
from core.store.documents import delete_document
from core.store.index.spaces import serving_vectors
from core.store.reading import visible_ids
from core.types import OPERATOR, Caller, Json, SearchResult
from evaluation.corpus import throwaway_home
from retrieval.lifecycle.publish import build_snapshot, index_location
from retrieval.lifecycle.serving import open_follower
from retrieval.models.embedder import open_embedder
from retrieval.search import DEPTH, Searcher, open_searcher

K, CLIENTS, ROUNDS = 10, 8, 3
ONE_WHO_SEES_LITTLE = Caller("few", frozenset({"ask"}), frozenset({FEW}))
Figures = dict[str, Json]
Opener = Callable[[Settings], Embedder]


def main() -> None:
    """Read the arguments and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kind", default="auto")
    parser.add_argument("--vectors", type=Path, help="a .npy of real vectors; else --real texts are embedded")
    parser.add_argument("--real", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", action="store_true", help="also print where a search spends its time")
    given = parser.parse_args()
    settings = load_settings(reranker_url="none://", late_url="none://")
    embedder = open_embedder(settings)
    source = read_source(given.folder, embedder, given.vectors, given.real, given.questions)
    lines = []
    for count in given.chunks:
        figures = measure(settings, source, count, given.kind, open_embedder, profile=given.profile)
        lines.append(figures)
        print(json.dumps(figures), flush=True)
    if given.out:
        given.out.write_text(json.dumps(lines, indent=1) + "\n")


def measure(
    settings: Settings,
    source: Source,
    count: int,
    kind: str,
    opener: Opener,
    *,
    apart: bool = True,
    profile: bool = False,
) -> Figures:
    """Fill, build and serve `count` chunks. `apart` uses processes of their own, so that memory can be told."""
    run = _in_a_process if apart else lambda function, *given: function(*given)
    with throwaway_home(settings, redact=False) as made:
        home = made.model_copy(
            update={
                "reranker_url": "none://",
                "rerank_budget_ms": 0,
                "late_url": "none://",
                "index_url": f"{made.index_url}&kind={kind}",
            }
        )
        embedder = opener(home)
        filled = run(_fill, home, source, count, embedder.name)
        built = run(_build, home, embedder.name, embedder.dimension)
        return {"chunks": count} | filled | built | run(_serve, home, source, opener, profile)


def _fill(home: Settings, source: Source, count: int, model: str) -> Figures:
    db = Database(home.database_url)
    migrate(db)
    began = time.perf_counter()
    fill(db, source, count, model)
    db.close()
    return {"fill_s": time.perf_counter() - began, "database_bytes": _size(home.home, "vouch.db*")}


def _build(home: Settings, model: str, dimension: int) -> Figures:
    db, before = Database(home.database_url), _peak()
    began = time.perf_counter()
    manifest = build_snapshot(db, home, model, dimension)
    assert manifest is not None
    seconds = time.perf_counter() - began
    db.close()
    folder = index_location(home).folder / manifest.id
    said = {name: value for name, value in asdict(manifest).items() if name in ("kind", "effort", "recall")}
    sizes = {"snapshot_bytes": _size(folder, "**/*"), "lexical_bytes": _size(folder, "lexical/*")}
    return {"build_s": seconds, "build_peak_rss": _peak(), "idle_rss": before} | sizes | said


def _serve(home: Settings, source: Source, opener: Opener, profile: bool) -> Figures:
    db, embedder = Database(home.database_url), opener(home)
    embedder.embed_query("warm up")
    began = time.perf_counter()
    searcher = open_searcher(home, db, embedder=embedder)
    _search(searcher, source.questions[0])
    figures: Figures = {"start_s": time.perf_counter() - began}
    try:
        figures |= _dense(db, home, embedder, source.questions)
        return figures | _whole(db, searcher, embedder, source.questions, figures, profile)
    finally:
        searcher.close()
        db.close()


def _dense(db: Database, home: Settings, embedder: Embedder, questions: Sequence[str]) -> Figures:
    """Measure embedding and the dense index by themselves."""
    vectors = [embedder.embed_query(question) for question in questions]
    follower = open_follower(home, db, embedder)
    try:
        dense = follower.current().vectors
        figures = _recall(db, dense, embedder.name, vectors)
        figures |= _spread("embed_ms", _timed(embedder.embed_query, questions))
        figures |= _spread("dense_ms", _timed(lambda vector: dense.search(vector, K), vectors))
        return figures | _spread("dense_deep_ms", _timed(lambda vector: dense.search(vector, DEPTH), vectors))
    finally:
        follower.close()


def _search(searcher: Searcher, question: str, caller: Caller = OPERATOR) -> SearchResult:
    return searcher.search(caller, question, k=K, rerank=False)


def _whole(
    db: Database, searcher: Searcher, embedder: Embedder, questions: Sequence[str], dense: Figures, profile: bool
) -> Figures:
    """Measure whole searches: alone, many at once, of one who sees little, and after changes."""
    ask = partial(_search, searcher)
    _timed(ask, questions)  # a process that has run for a while is what counts
    with _Profiled() if profile else nullcontext():
        figures = _spread("search_ms", _timed(ask, questions))
    figures["ratio"] = figures["search_ms_p50"] / (dense["embed_ms_p50"] + dense["dense_ms_p50"])
    steps = [ask(question).timings for question in questions]
    figures["steps_ms"] = {name: 1000 * median(step.get(name, 0.0) for step in steps) for name in steps[0]}
    figures |= _many_clients(searcher, questions)
    figures |= _spread("little_ms", _timed(partial(ask, caller=ONE_WHO_SEES_LITTLE), questions))
    memory = psutil.Process().memory_full_info()
    return figures | {"serving_rss": memory.rss, "serving_own": memory.uss} | _changes(db, searcher, embedder)


def _recall(db: Database, dense: VectorIndex, model: str, vectors: Sequence[Vectors]) -> Figures:
    """Compare the dense index with an exact search of what is stored, for all chunks and for a caller's few."""
    asked = np.stack(vectors)
    with db.read() as session:
        few = visible_ids(session, ONE_WHO_SEES_LITTLE)
        best, best_few = _Best(asked), _Best(asked)
        for ids, stored in serving_vectors(session, model):
            best.see(stored)
            best_few.see(stored[np.isin(ids, few)])
    return {
        "recall@10": _found(dense, asked, None, best.floor),
        "little_chunks": len(few),
        "little_recall@10": _found(dense, asked, few, best_few.floor),
    }


class _Best:
    """The ten best scores of each question among all vectors seen."""

    def __init__(self, asked: Vectors) -> None:
        self._asked = asked
        self._scores = np.full((len(asked), K), -np.inf, dtype=np.float32)

    def see(self, stored: Vectors) -> None:
        both = np.concatenate([self._scores, self._asked @ stored.T], axis=1)
        self._scores = -np.partition(-both, K - 1, axis=1)[:, :K]

    @property
    def floor(self) -> Vectors:
        """The tenth best score of each question; of equally near ones any will do."""
        floor: Vectors = self._scores.min(axis=1)
        return floor


def _found(index: VectorIndex, asked: Vectors, allowed: Ids | None, floor: Vectors) -> float:
    right = wanted = 0
    for vector, least in zip(asked, floor, strict=True):
        hits = index.search(vector, K, allowed)
        right += sum(hit.score >= least - 1e-5 for hit in hits)
        wanted += K if allowed is None else min(K, len(allowed))
    return right / wanted


def _many_clients(searcher: Searcher, questions: Sequence[str]) -> Figures:
    def ask(question: str) -> float:
        began = time.perf_counter()
        _search(searcher, question)
        return time.perf_counter() - began

    asked = list(questions) * ROUNDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        began = time.perf_counter()
        spent = list(clients.map(ask, asked))
        seconds = time.perf_counter() - began
    return _spread(f"search_{CLIENTS}_clients_ms", spent) | {f"requests_s_{CLIENTS}_clients": len(asked) / seconds}


def _changes(db: Database, searcher: Searcher, embedder: Embedder) -> Figures:
    """Time a document from its publishing, and its deletion, to the end of the search that knows."""
    added, deleted = [], []
    for number in range(5):
        text = f"The zyxquorv {number} needs a new gasket every {number + 2} years."
        vector = embedder.embed_passages([text])
        began = time.perf_counter()
        document = put_document(db, f"new-{number}", STAFF, [text], vector, embedder.name)
        found = _names(searcher, text)
        added.append(time.perf_counter() - began)
        assert document in found
        began = time.perf_counter()
        with db.write() as session:
            delete_document(session, document, OPERATOR)
        found = _names(searcher, text)
        deleted.append(time.perf_counter() - began)
        assert document not in found
    return {"add_one_ms": 1000 * median(added), "delete_one_ms": 1000 * median(deleted)}


def _names(searcher: Searcher, text: str) -> set[str]:
    return {hit.passage.document_id for hit in _search(searcher, text).passages}


def _timed(function: Callable[[Json], object], inputs: Sequence[Json]) -> list[float]:
    spent = []
    for each in inputs:
        began = time.perf_counter()
        function(each)
        spent.append(time.perf_counter() - began)
    return spent


def _spread(name: str, seconds: Sequence[float]) -> Figures:
    cuts = quantiles(seconds, n=20, method="inclusive")
    return {f"{name}_p50": 1000 * cuts[9], f"{name}_p95": 1000 * cuts[18]}


class _Profiled(cProfile.Profile):
    """Prints where the time of its block went."""

    def __exit__(self, *given: object) -> None:
        super().__exit__(*given)
        pstats.Stats(self, stream=sys.stderr).sort_stats("cumulative").print_stats(45)


def _peak() -> int:
    """Return the most memory that this process held at once, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def _in_a_process(function: Callable[..., Figures], *given: Json) -> Figures:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


if __name__ == "__main__":
    main()
