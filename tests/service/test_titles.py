"""Whose title a document shows: an uploader's stays, the content's follows the version that serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import update

from core.blobs import open_blobs
from core.errors import DocumentRejected, Unavailable
from core.settings import Settings
from core.store import documents, jobs, reading, reread, uploads
from core.store.database import Database
from core.store.tables import VersionRow
from core.types import OPERATOR, Parsed
from ingest.redaction.redactor import NoRedaction
from service.build_document import BuildContext, build_version
from service.run_job import perform
from tests.elements import element
from tests.retrieval.conftest import WordEmbedder


def parse(data: bytes, media_type: str, filename: str) -> Parsed:
    """Read "title|language|text"; an empty title is none."""
    if data == b"broken":
        raise DocumentRejected("The file is damaged.")
    title, language, text = data.decode().split("|")
    return Parsed((element("text", text),), title or None, language or None)


class Shelf:
    """One document, uploaded and built in a real database."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.settings, self.blobs = db, settings, open_blobs(settings.blobs_url)
        self.context = BuildContext(settings, db, self.blobs, parse, NoRedaction(), WordEmbedder())
        self.id = ""

    def send(self, data: str, title: str | None = None, language: str | None = None) -> str | None:
        blob = self.blobs.put(data.encode())
        upload = uploads.Upload("m", "tariff.md", "text/plain", 9, blob, "tariff.md", title=title, language=language)
        with self.db.write() as session:
            made = uploads.register_upload(session, upload, OPERATOR)
        self.id = made.document_id
        return made.job_id

    def build(self, job_id: str | None) -> None:
        perform(self.db, self.settings, {"ingest": lambda claim: build_version(self.context, claim)}, job_id or "")

    def put(self, data: str, title: str | None = None, language: str | None = None) -> None:
        self.build(self.send(data, title, language))

    def forget_whose(self) -> None:
        """Make every version like one that an earlier release stored."""
        with self.db.write() as session:
            session.execute(update(VersionRow).values(given={}, reader=None))

    def read_again(self) -> None:
        with self.db.write() as session:
            queued = reread.queue_rereads(session, 9)
        for job_id in queued:
            self.build(job_id)

    def shown(self) -> tuple[str, str | None]:
        """Title and language of the passage that serves, as it is cited."""
        with self.db.read() as session:
            (passage,) = reading.document_chunks(session, self.id, OPERATOR)
            found = documents.get_document(session, self.id, OPERATOR)
        assert passage.title == found.title
        return found.title, found.language


@pytest.fixture
def shelf(db: Database, settings: Settings) -> Shelf:
    return Shelf(db, settings)


def test_a_title_from_the_content_is_the_one_of_the_version_that_serves(shelf: Shelf) -> None:
    shelf.put("Price list 2025|de|A call costs 90 EUR.")
    shelf.put("Price list 2026|en|A call costs 95 EUR.")
    assert shelf.shown() == ("Price list 2026", "en")

    shelf.put("||A call costs 99 EUR.")
    assert shelf.shown() == ("tariff.md", None)


def test_a_given_title_stays_until_another_is_given(shelf: Shelf) -> None:
    shelf.put("Price list 2025|de|one", title="Tariff")
    shelf.put("Price list 2026|en|two")
    assert shelf.shown() == ("Tariff", "en")

    shelf.put("Price list 2026|en|two", title="Our tariff", language="nl")
    assert shelf.shown() == ("Our tariff", "nl")

    shelf.put("Price list 2027|en|three")
    assert shelf.shown() == ("Our tariff", "nl")


def test_a_title_that_is_given_with_a_new_version_is_not_shown_before_that_version(shelf: Shelf) -> None:
    shelf.put("Price list 2025|en|one")
    job = shelf.send("Price list 2026|en|two", title="Tariff 2026")
    assert shelf.shown() == ("Price list 2025", "en")
    shelf.build(job)
    assert shelf.shown() == ("Tariff 2026", "en")

    shelf.put("broken", title="Tariff 2027")
    assert shelf.shown() == ("Tariff 2026", "en")
    shelf.put("Price list 2027|en|three")  # it keeps what was given to the version that failed
    assert shelf.shown() == ("Tariff 2027", "en")


def test_a_given_title_that_the_content_has_too_stays(shelf: Shelf) -> None:
    shelf.put("Price list|en|one", title="Price list")
    shelf.put("Preisliste|de|eins")

    assert shelf.shown() == ("Price list", "de")


def test_a_title_of_an_earlier_release_follows_its_content_if_it_is_the_contents(shelf: Shelf) -> None:
    shelf.put("Price list 2025|en|one")
    shelf.forget_whose()
    shelf.put("Price list 2026|de|two")
    assert shelf.shown() == ("Price list 2026", "de")

    shelf.forget_whose()
    shelf.read_again()
    shelf.put("Price list 2027|en|three")
    assert shelf.shown() == ("Price list 2027", "en")


def test_a_title_of_an_earlier_release_stays_if_no_content_has_it(shelf: Shelf) -> None:
    shelf.put("Price list 2025|en|one", title="Tariff")
    shelf.forget_whose()
    shelf.put("Price list 2026|en|two")
    assert shelf.shown() == ("Tariff", "en")

    shelf.forget_whose()
    shelf.read_again()
    shelf.put("Price list 2027|en|three")
    assert shelf.shown() == ("Tariff", "en")


def test_a_title_of_an_earlier_release_stays_if_its_content_cannot_be_read_any_more(shelf: Shelf) -> None:
    shelf.put("Price list 2025|en|one")
    shelf.forget_whose()
    with shelf.db.write() as session:
        session.execute(update(VersionRow).values(blob=shelf.blobs.put(b"broken")))
    shelf.put("Price list 2026|en|two")

    assert shelf.shown() == ("Price list 2025", "en")


def test_a_title_that_is_given_while_the_version_is_read_is_embedded_by_the_next_attempt(shelf: Shelf) -> None:
    job = shelf.send("Price list|en|one")
    claim = jobs.claim(shelf.db, job or "", lease_s=60, max_attempts=3)
    assert claim is not None

    class Retitling(WordEmbedder):
        def embed_passages(self, texts: object) -> np.ndarray:
            shelf.send("Price list|en|one", title="Tariff")
            return super().embed_passages(texts)  # type: ignore[arg-type]

    with pytest.raises(Unavailable, match="another title"):
        build_version(replace(shelf.context, embedder=Retitling()), claim)
    build_version(shelf.context, claim)

    assert shelf.shown() == ("Tariff", "en")


def test_a_new_title_for_the_same_bytes_is_shown_at_once_and_the_version_is_read_again_for_it(shelf: Shelf) -> None:
    shelf.put("Price list|en|one")
    with shelf.db.read() as session:
        assert reread.count_old(session) == 0
    shelf.put("Price list|en|one", title="Tariff")

    assert shelf.shown() == ("Tariff", "en")
    with shelf.db.read() as session:
        assert reread.count_old(session) == 1
    shelf.read_again()
    assert shelf.shown() == ("Tariff", "en")
