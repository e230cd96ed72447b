"""Which documents are read again, and the text that is stored of them."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from core.blocks import Block, DocumentText
from core.errors import NotFound
from core.store import documents, forgetting, passages, reading, reread, texts
from core.store.database import Database
from core.store.tables import JobRow, VersionRow
from core.types import OPERATOR, Chunk
from tests.core.conftest import INSIDER, READER, Library

TEXT = DocumentText("One.\n\nTwo.", (Block("heading", 0, 4, level=1), Block("paragraph", 6, 10)))


def test_a_document_of_an_older_reader_is_queued_once(library: Library, db: Database) -> None:
    old, new = library.serve("old.txt", "old"), library.serve("new.txt", "new")
    with db.write() as session:
        session.execute(update(JobRow).values(state="succeeded"))
    library.upload("queued.txt", "not read yet")
    with db.write() as session:
        session.execute(update(VersionRow).where(VersionRow.document_id == old).values(reader=None))

    with db.write() as session:
        assert reread.count_old(session) == 1
        (job,) = reread.queue_rereads(session, 10)
    with db.write() as session:
        assert reread.queue_rereads(session, 10) == []
        assert reread.count_old(session) == 0
    assert job
    assert new


def test_one_that_cannot_be_read_again_serves_on_and_is_not_tried_for_ever(library: Library, db: Database) -> None:
    old = library.serve("old.txt", "old")
    with db.write() as session:
        session.execute(update(VersionRow).where(VersionRow.document_id == old).values(reader=1))
        reread.note_failure(session, old, 1, "The file is damaged.")

    with db.write() as session:
        assert reread.queue_rereads(session, 10) == []
        (version,) = documents.list_versions(session, old, OPERATOR)
    assert (version.state, version.report["not_read_again"]) == ("serving", "The file is damaged.")
    assert library.texts(READER) == ["old"]


def test_the_text_of_a_document_is_seen_by_those_who_see_it(library: Library, db: Database) -> None:
    uploaded = library.upload("inside.txt", groups=["inside"])
    with db.write() as session:
        passages.publish(session, uploaded.document_id, 1, "Title", [Chunk(0, "One. Two.")], {}, text=TEXT)

    with db.read() as session:
        found = texts.document_text(session, uploaded.document_id, INSIDER)
        with pytest.raises(NotFound):
            texts.document_text(session, uploaded.document_id, READER)
    assert (found.text, found.blocks, found.version) == (TEXT.text, TEXT.blocks, 1)


def test_a_new_version_replaces_the_text_and_a_purge_erases_it(library: Library, db: Database) -> None:
    first, second = library.upload("a.txt", "1"), library.upload("a.txt", "2")
    for uploaded, words in ((first, "Old."), (second, "New.")):
        with db.write() as session:
            text = DocumentText(words, (Block("paragraph", 0, 4),))
            passages.publish(session, uploaded.document_id, uploaded.version, "T", [Chunk(0, words)], {}, text=text)

    with db.read() as session:
        assert texts.document_text(session, first.document_id, OPERATOR).text == "New."
    with db.write() as session:
        documents.delete_document(session, first.document_id, OPERATOR)
        forgetting.purge(session, first.document_id)
    with db.read() as session, pytest.raises(NotFound):
        texts.document_text(session, first.document_id, OPERATOR)


def test_a_passage_has_its_blocks_only_while_its_text_is_the_same(library: Library, db: Database) -> None:
    uploaded = library.upload("a.txt")
    block = Block("paragraph", 0, 4)
    with db.write() as session:
        passages.publish(session, uploaded.document_id, 1, "T", [Chunk(0, "One.", blocks=(block,))], {})
        before = reading.document_chunks(session, uploaded.document_id, READER)

    with db.read() as session:
        assert [passage.blocks for passage in before] == [()]
        assert [passage.blocks for passage in reading.with_blocks(session, before)] == [(block,)]
