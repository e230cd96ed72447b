"""Uploading, publishing, reading and deleting documents, on both databases."""

from __future__ import annotations

import pytest

from core.errors import Conflict, Invalid, NotFound, Unavailable
from core.store import documents, forgetting, jobs, passages, reading
from core.store.database import Database
from core.types import OPERATOR, Chunk, Filters
from tests.core.conftest import INSIDER, MODEL, READER, Library


def test_an_upload_is_a_document_a_version_and_a_job(library: Library, db: Database) -> None:
    uploaded = library.upload("a.txt")

    with db.read() as session:
        job = jobs.get_job(session, uploaded.job_id or "")
        document = documents.get_document(session, uploaded.document_id, OPERATOR)
    assert (job.kind, job.state, job.document_id) == ("ingest", "queued", document.id)
    assert (document.latest_version, document.serving_version, document.state) == (1, None, "queued")


def test_the_same_bytes_make_no_new_version(library: Library) -> None:
    first = library.upload("a.txt", "same")
    again = library.upload("a.txt", "same")

    assert again.document_id == first.document_id
    assert (again.version, again.job_id, again.fresh) == (1, first.job_id, False)


def test_other_bytes_at_a_path_are_a_new_version_and_the_old_one_serves_until_it_is_published(library: Library) -> None:
    library.serve("a.txt", "old words")
    second = library.upload("a.txt", "new bytes")

    assert second.version == 2
    assert library.texts(READER) == ["old words"]
    assert library.publish(second, "new words")
    assert library.texts(READER) == ["new words"]


def test_an_older_version_that_is_built_late_does_not_serve(library: Library, db: Database) -> None:
    first, second = library.upload("a.txt", "one"), library.upload("a.txt", "two")

    assert library.publish(second, "second")
    assert not library.publish(first, "first")
    assert library.texts(READER) == ["second"]
    with db.read() as session:
        states = [version.state for version in documents.list_versions(session, first.document_id, OPERATOR)]
    assert states == ["serving", "superseded"]


def test_publishing_twice_stores_each_chunk_once_and_changes_no_index(library: Library, db: Database) -> None:
    uploaded = library.upload("a.txt")
    library.publish(uploaded, "only once")
    with db.read() as session:
        ids, step = list(reading.visible_ids(session, READER)), passages.latest_seq(session)

    assert library.publish(uploaded, "only once")

    assert library.texts(READER) == ["only once"]
    with db.read() as session:
        assert (list(reading.visible_ids(session, READER)), passages.latest_seq(session)) == (ids, step)


def test_a_version_that_is_read_again_keeps_the_ids_of_what_is_the_same(library: Library, db: Database) -> None:
    uploaded = library.upload("a.txt")
    library.publish(uploaded, "first", "torn row", "last", "last")
    with db.read() as session:
        before = reading.hydrate(session, READER, list(reading.visible_ids(session, READER)))
        step = passages.latest_seq(session)

    library.publish(uploaded, "new", "last", "first", "last")

    with db.read() as session:
        after = reading.document_chunks(session, uploaded.document_id, READER)
        changes = passages.changes_since(session, step, MODEL)
    known = {passage.chunk_id: passage.text for passage in before.values()}
    assert [passage.text for passage in after] == ["new", "last", "first", "last"]
    assert [known.get(passage.chunk_id) for passage in after] == [None, "last", "first", "last"]
    assert sorted((change.added, change.text or known[change.chunk_id]) for change in changes) == [
        (False, "torn row"),
        (True, "new"),
    ]


def test_a_document_with_groups_is_seen_by_its_groups_and_by_admins(library: Library) -> None:
    library.serve("open.txt", "for all")
    library.serve("inside.txt", "for some", groups=["inside"])

    assert library.texts(READER) == ["for all"]
    assert library.texts(INSIDER) == ["for all", "for some"]
    assert library.texts(OPERATOR) == ["for all", "for some"]


def test_a_hidden_document_is_not_found(library: Library, db: Database) -> None:
    hidden = library.serve("inside.txt", "for some", groups=["inside"])

    with db.read() as session:
        assert documents.list_documents(session, READER).data == ()
        assert documents.list_collections(session, READER) == []
        for read in (documents.get_document, documents.list_versions, reading.document_chunks):
            with pytest.raises(NotFound):
                read(session, hidden, READER)


