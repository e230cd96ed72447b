"""Builds a corpus's documents in as many processes as there are cores, as that many workers of a service would.

Each process has models and a parser of its own. What a document becomes is `service.build_document`'s matter; here one
is uploaded, claimed and built at once.
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
from ingest.redaction.policy import open_redactor
from ingest.sandbox.parent import Sandbox
from retrieval.models.embedder import open_embedder
from service.build_document import Parts, ingest

COLLECTION = "corpus"
ALONE = 300
"""Documents up to which this process does it alone: others would take longer to start than they save."""


@dataclass(frozen=True, slots=True)
class Built:
    """A document that was built, or why it was refused."""

    id: str
    rejected: str | None


@contextmanager
def builders(settings: Settings, db: Database, documents: Sequence[CorpusDocument]) -> Iterator[Iterator[Built]]:
    """Yield an iterator that builds the documents while it is read; everything is loaded before it is yielded."""
    processes = len(os.sched_getaffinity(0))
    if len(documents) <= ALONE or processes < 2:
        with workplace(settings, db) as parts:
            yield (build(parts, document) for document in documents)
        return
    context = multiprocessing.get_context("spawn")
    all_here = context.Barrier(processes)
    own = settings.model_copy(update={"threads": 1})  # two threads each on two cores would wait for one another
    with ProcessPoolExecutor(processes, context, _start, (own, all_here)) as pool:
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
            pool.shutdown(cancel_futures=True)  # who stops early does not wait for the rest


@contextmanager
def workplace(settings: Settings, db: Database) -> Iterator[Parts]:
    """Yield what a worker builds documents with, warmed up, so that start-up is not counted as speed."""
    with Sandbox(settings) as sandbox:
        sandbox.parse(b"warming up", "text/plain", "warm.txt")
        yield Parts(
            settings, db, open_blobs(settings.blobs_url), sandbox, open_redactor(settings), open_embedder(settings)
        )


def build(parts: Parts, document: CorpusDocument) -> Built:
    """Upload a document and build it, through the code that a worker runs. Raises Invalid for a twin."""
    try:
        data, name, media_type = _uploaded(document)
    except (DocumentRejected, UnsupportedMedia) as error:
        return Built(document.id, error.message)
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
        ingest(parts, claim)
    except DocumentRejected as error:
        return Built(document.id, error.message)
    return Built(document.id, None)


def _uploaded(document: CorpusDocument) -> tuple[bytes, str, str]:
    """Return bytes, file name and media type, a text's as `<id>.txt`."""
    if document.file is None:
        text = document.text if document.text.strip() else document.title  # some sets judge bare titles
        return text.encode(), f"{document.id}.txt", "text/plain"
    data = document.file.read_bytes()
    return data, document.file.name, sniff(data, document.file.name).media_type


@dataclass(slots=True)
class _Here:
    """This process's workplace, where it is one of several."""

    parts: Parts | None = None
    all_here: Barrier | None = None


_here = _Here()


def _start(settings: Settings, all_here: Barrier) -> None:
    threading.Thread(target=_end_with_the_parent, name="parent", daemon=True).start()
    _here.parts = workplace(settings, Database(settings.database_url)).__enter__()  # it stays until the process ends
    _here.parts.redactor.redact(["Good morning, I am Ann Smith."], "en")
    _here.all_here = all_here


def _end_with_the_parent() -> None:
    """End this process when the one that started it was killed: its pool would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _wait_for_all() -> None:
    assert _here.all_here is not None
    _here.all_here.wait()


def _build(document: CorpusDocument) -> Built:
    assert _here.parts is not None
    return build(_here.parts, document)
