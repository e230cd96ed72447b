"""The routes of documents: upload, list, read, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from core.errors import Invalid, StorageFull
from core.store import documents
from core.store.access import audit
from core.types import OPERATOR
from service.upload import file_name
from tests.api.conftest import LAMPS, RESET, World
from tests.ingest.files import ole


def test_an_upload_is_accepted_with_the_url_of_its_job(world: World) -> None:
    response = world.client.post("/v1/documents", files={"file": ("router.txt", RESET)}, headers=world.key("ingest"))
    body = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{body['job_id']}"
    assert (body["version"], body["status"]) == (1, "queued")
    assert world.queue.sent == [(body["job_id"], "ingest")]


def test_an_upload_of_the_same_bytes_returns_the_existing_version(world: World) -> None:
    first = world.upload()
    response = world.client.post("/v1/documents", files={"file": ("router.txt", RESET)}, headers=world.key("ingest"))
    assert response.status_code == 200
    assert response.json() == first  # with the job that still reads them
    assert len(world.queue.sent) == 1


def test_other_bytes_at_the_same_path_are_a_new_version(world: World) -> None:
    first = world.upload(RESET, path="manuals/router.txt")
    second = world.upload(LAMPS, "other.txt", path="manuals/router.txt")
    versions = world.client.get(f"/v1/documents/{first['document_id']}/versions", headers=world.key("ask")).json()
    assert second["document_id"] == first["document_id"]
    assert [version["version"] for version in versions["data"]] == [2, 1]


def test_the_attributes_of_a_document_are_stored(world: World) -> None:
    form: dict[str, Any] = {
        "collection": "routers",
        "title": "Router manual",
        "language": "en",
        "groups": "staff, partners",
        "metadata": json.dumps({"model": "X1"}),
    }
    made = world.upload(RESET, **form)
    found = world.client.get(f"/v1/documents/{made['document_id']}", headers=world.key("admin")).json()
    assert (found["collection"], found["title"], found["language"]) == ("routers", "Router manual", "en")
    assert found["groups"] == ["partners", "staff"]
    assert found["metadata"] == {"model": "X1"}


@pytest.mark.parametrize("groups", [["a", "b"], ["a,b"], ["a, b", ""]])
def test_groups_are_repeated_fields_or_separated_by_commas(world: World, groups: list[str]) -> None:
    made = world.upload(RESET, groups=groups)
    found = world.client.get(f"/v1/documents/{made['document_id']}", headers=world.key("admin")).json()
    assert found["groups"] == ["a", "b"]


def test_an_upload_to_the_path_of_a_hidden_document_looks_like_one_to_an_unused_path(world: World) -> None:
    hidden = world.upload(RESET, path="plans/router.txt", groups="board")
    stranger = world.key("ingest", groups=("partners",))
    taken, unused = (
        world.upload(LAMPS, path=path, headers=stranger, groups="partners")
        for path in ("plans/router.txt", "plans/other.txt")
    )
    assert {name: taken[name] for name in ("version", "status")} == {"version": 1, "status": "queued"}
    assert taken.keys() == unused.keys()
    assert taken["document_id"] != hidden["document_id"]


def test_blank_groups_leave_the_groups_of_a_document_unchanged(world: World) -> None:
    made = world.upload(RESET, groups="staff")
    world.upload(LAMPS, groups="")
    found = world.client.get(f"/v1/documents/{made['document_id']}", headers=world.key("admin")).json()
    assert (found["latest_version"], found["groups"]) == (2, ["staff"])


def test_a_star_opens_a_document_to_everyone(world: World) -> None:
    made = world.upload(RESET, groups="staff")
    world.upload(RESET, groups="*")
    assert world.client.get(f"/v1/documents/{made['document_id']}", headers=world.key("ask")).json()["groups"] == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"collection": "a/b"}, "collection"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": '{"a": 1}'}, "metadata.a"),
        ({"metadata": '["a"]'}, "metadata"),
        ({"language": "english!"}, "language"),
        ({"path": "a\tb"}, "path"),
        ({"colection": "x"}, "colection"),
    ],
)
def test_an_invalid_form_is_refused_and_the_field_named(world: World, form: dict[str, str], field: str) -> None:
    response = world.client.post(
        "/v1/documents", files={"file": ("a.txt", RESET)}, data=form, headers=world.key("ingest")
    )
    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]


def test_an_upload_without_a_file_is_refused(world: World) -> None:
    response = world.client.post("/v1/documents", data={"collection": "a"}, files={}, headers=world.key("ingest"))
    assert response.status_code == 415
    form = world.client.post("/v1/documents", files={"other": ("a.txt", RESET)}, headers=world.key("ingest"))
    assert form.status_code == 422


def test_an_unsupported_file_type_is_refused_and_nothing_is_stored(world: World) -> None:
    headers = world.key("ingest", "ask")
    response = world.client.post("/v1/documents", files={"file": ("a.bin", b"\x7fELF" + b"\0" * 99)}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media")
    assert world.client.get("/v1/documents", headers=headers).json()["data"] == []


def test_a_format_that_only_some_workers_can_read_is_accepted(world: World) -> None:
    for name, data in (("letter.rtf", rb"{\rtf1\ansi Hello world.}"), ("old.doc", ole("WordDocument", b"x"))):
        response = world.client.post("/v1/documents", files={"file": (name, data)}, headers=world.key("ingest"))

        assert response.status_code == 202


def test_an_empty_file_is_refused_with_the_reason(world: World) -> None:
    response = world.client.post("/v1/documents", files={"file": ("a.txt", b" \n")}, headers=world.key("ingest"))
    assert (response.status_code, response.json()["code"]) == (422, "document_rejected")
    assert "empty" in response.json()["detail"]


def test_a_full_disk_is_reported_and_nothing_is_registered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes) -> str:
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(world.services.blobs, "put", full)
    headers = world.key("ingest", "ask")
    response = world.client.post("/v1/documents", files={"file": ("a.txt", RESET)}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (507, "storage_full")
    assert world.client.get("/v1/documents", headers=headers).json()["data"] == []


def test_when_the_database_fails_an_upload_leaves_no_document_and_no_hint(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    headers = world.key("ingest", "ask")
    monkeypatch.setattr(audit, "record", fail)
    response = world.client.post("/v1/documents", files={"file": ("a.txt", RESET)}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert world.client.get("/v1/documents", headers=headers).json()["data"] == []
    assert world.queue.sent == []


def test_a_document_of_another_group_does_not_exist_for_a_caller(world: World) -> None:
    made = world.upload(RESET, groups="staff")
    stranger = world.key("ask", "ingest", groups=("partners",))
    for path in ("", "/versions", "/chunks", "/content"):
        response = world.client.get(f"/v1/documents/{made['document_id']}{path}", headers=stranger)
        unknown = world.client.get(f"/v1/documents/doc_none{path}", headers=stranger)
        assert response.status_code == unknown.status_code == 404
        assert response.json()["detail"].replace(made["document_id"], "doc_none") == unknown.json()["detail"]
    assert world.client.delete(f"/v1/documents/{made['document_id']}", headers=stranger).status_code == 404


def test_a_list_is_paged_without_gaps(world: World) -> None:
    made = [world.upload(f"text number {n}".encode(), f"{n}.txt")["document_id"] for n in range(5)]
    headers, seen, cursor = world.key("ask"), [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = world.client.get("/v1/documents", params=query, headers=headers).json()
        seen += [document["id"] for document in page["data"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not (cursor := page["next_cursor"]):
            break
    assert seen == made[::-1]


def test_a_list_is_filtered_by_collection_and_state(world: World) -> None:
    world.served(RESET, "a.txt", collection="routers")
    queued = world.upload(LAMPS, "b.txt", collection="routers")["document_id"]
    world.upload(LAMPS, "c.txt", collection="phones")
    query = {"collection": "routers", "state": "queued"}
    page = world.client.get("/v1/documents", params=query, headers=world.key("ask")).json()
    assert [document["id"] for document in page["data"]] == [queued]


@pytest.mark.parametrize("query", [{"colection": "a"}, {"limit": 0}, {"limit": 201}, {"state": "new"}, {"cursor": "%"}])
def test_an_invalid_query_is_refused(world: World, query: dict[str, str]) -> None:
    response = world.client.get("/v1/documents", params=query, headers=world.key("ask"))
    assert response.status_code == 422


def test_passages_are_listed_in_reading_order_with_page_and_heading(world: World) -> None:
    document_id = world.served()
    page = world.client.get(f"/v1/documents/{document_id}/chunks", headers=world.key("ask")).json()
    (chunk,) = page["data"]
    assert (chunk["text"], chunk["heading"], chunk["page"]) == (RESET.decode(), ["Care"], 3)
    assert page["has_more"] is False


def test_the_original_is_a_download_that_no_browser_opens(world: World) -> None:
    made = world.upload(b"<html><script>alert(1)</script>hello</html>", "a (q); name\u00e9.html")
    response = world.client.get(f"/v1/documents/{made['document_id']}/content", headers=world.key("ingest"))
    assert response.content.startswith(b"<html>")
    assert response.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''a%20%28q%29%3B%20name%C3%A9.html"
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


def test_an_older_version_can_be_downloaded_by_its_number(world: World) -> None:
    made = world.upload(RESET)
    world.upload(LAMPS)
    path, headers = f"/v1/documents/{made['document_id']}/content", world.key("ingest")
    assert world.client.get(path, headers=headers).content == LAMPS
    assert world.client.get(path, params={"version": 1}, headers=headers).content == RESET
    assert world.client.get(path, params={"version": 3}, headers=headers).status_code == 404


def test_reading_an_original_is_recorded_in_the_audit_trail(world: World) -> None:
    made = world.upload()
    world.client.get(f"/v1/documents/{made['document_id']}/content", headers=world.key("ingest"))
    with world.services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.target) == ("document.read_original", made["document_id"])


def test_a_deleted_document_is_gone_at_once_and_its_purge_is_queued(world: World) -> None:
    document_id, headers = world.served(), world.key("ingest", "ask")
    response = world.client.delete(f"/v1/documents/{document_id}", headers=headers)
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{response.json()['job_id']}"
    assert world.client.get(f"/v1/documents/{document_id}", headers=headers).status_code == 404
    assert world.client.delete(f"/v1/documents/{document_id}", headers=headers).status_code == 404
    assert world.queue.sent[-1] == (response.json()["job_id"], "purge")


def test_collections_count_what_the_caller_may_see(world: World) -> None:
    world.upload(RESET, "a.txt", collection="routers")
    world.upload(LAMPS, "b.txt", collection="routers", groups="staff")
    world.upload(LAMPS, "c.txt", collection="secret", groups="staff")
    page = world.client.get("/v1/collections", headers=world.key("ask")).json()
    assert page["data"] == [{"name": "routers", "documents": 1}]


def test_visible_among_returns_what_the_caller_may_see(world: World) -> None:
    made = world.upload()["document_id"]
    with world.services.db.read() as session:
        assert documents.visible_among(session, [made, "doc_none"], OPERATOR) == {made}


@pytest.mark.parametrize(
    ("given", "name"), [("C:\\files\\a.txt", "a.txt"), ("../../etc/passwd", "passwd"), ("a\r\nb.txt", "ab.txt")]
)
def test_a_file_name_is_its_last_part_without_control_characters(given: str, name: str) -> None:
    assert file_name(given) == name


def test_a_very_long_file_name_keeps_its_end() -> None:
    assert file_name("x" * 400 + ".pdf").endswith(".pdf")
    assert len(file_name("x" * 400 + ".pdf")) == 255


@pytest.mark.parametrize("given", ["", "/", "\n"])
def test_a_file_needs_a_name(given: str) -> None:
    with pytest.raises(Invalid):
        file_name(given)


def test_bytes_of_refused_uploads_are_not_stored(world: World) -> None:
    world.client.post("/v1/documents", files={"file": ("a.zip", b"7z\xbc\xaf\x27\x1c123")}, headers=world.key("ingest"))
    assert not list(Path(world.services.settings.home).rglob("blobs/*/*"))
