"""Measure Vouch on corpora of growing size: python -m bench.scale FOLDER --chunks 10000 100000 1000000 [--out FILE]

FOLDER holds judged sets (corpus.jsonl, queries.jsonl). For each size, fills a database, builds a snapshot and serves
it, each in its own process, only through the product's code, without a reranker. Prints one JSON line per size.
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
from evaluation.corpus.home import throwaway_home
from retrieval.lifecycle.publish import build_snapshot, index_location
from retrieval.lifecycle.serving import open_index
from retrieval.models.embedder import open_embedder
from retrieval.search import DEPTH, Searcher, open_searcher

K, CLIENTS, ROUNDS = 10, 8, 3
RESTRICTED_CALLER = Caller("few", frozenset({"ask"}), frozenset({FEW}))
Figures = dict[str, Json]
Opener = Callable[[Settings], Embedder]


def main() -> None:
    """Read the arguments and print one line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kind", default="auto")
    parser.add_argument("--vectors", type=Path, help="a .npy of real vectors; without it, --real texts are embedded")
    parser.add_argument("--real", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", action="store_true", help="also print where a search spends its time")
    args = parser.parse_args()
    settings = load_settings(reranker_url="none://", late_url="none://")
    embedder = open_embedder(settings)
    source = read_source(args.folder, embedder, args.vectors, args.real, args.questions)
    lines = []
    for count in args.chunks:
        figures = measure(settings, source, count, args.kind, open_embedder, profile=args.profile)
        lines.append(figures)
        print(json.dumps(figures), flush=True)
    if args.out:
        args.out.write_text(json.dumps(lines, indent=1) + "\n")


def measure(
    settings: Settings,
    source: Source,
    count: int,
    kind: str,
    opener: Opener,
    *,
    separate: bool = True,
    profile: bool = False,
) -> Figures:
    """Fill, build and serve `count` chunks; `separate` runs each in its own process, so that memory can be measured."""
    run = _in_a_process if separate else lambda function, *values: function(*values)
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
    built = {name: value for name, value in asdict(manifest).items() if name in ("kind", "effort", "recall")}
    sizes = {"snapshot_bytes": _size(folder, "**/*"), "lexical_bytes": _size(folder, "lexical/*")}
    return {"build_s": seconds, "build_peak_rss": _peak(), "idle_rss": before} | sizes | built


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
    index = open_index(home, db, embedder)
    try:
        dense = index.current().vectors
        figures = _recall(db, dense, embedder.name, vectors)
        figures |= _spread("embed_ms", _timed(embedder.embed_query, questions))
        figures |= _spread("dense_ms", _timed(lambda vector: dense.search(vector, K), vectors))
        return figures | _spread("dense_deep_ms", _timed(lambda vector: dense.search(vector, DEPTH), vectors))
    finally:
        index.close()


def _search(searcher: Searcher, question: str, caller: Caller = OPERATOR) -> SearchResult:
    return searcher.search(caller, question, k=K, rerank=False)


def _whole(
    db: Database, searcher: Searcher, embedder: Embedder, questions: Sequence[str], dense: Figures, profile: bool
) -> Figures:
    """Measure whole searches: one at a time, many at once, of a restricted caller, and after changes."""
    ask = partial(_search, searcher)
    _timed(ask, questions)  # warm up
    with _Profiled() if profile else nullcontext():
        figures = _spread("search_ms", _timed(ask, questions))
    figures["ratio"] = figures["search_ms_p50"] / (dense["embed_ms_p50"] + dense["dense_ms_p50"])
    steps = [ask(question).timings for question in questions]
    figures["steps_ms"] = {name: 1000 * median(step.get(name, 0.0) for step in steps) for name in steps[0]}
    figures |= _many_clients(searcher, questions)
    figures |= _spread("little_ms", _timed(partial(ask, caller=RESTRICTED_CALLER), questions))
    memory = psutil.Process().memory_full_info()
    return figures | {"serving_rss": memory.rss, "serving_own": memory.uss} | _changes(db, searcher, embedder)


def _recall(db: Database, dense: VectorIndex, model: str, vectors: Sequence[Vectors]) -> Figures:
    """Compare the dense index with an exact search of the stored vectors, for all chunks and for few."""
    asked = np.stack(vectors)
    with db.read() as session:
        few = visible_ids(session, RESTRICTED_CALLER)
        best, best_few = _Best(asked), _Best(asked)
        for ids, stored in serving_vectors(session, model):
            best.add(stored)
            best_few.add(stored[np.isin(ids, few)])
    return {
        "recall@10": _found(dense, asked, None, best.floor),
        "little_chunks": len(few),
        "little_recall@10": _found(dense, asked, few, best_few.floor),
    }


class _Best:
    """The K best scores of each question among all added vectors."""

    def __init__(self, asked: Vectors) -> None:
        self._asked = asked
        self._scores = np.full((len(asked), K), -np.inf, dtype=np.float32)

    def add(self, stored: Vectors) -> None:
        both = np.concatenate([self._scores, self._asked @ stored.T], axis=1)
        self._scores = -np.partition(-both, K - 1, axis=1)[:, :K]

    @property
    def floor(self) -> Vectors:
        """The lowest of the K best scores of each question; every hit with at least this score is right."""
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
    """Time from publishing a document, and from deleting it, to the end of the first search that shows it."""
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
    """Prints where the time of its block was spent."""

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        pstats.Stats(self, stream=sys.stderr).sort_stats("cumulative").print_stats(45)


def _peak() -> int:
    """Return the peak memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def _in_a_process(function: Callable[..., Figures], *values: Json) -> Figures:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, values)


if __name__ == "__main__":
    main()
