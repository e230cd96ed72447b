"""Measure search on a judged corpus: ingest it like an upload, ask like the API, rank documents by their best chunk.

Knows nothing of how passages are found. The metrics are in `evaluation.ranking_metrics`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles

from core.errors import Invalid
from core.ports import Retriever
from core.settings import Settings
from core.store.database import Database
from core.types import OPERATOR, SearchResult
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.ranking_metrics import evaluate
from evaluation.results import Evaluation
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.search import open_searcher

CHUNKS_PER_DOCUMENT = 2
"""Passages asked for per document: a document is ranked by its best passage, and its others take up places."""
REPORT_EVERY = 100


def evaluate_retrieval(
    settings: Settings,
    folder: Path,
    *,
    k: int = 100,
    redact: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Ingest the corpus in `folder` into a throwaway home, ask every judged question, and return the figures.

    A row is `{"query_id", "ranked": [k ids]}`. Raises Invalid for a folder in another form.
    """
    corpus = load_corpus(folder)
    if not corpus.judgements:
        raise Invalid(f"{folder / 'qrels.tsv'} is missing or judges nothing.")
    if unknown := sorted(set(corpus.judgements) - set(corpus.questions)):
        raise Invalid(f"qrels.tsv judges the question {unknown[0]!r}, which is not in queries.jsonl.")
    with throwaway_home(settings, redact=redact) as home:
        db = Database(home.database_url)
        ingested = ingest_corpus(home, db, corpus.documents, report)
        embedder = open_embedder(home)
        build_snapshot(db, home, embedder.name, embedder.dimension)
        searcher = open_searcher(home, db, embedder=embedder)
        try:
            ranked, seconds = _ask(searcher, corpus, k, report)
        finally:
            searcher.close()
            db.close()
    summary = evaluate(ranked, corpus.judgements) | {
        "queries": len(ranked),
        "chunks": ingested.chunks,
        "rejected": len(ingested.rejected),
        "ingest_chunks_per_s": ingested.chunks / ingested.seconds,
        "read_ahead_chunks_per_s": ingested.chunks / ingested.read_ahead_s if ingested.read_ahead_s else None,
        **_latencies(seconds),
    }
    return Evaluation(tuple({"query_id": query, "ranked": ids} for query, ids in ranked.items()), summary)


def best_documents(result: SearchResult, k: int) -> list[str]:
    """Return the ids of the k documents whose best passages come first; a duplicate follows what it repeats."""
    passages = (passage for hit in result.passages for passage in (hit.passage, *hit.duplicates))
    return list(dict.fromkeys(passage.path for passage in passages))[:k]


def _ask(
    searcher: Retriever, corpus: Corpus, k: int, report: Callable[[str], None]
) -> tuple[dict[str, list[str]], list[float]]:
    ranked: dict[str, list[str]] = {}
    seconds: list[float] = []
    for count, question in enumerate(corpus.judgements, 1):
        began = time.perf_counter()
        result = searcher.search(OPERATOR, corpus.questions[question], k=k * CHUNKS_PER_DOCUMENT)
        seconds.append(time.perf_counter() - began)
        ranked[question] = best_documents(result, k)
        if count % REPORT_EVERY == 0 or count == len(corpus.judgements):
            report(f"asked {count} of {len(corpus.judgements)} questions")
    return ranked, seconds


def _latencies(seconds: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else list(seconds) * 19
    return {"query_ms_p50": cuts[9] * 1000, "query_ms_p95": cuts[18] * 1000}
