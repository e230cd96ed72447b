"""Build a corpus's documents in as many processes as there are cores, like that many workers of a service.

Each process has its own models and parser. A document is uploaded, claimed and built at once; what it becomes is
decided in `service.build_document`.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

from core.blobs import open_blobs
from core.errors import DocumentRejected, Invalid, Unavailable, UnsupportedMedia
from core.settings import Settings
from core.store import jobs, uploads
from core.store.database import Database
from core.types import OPERATOR
from evaluation.corpus.load import CorpusDocument
from ingest.formats.media import sniff
from ingest.redaction.redactor import open_redactor
from ingest.sandbox.parent import Sandbox
from retrieval.models.embedder import open_embedder
from service.build_document import BuildContext, build_version

COLLECTION = "corpus"
ONE_PROCESS_UP_TO = 300
"""Documents that this process builds alone: other processes would take longer to start than they save."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A document that was built, or why it was rejected."""

    id: str
    rejected: str | None


@contextmanager
def build_in_parallel(
    settings: Settings, db: Database, documents: Sequence[CorpusDocument]
) -> Iterator[Iterator[BuildResult]]:
    """Yield an iterator that builds the documents while it is read; every model is loaded before it is yielded.

    Raises Unavailable when the processes do not start.
    """
    processes = len(os.sched_getaffinity(0))
    if len(documents) <= ONE_PROCESS_UP_TO or processes < 2:
        with open_parts(settings, db) as parts:
            yield (build(parts, document) for document in documents)
        return
    context = multiprocessing.get_context("spawn")
    all_started = context.Barrier(processes)
    # One thread each: two threads each on two cores would wait for one another.
    own = settings.model_copy(update={"threads": 1})
    with ProcessPoolExecutor(processes, context, _start, (own, all_started)) as pool:
        try:
            for waiting in [pool.submit(_wait_for_all) for _ in range(processes)]:
                waiting.result()
        except BrokenProcessPool as error:
            raise Unavailable(
                "The processes that build documents did not start.", hint="The reason is above."
            ) from error
        try:
            yield pool.map(_build, documents)
        finally:
            pool.shutdown(cancel_futures=True)  # a caller that stops early does not wait for the rest


@contextmanager
def open_parts(settings: Settings, db: Database) -> Iterator[BuildContext]:
    """Yield what a worker builds documents with, warmed up, so that start-up does not count as building time."""
    with Sandbox(settings) as sandbox:
        sandbox.parse(b"warming up", "text/plain", "warm.txt")
        yield BuildContext(
            settings, db, open_blobs(settings.blobs_url), sandbox, open_redactor(settings), open_embedder(settings)
        )


def build(parts: BuildContext, document: CorpusDocument) -> BuildResult:
    """Upload a document and build it, through the code that a worker runs. Raises Invalid for an id used twice."""
    try:
        data, name, media_type = _uploaded(document)
    except (DocumentRejected, UnsupportedMedia) as error:
        return BuildResult(document.id, error.message)
    upload = uploads.Upload(
        COLLECTION, name, media_type, len(data), parts.blobs.put(data), path=document.id, title=document.title or None
    )
    with parts.db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
    if made.job_id is None:
        raise Invalid(f"The corpus holds the id {document.id!r} twice.")
    claim = jobs.claim(parts.db, made.job_id, lease_s=parts.settings.lease_s, max_attempts=1)
    assert claim is not None
    try:
        build_version(parts, claim)
    except DocumentRejected as error:
        return BuildResult(document.id, error.message)
    return BuildResult(document.id, None)


def _uploaded(document: CorpusDocument) -> tuple[bytes, str, str]:
    """Return bytes, file name and media type; a text is named `<id>.txt`."""
    if document.file is None:
        text = document.text if document.text.strip() else document.title  # some sets judge titles without text
        return text.encode(), f"{document.id}.txt", "text/plain"
    data = document.file.read_bytes()
    return data, document.file.name, sniff(data, document.file.name).media_type


@dataclass(slots=True)
class _ProcessState:
    """What this process builds with, if it is one of several."""

    parts: BuildContext | None = None
    all_started: Barrier | None = None


_process = _ProcessState()


def _start(settings: Settings, all_started: Barrier) -> None:
    threading.Thread(target=_exit_with_the_parent, name="parent", daemon=True).start()
    _process.parts = open_parts(settings, Database(settings.database_url)).__enter__()  # open until the process ends
    _process.parts.redactor.redact(["Good morning, I am Ann Smith."], "en")
    _process.all_started = all_started


def _exit_with_the_parent() -> None:
    """Exit when the process that started this one was killed: its pool would wait for work forever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _wait_for_all() -> None:
    assert _process.all_started is not None
    _process.all_started.wait()


def _build(document: CorpusDocument) -> BuildResult:
    assert _process.parts is not None
    return build(_process.parts, document)
