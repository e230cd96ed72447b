"""Make runs for `bench.answer_cache.judge`: python -m bench.answer_cache.ask DIR --run OUT.jsonl

DIR is a corpus in BEIR's layout. Its judged questions are asked in whole families, those that share a judged document,
so that there is something to repeat. Each is answered without a cache, in quotes, from the whole corpus. Writes a line
per question: its text, its judged documents, the documents and words that its answer quotes, and the seconds it took.
With `--labels` nothing is asked: each answer is the question's first judged document, quoted whole. The same holds if
DIR is a CSV file with a header and one message with its intent per line: the intent is the document.
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
from core.types import OPERATOR, Json
from evaluation.corpus.load import load_corpus
from evaluation.corpus.search import open_corpus
from generation.answering import Answerer


def main() -> None:
    """Read the arguments, ask, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=10_000, help="about this many, in whole families")
    parser.add_argument("--labels", action="store_true", help="use judged documents as answers")
    args = parser.parse_args()
    if args.labels or args.folder.suffix == ".csv":
        lines = intents(args.folder) if args.folder.is_file() else labelled(args.folder, args.questions)
        args.run.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        return
    with args.run.open("w", encoding="utf-8") as stream:
        for line in asked(load_settings(generator_url="none://"), args.folder, args.questions):
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            stream.flush()


def asked(settings: Settings, folder: Path, most: int) -> Iterator[dict[str, Json]]:
    """Ingest the corpus, ask each question, and yield its line."""
    corpus, judged = load_corpus(folder), judgements(folder)
    with open_corpus(settings, corpus.documents, _report, redact=False) as opened:
        answerer = Answerer(opened.searcher, opened.reader, lambda: None, opened.home)
        for family, question_id in families(judged, most):
            began = time.perf_counter()
            answer = answerer.answer(OPERATOR, corpus.questions[question_id], mode="quotes")
            yield _line(family, question_id, corpus.questions[question_id], judged[question_id]) | {
                "status": answer.status,
                "documents": [citation.passage.path for citation in answer.citations],
                "quotes": [citation.quote for citation in answer.citations],
                "seconds": round(time.perf_counter() - began, 3),
            }


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
    """Yield (family, question) in a random order that is always the same; a family is never split."""
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
    """Return the first fields of a line; `body` names whose pages were asked, in a corpus that joins several sites."""
    return {"_id": question_id, "family": family, "body": family.split("-")[0], "text": text, "gold": sorted(gold)}


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
