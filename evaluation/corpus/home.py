"""The home that a set is read into: a throwaway one, or one that is kept, so that it is read once and asked often.

What a kept home was made from is written last; without that it was left half-way. Knows no question.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import Invalid
from core.settings import Settings, load_settings
from core.store.database import Database
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import CorpusDocument
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder

KEPT = ("database_url", "broker_url", "blobs_url", "index_url")
MARK = "set.json"
READ_WITH = ("embedder_url", "late_url", "redact", "pii_entities", "ocr_languages")


@contextmanager
def throwaway_home(settings: Settings, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is an empty folder that is removed afterwards; models and limits stay as they are."""
    with tempfile.TemporaryDirectory(prefix="vouch-eval-") as home:
        yield at_home(settings, Path(home), redact=redact)


def at_home(settings: Settings, home: Path, *, redact: bool) -> Settings:
    """Return settings that keep everything in this folder; models and limits stay as they are."""
    given = settings.model_dump(exclude={"home", *KEPT})
    return load_settings({}, **(given | {"home": home, "redact": redact and settings.redact}))


@contextmanager
def open_home(settings: Settings, keep: Path | None, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is an empty folder, or `keep`. Raises Invalid for a folder of something else."""
    if keep is None:
        with throwaway_home(settings, redact=redact) as home:
            yield home
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()) and not (keep / MARK).is_file():
        raise Invalid(f"{keep} holds no set that was read to its end.", hint="Delete it, or name another folder.")
    yield at_home(settings, keep, redact=redact)


def read_in(
    home: Settings, db: Database, documents: Sequence[CorpusDocument], report: Callable[[str], None]
) -> Mapping[str, str]:
    """Ingest the documents and build the index, unless this home has them; return which were rejected, and why.

    Raises Invalid for a home that holds other documents, or the same ones read with other settings.
    """
    mark, made_from = home.home / MARK, _fingerprint(home, documents)
    if mark.is_file():
        kept = json.loads(mark.read_text(encoding="utf-8"))
        if kept["made_from"] != made_from:
            raise Invalid(
                f"{home.home} holds another set, or this one as other settings read it.", hint="Name another folder."
            )
        report(f"{len(documents)} documents are in {home.home} already")
        return {str(name): str(reason) for name, reason in kept["rejected"].items()}
    ingested = ingest_corpus(home, db, documents, report)
    embedder = open_embedder(home)
    build_snapshot(db, home, embedder.name, embedder.dimension)
    mark.write_text(json.dumps({"made_from": made_from, "rejected": dict(ingested.rejected)}), encoding="utf-8")
    return ingested.rejected


def _fingerprint(home: Settings, documents: Sequence[CorpusDocument]) -> str:
    """Return a digest of the documents and of the settings that they are read with."""
    found = hashlib.sha256(json.dumps([getattr(home, name) for name in READ_WITH]).encode())
    for each in documents:
        data = each.file.read_bytes() if each.file is not None else each.text.encode()
        found.update(json.dumps([each.id, each.title, hashlib.sha256(data).hexdigest()]).encode())
    return found.hexdigest()