def test_groups_sent_with_the_same_bytes_are_applied(library: Library) -> None:
    library.serve("a.txt", "words", groups=["inside"])
    library.upload("a.txt", "words", groups=[])

    assert library.texts(READER) == ["words"]


def test_the_path_of_a_hidden_document_is_as_good_as_an_unused_one(library: Library) -> None:
    hidden = library.serve("a.txt", "words", groups=["inside"])

    made, unused = library.upload("a.txt", "other", by=READER), library.upload("b.txt", "other", by=READER)

    assert made.document_id not in (hidden, unused.document_id)
    assert (made.version, made.status, made.fresh) == (unused.version, unused.status, unused.fresh)
    assert library.texts(INSIDER) == ["words"]
    assert library.upload("a.txt", "third", by=READER).document_id == made.document_id


def test_whoever_sees_all_documents_of_a_path_replaces_the_one_with_the_same_groups_or_the_oldest(
    library: Library,
) -> None:
    hidden = library.serve("a.txt", "words", groups=["inside"])
    open_one = library.upload("a.txt", "other", by=READER).document_id

    assert library.upload("a.txt", "new").document_id == hidden
    assert library.upload("a.txt", "newer", groups=[]).document_id == open_one
    assert library.upload("a.txt", "newest", groups=["inside"]).document_id == hidden


def test_a_deleted_document_is_gone_at_once(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "words")
    with db.read() as session:
        before = [int(chunk_id) for chunk_id in reading.visible_ids(session, OPERATOR)]

    with db.write() as session:
        documents.delete_document(session, document_id, OPERATOR)

    with db.read() as session:
        assert reading.hydrate(session, OPERATOR, before) == {}
        assert [change.added for change in passages.changes_since(session, 0, MODEL)] == [True, False]
        with pytest.raises(NotFound):
            documents.get_document(session, document_id, OPERATOR)


def test_deleting_frees_the_path_and_cancels_running_jobs(library: Library, db: Database) -> None:
    first = library.upload("a.txt", "one")
    with db.write() as session:
        documents.delete_document(session, first.document_id, OPERATOR)

    second = library.upload("a.txt", "one")

    assert second.document_id != first.document_id
    with db.read() as session:
        assert jobs.get_job(session, first.job_id or "").state == "cancelled"


def test_a_purge_deletes_text_and_vectors_that_no_other_document_needs(library: Library, db: Database) -> None:
    gone, kept = library.serve("a.txt", "shared", "alone"), library.serve("b.txt", "shared")
    with db.write() as session:
        documents.delete_document(session, gone, OPERATOR)

    with db.write() as session:
        blobs = forgetting.purge(session, gone)

    assert len(blobs) == 1
    with db.read() as session:
        assert [change.text for change in passages.serving_chunks(session, MODEL)] == ["shared"]
        alone = passages.sha256("Title\nalone")
        assert passages.known_vectors(session, MODEL, [alone]) == set()
        assert documents.get_document(session, kept, OPERATOR).state == "serving"


def test_filters_narrow_by_collection_document_and_metadata(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "words")
    library.serve("b.txt", "others")

    with db.read() as session:

        def seen(filters: Filters) -> int:
            return len(reading.visible_ids(session, OPERATOR, filters))

        assert seen(Filters(collections=frozenset({"manuals"}))) == 2
        assert seen(Filters(collections=frozenset({"elsewhere"}))) == 0
        assert seen(Filters(document_ids=frozenset({document_id}))) == 1
        assert seen(Filters(metadata={"product": "x"})) == 0


def test_pages_contain_every_document_once(library: Library, db: Database) -> None:
    expected = [library.upload(f"{number}.txt", str(number)).document_id for number in range(5)]

    seen: list[str] = []
    cursor: str | None = None
    with db.read() as session:
        while True:
            page = documents.list_documents(session, OPERATOR, limit=2, cursor=cursor)
            seen += [document.id for document in page.data]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == expected[::-1]


def test_a_bad_cursor_is_invalid(db: Database) -> None:
    with db.read() as session, pytest.raises(Invalid, match="cursor"):
        documents.list_documents(session, OPERATOR, cursor="?? not one")


def test_uploading_the_same_bytes_retries_a_failed_version(library: Library, db: Database) -> None:
    first = library.upload("a.txt")
    with db.write() as session:
        documents.fail_version(session, first.document_id, 1, "It is encrypted.")
        jobs.cancel_for_document(session, first.document_id)

    again = library.upload("a.txt")

    assert again.version == 1
    assert again.job_id not in (None, first.job_id)


