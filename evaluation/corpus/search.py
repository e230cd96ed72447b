"""A corpus that can be searched: ingested, indexed and opened in a home of its own. Knows no metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from core.ports import Reader, Reranker
from core.settings import Settings
from core.store.database import Database
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import CorpusDocument
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.models.reader import open_reader
from retrieval.models.reranker import open_reranker
from retrieval.search import Searcher, open_searcher


@dataclass(frozen=True, slots=True)
class SearchableCorpus:
    """The home of a corpus, its database, its search, the cross-encoder, and what reads passages for answers."""

    home: Settings
    db: Database
    searcher: Searcher
    reranker: Reranker | None
    reader: Reader | None


@contextmanager
def open_corpus(
    settings: Settings, documents: Sequence[CorpusDocument], report: Callable[[str], None], *, redact: bool
) -> Iterator[SearchableCorpus]:
    """Ingest the documents into a throwaway home, build its index, yield its search, and close all of it."""
    with throwaway_home(settings, redact=redact) as home:
        db = Database(home.database_url)
        try:
            ingest_corpus(home, db, documents, report)
            embedder, reranker = open_embedder(home), open_reranker(home)
            build_snapshot(db, home, embedder.name, embedder.dimension)
            searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
            try:
                yield SearchableCorpus(home, db, searcher, reranker, open_reader(home, reranker))
            finally:
                searcher.close()
        finally:
            db.close()
