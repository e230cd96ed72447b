"""What callers could learn of documents hidden from them: python -m bench.hidden_documents FOLDER --questions 200

FOLDER is a judged corpus in BEIR's layout. Every second document is given to a group that the caller is not in, and the
caller asks the questions. Then those documents are deleted, the index is built again, and the caller asks again. Prints
the shares of questions whose status, reason, quotes, closest passages or suggestions changed, and how far supports
moved. If hidden documents do not show at all, nothing changes but the seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from core.settings import Settings, load_settings
from core.store import documents
from core.store.database import Database
from core.types import OPERATOR, Answer, Caller, Json
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import document_ids, ingest_corpus
from evaluation.corpus.load import Corpus, load_corpus
from generation.answering import Answerer
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.models.reader import open_reader
from retrieval.models.reranker import open_reranker
from retrieval.search import open_searcher

OUTSIDER = Caller("outsider", frozenset({"ask"}))
PATIENT_S = 60
"""Seconds for reranking: a time limit that is reached would look like a hint."""


def main() -> None:
    """Ask twice and print what changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    args = parser.parse_args()
    corpus = load_corpus(args.folder)
    with throwaway_home(load_settings(rerank_budget_ms=PATIENT_S * 1000), redact=False) as home:
        db = Database(home.database_url)
        try:
            ingest_corpus(home, db, corpus.documents, _report)
            asked = sorted(corpus.judgements)[: args.questions]
            sys.stdout.write(json.dumps(compared(home, db, corpus, asked), indent=1) + "\n")
        finally:
            db.close()


def compared(home: Settings, db: Database, corpus: Corpus, asked: Sequence[str]) -> Mapping[str, Json]:
    """Return the share of questions that are answered differently once the hidden documents are deleted."""
    hidden = [number for place, (_, number) in enumerate(sorted(document_ids(db).items())) if place % 2]
    with db.write() as session:
        for number in hidden:
            documents.set_groups(session, number, ["insiders"])
    with_them = _ask_all(home, db, corpus, asked)
    with db.write() as session:
        for number in hidden:
            documents.delete_document(session, number, OPERATOR)
    without = _ask_all(home, db, corpus, asked)
    pairs = list(zip(with_them, without, strict=True))
    moved = [abs(one.support - other.support) for one, other in pairs]
    return {
        "questions": len(pairs),
        "hidden_documents": len(hidden),
        "answered": mean(one.status == "answered" for one in with_them),
        "changed": {
            name: mean(visible(one)[name] != visible(other)[name] for one, other in pairs)
            for name in visible(with_them[0])
        },
        "support_moved": {"share": mean(each > 0 for each in moved), "mean": mean(moved), "most": max(moved)},
    }


def visible(answer: Answer) -> dict[str, Json]:
    """Return what an answer shows to its caller, except support and seconds, by name."""
    return {
        "status": answer.status,
        "reason": answer.refusal.code if answer.refusal else None,
        "message": answer.refusal.message if answer.refusal else None,
        "suggestions": answer.refusal.suggestions if answer.refusal else (),
        "quotes": [(each.passage.chunk_id, each.quote) for each in answer.citations],
        "first_quote": [(each.passage.chunk_id, each.quote) for each in answer.citations[:1]],
        "closest": [ranked.passage.chunk_id for ranked in answer.closest],
        "steps": sorted(answer.timings),
    }


def _ask_all(home: Settings, db: Database, corpus: Corpus, asked: Sequence[str]) -> list[Answer]:
    """Build the index of the documents that serve, and ask every question as the outsider."""
    embedder, reranker = open_embedder(home), open_reranker(home)
    build_snapshot(db, home, embedder.name, embedder.dimension)
    searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
    answerer = Answerer(searcher, open_reader(home, reranker), lambda: None, home)
    try:
        found = []
        for count, question in enumerate(asked, 1):
            found.append(answerer.answer(OUTSIDER, corpus.questions[question], mode="quotes"))
            _report(f"asked {count} of {len(asked)}")
        return found
    finally:
        searcher.close()


def _report(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
