"""Asks every question of a judged set, for `bench.answer_cache.judge`: python -m bench.answer_cache.ask DIR --run
OUT.jsonl

DIR is a corpus in BEIR's layout. Questions come in whole families, those that share a judged document, so that there
is something to repeat. Each is answered afresh, in quotes, from the whole corpus. A line for each question holds it,
its judged documents, the documents and words that its answer quotes, and the seconds that it took. With `--labels`
nothing is asked: each answer is then its first judged document, quoted whole. So it is for a CSV file in place of DIR,
with a message and its intent a line and a header, where the intent stands for the document.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from core.settings import Settings, load_settings
from core.store.database import Database
from core.types import OPERATOR, Json
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import load_corpus
from generation.answering import Answerer
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.models.reranker import open_reranker
from retrieval.search import open_searcher


def main() -> None:
    """Read the arguments, ask, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--run", type=Path, required=True)
    options.add_argument("--questions", type=int, default=10_000, help="about as many, in whole families")
    options.add_argument("--labels", action="store_true", help="take judged documents for answers")
    given = options.parse_args()
    if given.labels or given.folder.suffix == ".csv":
        lines = intents(given.folder) if given.folder.is_file() else labelled(given.folder, given.questions)
        given.run.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return
    with (
        throwaway_home(load_settings(generator_url="none://"), redact=False) as home,
        given.run.open("w", encoding="utf-8") as stream,
    ):
        for line in asked(home, given.folder, given.questions):
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            stream.flush()


def asked(home: Settings, folder: Path, most: int) -> Iterator[dict[str, Json]]:
    """Ingest the corpus and yield what became of each question."""
    corpus, judged = load_corpus(folder), judgements(folder)
    db = Database(home.database_url)
    ingest_corpus(home, db, corpus.documents, lambda line: print(line, file=sys.stderr, flush=True))
    embedder, reranker = open_embedder(home), open_reranker(home)
    build_snapshot(db, home, embedder.name, embedder.dimension)
    searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
    answerer = Answerer(searcher, reranker, lambda: None, home)
    try:
        for family, question_id in families(judged, most):
            began = time.perf_counter()
            answer = answerer.answer(OPERATOR, corpus.questions[question_id], mode="quotes")
            yield _line(family, question_id, corpus.questions[question_id], judged[question_id]) | {
                "status": answer.status,
                "documents": [citation.passage.path for citation in answer.citations],
                "quotes": [citation.quote for citation in answer.citations],
                "seconds": round(time.perf_counter() - began, 3),
            }
    finally:
        searcher.close()
        db.close()


def labelled(folder: Path, most: int) -> Iterator[dict[str, Json]]:
    """Yield each question with its judged document as its answer."""
    corpus, judged = load_corpus(folder), judgements(folder)
    texts = {document.id: document.text for document in corpus.documents}
    for family, question_id in families(judged, most):
        line = _line(family, question_id, corpus.questions[question_id], judged[question_id])
        yield line | {"status": "answered", "documents": [family], "quotes": [texts[family]]}


def intents(path: Path) -> Iterator[dict[str, Json]]:
    """Yield each message of a CSV file with its intent as its answer."""
    with path.open(encoding="utf-8", newline="") as stream:
        _, *rows = csv.reader(stream)
    for number, (text, intent) in enumerate(rows):
        line = _line(intent, str(number), text, frozenset({intent})) | {"body": ""}
        yield line | {"status": "answered", "documents": [intent], "quotes": []}


def judgements(folder: Path) -> Mapping[str, frozenset[str]]:
    """Return the documents that answer each judged question, of every part of the set."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("qrels*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            question, document, grade = line.split("\t")
            if int(grade) > 0:
                found[question].add(document)
    return {question: frozenset(judged) for question, judged in found.items()}


def families(judged: Mapping[str, frozenset[str]], most: int) -> Iterator[tuple[str, str]]:
    """Yield (family, question) in an order by chance that is the same each time; a family is never cut."""
    members: dict[str, list[str]] = defaultdict(list)
    for question, gold in judged.items():
        members[min(gold)].append(question)
    count = 0
    for family in sorted(members, key=lambda name: sha256(name.encode()).digest()):
        if count >= most:
            return
        count += len(members[family])
        yield from ((family, question) for question in sorted(members[family]))


def _line(family: str, question_id: str, text: str, gold: frozenset[str]) -> dict[str, Json]:
    """Begin a line; `body` names whose pages the question was put to, where a corpus joins those of several."""
    return {"_id": question_id, "family": family, "body": family.split("-")[0], "text": text, "gold": sorted(gold)}


if __name__ == "__main__":
    main()
