"""A judged corpus on disk (BEIR's layout), and a throwaway home in which it is ingested like any upload.

Knows no metric: `cli.eval_retrieval` and `cli.eval_answers` ask the questions.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import jobs, uploads
from core.blobs import open_blobs
from core.db import Database, migrate
from core.errors import DocumentRejected, Invalid
from core.passages import chunk_count
from core.settings import Settings, load_settings
from core.types import OPERATOR
from ingest.redact import open_redactor
from ingest.sandbox import Sandbox
from retrieval.embed import open_embedder
from workers.ingesting import Parts, ingest

COLLECTION = "corpus"
KEPT = ("database_url", "broker_url", "blobs_url", "index_url")
REPORT_EVERY = 100


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """One line of `corpus.jsonl`."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, questions by id, and for each judged question the grades of documents."""

    documents: tuple[CorpusDocument, ...]
    questions: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of ingesting a corpus: chunks that serve, seconds it took, ids that were refused with the reason."""

    chunks: int
    seconds: float
    rejected: Mapping[str, str]


def load_corpus(folder: Path) -> Corpus:
    """Read `corpus.jsonl`, `queries.jsonl` and, where there is one, `qrels.tsv`. Raises Invalid that names the line."""
    documents = tuple(
        CorpusDocument(str(line["_id"]), str(line.get("title") or ""), str(line.get("text") or ""))
        for line in _lines(folder / "corpus.jsonl", "_id")
    )
    questions = {str(line["_id"]): str(line["text"]) for line in _lines(folder / "queries.jsonl", "_id", "text")}
    return Corpus(documents, questions, _judgements(folder / "qrels.tsv"))


@contextmanager
def throwaway_home(settings: Settings, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is an empty folder that is removed afterwards; models and limits stay as they are."""
    with tempfile.TemporaryDirectory(prefix="vouch-eval-") as home:
        given = settings.model_dump(exclude={"home", *KEPT})
        changed = load_settings({}, **(given | {"home": Path(home), "redact": redact and settings.redact}))
        yield changed


def ingest_corpus(
    settings: Settings, db: Database, documents: Sequence[CorpusDocument], report: Callable[[str], None]
) -> Ingested:
    """Upload each document as `<id>.txt` and build it at once, through the code that a worker runs."""
    migrate(db)
    rejected: dict[str, str] = {}
    with _workplace(settings, db) as parts:
        began = time.perf_counter()
        for count, document in enumerate(documents, 1):
            try:
                _ingest_one(parts, document)
            except DocumentRejected as error:
                rejected[document.id] = error.message
            if count % REPORT_EVERY == 0 or count == len(documents):
                report(f"ingested {count} of {len(documents)} documents in {time.perf_counter() - began:.0f} s")
        seconds = time.perf_counter() - began
    with db.read() as session:
        return Ingested(chunk_count(session), seconds, rejected)


@contextmanager
def _workplace(settings: Settings, db: Database) -> Iterator[Parts]:
    """Yield what a worker builds documents with, warmed up, so that start-up is not counted as speed."""
    with Sandbox(settings) as sandbox:
        sandbox.parse(b"warming up", "text/plain", "warm.txt")
        yield Parts(
            settings, db, open_blobs(settings.blobs_url), sandbox, open_redactor(settings), open_embedder(settings)
        )


def _ingest_one(parts: Parts, document: CorpusDocument) -> None:
    data = (document.text if document.text.strip() else document.title).encode()  # some sets judge bare titles
    upload = uploads.Upload(
        COLLECTION, f"{document.id}.txt", "text/plain", len(data), parts.blobs.put(data),
        path=document.id, title=document.title or None,
    )  # fmt: skip
    with parts.db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
    if made.job_id is None:
        raise Invalid(f"The corpus holds the id {document.id!r} twice.")
    claim = jobs.claim(parts.db, made.job_id, lease_s=parts.settings.lease_s, max_attempts=1)
    assert claim is not None
    ingest(parts, claim)


def _lines(path: Path, *needed: str) -> Iterator[Mapping[str, object]]:
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _object(path, number, line, needed)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error


def _object(path: Path, number: int, line: str, needed: Sequence[str]) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Invalid(f"{path}, line {number}: not JSON ({error}).") from error
    if not isinstance(value, dict) or any(name not in value for name in needed):
        raise Invalid(f"{path}, line {number}: each line must be an object with {', '.join(needed)}.")
    return value


def _judgements(path: Path) -> dict[str, dict[str, int]]:
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
