"""Measure ingest against the embedder's own speed: python -m bench.ingest FOLDER [--documents N]

FOLDER holds `corpus.jsonl`. Each measurement uses every core: the embedder alone over the corpus's chunks, then all
steps of an upload, without redaction and with it (parse, redact, chunk, embed, publish; one transaction per document).
Prints one JSON object: chunks per second of each, and their shares of the embedder's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from core.ports import Embedder
from core.settings import Settings, load_settings
from core.store.database import Database
from core.store.passages import embed_text
from core.store.reading import hydrate, visible_ids
from core.types import OPERATOR
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import CorpusDocument, load_corpus
from retrieval.models.embedder import open_embedder

BATCH = 16


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, help="only the first ones; up to 300 are built in one process")
    args = parser.parse_args()
    documents = load_corpus(args.folder).documents[: args.documents]
    settings = load_settings(late_url="none://", reranker_url="none://")
    plain, texts = ingest(settings, documents, redact=False)
    redacted, _ = ingest(settings, documents, redact=True)
    alone = embed_alone(settings, texts)
    figures = {
        "chunks": len(texts),
        "embedder_chunks_per_s": alone,
        "ingest_chunks_per_s": redacted,
        "share": redacted / alone,
        "ingest_without_redaction_chunks_per_s": plain,
        "share_without_redaction": plain / alone,
    }
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def ingest(settings: Settings, documents: Sequence[CorpusDocument], *, redact: bool) -> tuple[float, list[str]]:
    """Return chunks per second of all steps of an upload, and the texts that were embedded."""
    with throwaway_home(settings, redact=redact) as home:
        db = Database(home.database_url)
        done = ingest_corpus(home, db, documents, lambda line: print(line, file=sys.stderr))
        with db.read() as session:
            found = hydrate(session, OPERATOR, visible_ids(session, OPERATOR).tolist())
        db.close()
    return done.chunks / done.seconds, [embed_text(passage.title, passage) for passage in found.values()]


def embed_alone(settings: Settings, texts: Sequence[str]) -> float:
    """Return texts per second of as many embedders as there are cores, with one thread each."""
    processes = len(os.sched_getaffinity(0))
    batches = [list(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    context = multiprocessing.get_context("spawn")
    own = settings.model_copy(update={"threads": 1})
    with ProcessPoolExecutor(processes, context, _open, (own,)) as pool:
        list(pool.map(_embed, batches[:processes] * 4))  # until all are loaded and warm
        began = time.perf_counter()
        list(pool.map(_embed, batches))
        return len(texts) / (time.perf_counter() - began)


_embedders: list[Embedder] = []


def _open(settings: Settings) -> None:
    _embedders.append(open_embedder(settings))


def _embed(texts: Sequence[str]) -> None:
    _embedders[0].embed_passages(texts)


if __name__ == "__main__":
    main()