def test_a_chunk_id_is_never_used_twice(library: Library, db: Database) -> None:
    gone = library.serve("a.txt", "first")
    with db.write() as session:
        (before,) = reading.visible_ids(session, OPERATOR)
        documents.delete_document(session, gone, OPERATOR)
        forgetting.purge(session, gone)

    library.serve("b.txt", "second")

    with db.read() as session:
        (after,) = reading.visible_ids(session, OPERATOR)
    assert after > before


def test_wider_groups_wait_for_the_bytes_that_they_were_sent_with(library: Library, db: Database) -> None:
    library.serve("a.txt", "for few", groups=["inside"])
    second = library.upload("a.txt", "for all", groups=[])

    assert library.texts(READER) == []
    assert library.publish(second, "for all")
    assert library.texts(READER) == ["for all"]


def test_wider_groups_for_waiting_bytes_open_nothing_that_serves(library: Library, db: Database) -> None:
    library.serve("a.txt", "for few", groups=["inside"])
    library.upload("a.txt", "next for few")

    second = library.upload("a.txt", "next for few", groups=[])

    assert library.texts(READER) == []
    assert library.publish(second, "next for few")
    assert library.texts(READER) == ["next for few"]


def test_an_earlier_version_stays_with_its_groups_when_the_document_is_opened(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "for few", groups=["inside"])
    library.serve("a.txt", "for all", groups=[])

    with db.read() as session:
        seen = {who: documents.list_versions(session, document_id, who) for who in (READER, INSIDER, OPERATOR)}
        both = [(document_id, 1), (document_id, 2)]
        pairs = documents.visible_versions(session, both, READER)

    assert [[version.version for version in versions] for versions in seen.values()] == [[2], [2, 1], [2, 1]]
    assert pairs == {(document_id, 2)}


def test_a_version_without_groups_of_its_own_is_for_administrators(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "words")
    with db.write() as session:
        session.connection().exec_driver_sql("UPDATE versions SET groups = NULL")

    with db.read() as session:
        assert documents.list_versions(session, document_id, READER) == []
        assert len(documents.list_versions(session, document_id, OPERATOR)) == 1


def test_a_document_that_is_left_out_of_a_page_ends_no_list(library: Library, db: Database) -> None:
    ids = [library.serve(f"{name}.txt", name) for name in "abc"]
    with db.write() as session:
        closed = f"UPDATE versions SET groups = NULL WHERE document_id = '{ids[2]}'"
        session.connection().exec_driver_sql(closed)

    found, cursor = [], None
    with db.read() as session:
        while True:
            page = documents.list_documents(session, READER, limit=1, cursor=cursor)
            found += [document.id for document in page.data]
            if (cursor := page.next_cursor) is None:
                break

    assert found == [ids[1], ids[0]]


def test_the_card_shows_the_newest_version_that_its_reader_may_see(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "for all")
    library.upload("a.txt", "next for few", groups=["inside"])
    with db.write() as session:
        session.connection().exec_driver_sql("UPDATE versions SET reason = 'secret reason' WHERE version = 2")
        documents.set_groups(session, document_id, [])

    with db.read() as session:
        assert documents.get_document(session, document_id, READER).state == "serving"
        assert documents.get_document(session, document_id, INSIDER).reason == "secret reason"


def test_a_cancelled_upload_can_be_sent_again(library: Library, db: Database) -> None:
    first = library.upload("a.txt")
    with db.write() as session:
        jobs.cancel(session, first.job_id or "")

    again = library.upload("a.txt")

    assert again.fresh
    assert again.job_id not in (None, first.job_id)


def test_a_purge_cannot_be_cancelled(library: Library, db: Database) -> None:
    document_id = library.serve("a.txt", "words")
    with db.write() as session:
        job_id = documents.delete_document(session, document_id, OPERATOR)
        with pytest.raises(Conflict, match="cannot be cancelled"):
            jobs.cancel(session, job_id)


def test_chunks_whose_vectors_were_deleted_are_not_published(library: Library, db: Database) -> None:
    uploaded = library.upload("a.txt")

    with pytest.raises(Unavailable, match="deleted"), db.write() as session:
        passages.publish(session, uploaded.document_id, 1, "Title", [Chunk(0, "words")], {}, model=MODEL)

    assert library.texts(READER) == []
