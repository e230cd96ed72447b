"""The home that a corpus is ingested into: a throwaway one, or a stored one that later runs reuse.

What a stored home was made from is written last, so a home without that mark is incomplete. Knows no question.
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

LOCATIONS = ("database_url", "broker_url", "blobs_url", "index_url")
"""Settings that say where something is stored: a home of its own gets them from its folder."""
MARK = "set.json"
READ_WITH = ("embedder_url", "late_url", "redact", "pii_entities", "ocr_languages")
"""Settings that change what is stored of a document."""


@contextmanager
def throwaway_home(settings: Settings, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is an empty folder, deleted afterwards; models and limits stay as they are."""
    with tempfile.TemporaryDirectory(prefix="vouch-eval-") as home:
        yield _settings_at(settings, Path(home), redact=redact)


@contextmanager
def open_home(settings: Settings, stored: Path | None, *, redact: bool) -> Iterator[Settings]:
    """Yield settings whose home is `stored`, or a throwaway one for None. Raises Invalid for any other folder."""
    if stored is None:
        with throwaway_home(settings, redact=redact) as home:
            yield home
        return
    stored.mkdir(parents=True, exist_ok=True)
    if any(stored.iterdir()) and not (stored / MARK).is_file():
        raise Invalid(f"{stored} does not hold a complete set.", hint="Delete it, or name another folder.")
    yield _settings_at(settings, stored, redact=redact)


def ingest_once(
    home: Settings, db: Database, documents: Sequence[CorpusDocument], report: Callable[[str], None]
) -> Mapping[str, str]:
    """Ingest the documents and build the index, unless this home has them; return the rejected ones with the reason.

    Raises Invalid for a home that holds other documents, or the same ones read with other settings.
    """
    mark, made_from = home.home / MARK, _fingerprint(home, documents)
    if mark.is_file():
        stored = json.loads(mark.read_text(encoding="utf-8"))
        if stored["made_from"] != made_from:
            raise Invalid(
                f"{home.home} holds another set, or this one read with other settings.", hint="Name another folder."
            )
        report(f"{len(documents)} documents are in {home.home} already")
        return {str(name): str(reason) for name, reason in stored["rejected"].items()}
    ingested = ingest_corpus(home, db, documents, report)
    embedder = open_embedder(home)
    build_snapshot(db, home, embedder.name, embedder.dimension)
    mark.write_text(json.dumps({"made_from": made_from, "rejected": dict(ingested.rejected)}), encoding="utf-8")
    return ingested.rejected


def _settings_at(settings: Settings, home: Path, *, redact: bool) -> Settings:
    """Return settings that store everything in this folder; models and limits stay as they are."""
    given = settings.model_dump(exclude={"home", *LOCATIONS})
    return load_settings({}, **(given | {"home": home, "redact": redact and settings.redact}))


def _fingerprint(home: Settings, documents: Sequence[CorpusDocument]) -> str:
    """Return a digest of the documents and of the settings that they are read with."""
    found = hashlib.sha256(json.dumps([getattr(home, name) for name in READ_WITH]).encode())
    for each in documents:
        data = each.file.read_bytes() if each.file is not None else each.text.encode()
        found.update(json.dumps([each.id, each.title, hashlib.sha256(data).hexdigest()]).encode())
    return found.hexdigest()
