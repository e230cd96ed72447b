"""A judged corpus on disk (BEIR's layout), and a throwaway home in which it is ingested like any upload.

Knows no metric: `evaluation.retrieval` and `evaluation.answers` ask the questions.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from core.settings import Settings, load_settings
from core.store import documents as stored
from core.store.database import Database, migrate
from core.store.passages import chunk_count
from core.types import OPERATOR, Json
from evaluation.corpus_build import CorpusDocument, builders
from retrieval.models.late import encode_rest, open_late

KEPT = ("database_url", "broker_url", "blobs_url", "index_url")
REPORT_EVERY = PAGE = 100


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, questions by id, and for each judged question the grades of documents."""

    documents: tuple[CorpusDocument, ...]
    questions: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of ingesting a corpus: chunks that serve, seconds it took, ids that were refused with the reason.

    `read_ahead_s` are the seconds after that in which passages were read token by token.
    """

    chunks: int
    seconds: float
    read_ahead_s: float
    rejected: Mapping[str, str]


def load_corpus(folder: Path) -> Corpus:
    """Read `corpus.jsonl`, `queries.jsonl` and, where there is one, `qrels.tsv`. Raises Invalid that names the line."""
    documents = tuple(
        CorpusDocument(str(line["_id"]), str(line.get("title") or ""), str(line.get("text") or ""))
        for line in read_lines(folder / "corpus.jsonl", "_id")
    )
    return Corpus(documents, _questions(folder), read_judgements(folder / "qrels.tsv"))


def load_questions(folder: Path) -> Mapping[str, str]:
    """Read `queries.jsonl`, where there is one: questions by id. Raises Invalid that names the line."""
    return _questions(folder) if (folder / "queries.jsonl").is_file() else {}


@contextmanager
def throwaway_home(settings: Settings, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is an empty folder that is removed afterwards; models and limits stay as they are."""
    with tempfile.TemporaryDirectory(prefix="vouch-eval-") as home:
        yield at_home(settings, Path(home), redact=redact)


def at_home(settings: Settings, home: Path, *, redact: bool) -> Settings:
    """Return settings that keep everything in this folder; models and limits stay as they are."""
    given = settings.model_dump(exclude={"home", *KEPT})
    return load_settings({}, **(given | {"home": home, "redact": redact and settings.redact}))


def ingest_corpus(
    settings: Settings, db: Database, documents: Sequence[CorpusDocument], report: Callable[[str], None]
) -> Ingested:
    """Upload each document and build it, then read ahead, as the workers of a service do; say how long each took."""
    migrate(db)
    rejected: dict[str, str] = {}
    with builders(settings, db, documents) as built:
        began = time.perf_counter()
        for count, document in enumerate(built, 1):
            if document.rejected is not None:
                rejected[document.id] = document.rejected
            if count % REPORT_EVERY == 0 or count == len(documents):
                report(f"ingested {count} of {len(documents)} documents in {time.perf_counter() - began:.0f} s")
        seconds = time.perf_counter() - began
    read_ahead_s = _read_ahead(settings, db, report)
    with db.read() as session:
        return Ingested(chunk_count(session), seconds, read_ahead_s, rejected)


def document_ids(db: Database) -> dict[str, str]:
    """Return the ids that documents have in the database, by their path: in a corpus, its own id."""
    ids: dict[str, str] = {}
    cursor: str | None = None
    while True:
        with db.read() as session:
            page = stored.list_documents(session, OPERATOR, limit=PAGE, cursor=cursor)
        ids |= {document.path: document.id for document in page.data}
        cursor = page.next_cursor
        if cursor is None:
            return ids


def _read_ahead(settings: Settings, db: Database, report: Callable[[str], None]) -> float:
    """Do what a worker does when no document waits; return how long it took."""
    late = open_late(settings)
    if late is None:
        return 0.0
    began = time.perf_counter()
    done = sum(encode_rest(db, late))
    report(f"read {done} passages ahead in {time.perf_counter() - began:.0f} s")
    return time.perf_counter() - began


def _questions(folder: Path) -> dict[str, str]:
    return {str(line["_id"]): str(line["text"]) for line in read_lines(folder / "queries.jsonl", "_id", "text")}


def read_lines(path: Path, *needed: str) -> Iterator[Mapping[str, Json]]:
    """Yield a file's lines, each an object with what is needed. Raises Invalid that names the line."""
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _object(path, number, line, needed)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error


def _object(path: Path, number: int, line: str, needed: Sequence[str]) -> Mapping[str, Json]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Invalid(f"{path}, line {number}: not JSON ({error}).") from error
    if not isinstance(value, dict) or any(name not in value for name in needed):
        raise Invalid(f"{path}, line {number}: each line must be an object with {', '.join(needed)}.")
    return value


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Read grades of documents by question, none where there is no such file. Raises Invalid that names the line."""
    judgements: dict[str, dict[str, int]] = {}
    if not path.is_file():
        return judgements
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if number == 1 or not line.strip():
            continue
        if len(cells) != 3 or not cells[2].strip().lstrip("-").isdigit():
            raise Invalid(f"{path}, line {number}: expected query-id, corpus-id and score between tabs.")
        judgements.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return judgements
