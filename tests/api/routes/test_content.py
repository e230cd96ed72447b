"""A document's text with its blocks: as JSON, Markdown and HTML, in passages and in citations."""

from __future__ import annotations

from typing import Any

import pytest

from core.store import jobs, passages
from core.types import Chunk
from tests.api.conftest import RESET, World
from tests.service.content.manual import manual, pressures, text_of

Json = Any


def published(world: World, **report: Json) -> str:
    """Publish the manual as a worker would, with its blocks; return the document's id."""
    made, found = world.upload(RESET, "pump.md", title="Pump"), manual()
    chunk = Chunk(0, found.text, ("Care",), 1, blocks=found.blocks)
    report = {"chunks": 1, **report}
    with world.services.db.write() as session:
        passages.publish(session, made["document_id"], made["version"], "Pump", [chunk], report, text=found)
    claim = jobs.claim(world.services.db, made["job_id"], lease_s=30, max_attempts=3)
    assert claim is not None
    with world.services.db.write() as session:
        jobs.finish(session, claim)
    document_id: str = made["document_id"]
    return document_id


def of_kind(blocks: Json, kind: str) -> list[Json]:
    """Return the blocks of a kind, wherever they are in the tree."""
    inner = [found for block in blocks for found in of_kind(block.get("children", []), kind)]
    return [block for block in blocks if block["kind"] == kind] + inner


def no_nulls(value: Json) -> bool:
    if isinstance(value, dict):
        return all(map(no_nulls, value.values()))
    return all(map(no_nulls, value)) if isinstance(value, list) else value is not None


def test_the_text_with_its_blocks_is_json(world: World) -> None:
    document_id = published(world)

    body = world.client.get(f"/v1/documents/{document_id}/content?format=json", headers=world.key("ask")).json()

    assert set(body) == {"document_id", "version", "title", "text", "blocks"}
    assert (body["document_id"], body["version"], body["title"], body["text"]) == (
        document_id, 1, "Pump", manual().text,
    )  # fmt: skip
    cells = [(body["text"][cell["start"] : cell["end"]], cell) for cell in of_kind(body["blocks"], "cell")]
    four = next(cell for text, cell in cells if text == "4 bar")
    assert four == {
        "kind": "cell", "start": four["start"], "end": four["end"], "row": 2, "column": 2, "type": "number",
        "unit": "bar",
    }  # fmt: skip
    assert [each["number"] for each in of_kind(body["blocks"], "item") if "number" in each] == ["3.", "4.", "5.", "a)"]
    assert no_nulls(body)


@pytest.mark.parametrize(("form", "media_type"), [("md", "text/markdown"), ("html", "text/html")])
def test_the_text_is_markdown_or_html_that_runs_nothing(world: World, form: str, media_type: str) -> None:
    document_id = published(world)

    response = world.client.get(f"/v1/documents/{document_id}/content?format={form}", headers=world.key("ask"))

    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert "sandbox" in response.headers["content-security-policy"]
    assert "Working pressure" in response.text
    assert "<script>" not in response.text.replace("\\<script>", "")


def test_the_original_still_needs_the_scope_ingest(world: World) -> None:
    path = f"/v1/documents/{published(world)}/content"

    assert world.client.get(path, headers=world.key("ask")).status_code == 403
    assert world.client.get(path, headers=world.key("ingest")).content == RESET


def test_the_text_is_only_for_those_who_may_see_the_document(world: World) -> None:
    made = world.upload(RESET, "secret.md", groups="board")
    with world.services.db.write() as session:
        passages.publish(session, made["document_id"], 1, "x", [Chunk(0, "x")], {}, text=manual())
    path = f"/v1/documents/{made['document_id']}/content?format=json"

    assert world.client.get(path, headers=world.key("ask")).status_code == 404
    assert world.client.get(path, headers=world.key("ask", groups=("board",))).status_code == 200
    assert world.client.get("/v1/documents/doc_x/content?format=json", headers=world.key("ask")).status_code == 404


def test_there_is_only_the_text_of_the_version_that_serves(world: World) -> None:
    path = f"/v1/documents/{published(world)}/content?format=json"
    queued = world.upload(b"not read yet", "later.md")["document_id"]

    assert world.client.get(f"{path}&version=1", headers=world.key("ask")).status_code == 200
    assert world.client.get(f"{path}&version=2", headers=world.key("ask")).status_code == 404
    later = world.client.get(f"/v1/documents/{queued}/content?format=md", headers=world.key("ask"))
    assert (later.status_code, later.json()["detail"][:36]) == (404, "No version of the document serves ye")


def test_an_unknown_format_is_refused(world: World) -> None:
    path = f"/v1/documents/{published(world)}/content"

    assert world.client.get(f"{path}?format=pdf", headers=world.key("admin")).status_code == 422


def test_a_document_that_was_not_read_again_yet_has_its_passages_as_text(world: World) -> None:
    document_id = world.served(RESET, "old.md")

    body = world.client.get(f"/v1/documents/{document_id}/content?format=json", headers=world.key("ask")).json()

    assert (body["text"], body["blocks"]) == (RESET.decode(), [])


def test_passages_chunks_and_excerpts_have_their_blocks(world: World) -> None:
    document_id, headers = published(world), world.key("ask")
    found = world.client.post("/v1/search", json={"query": "pressure"}, headers=headers).json()["passages"]
    chunks = world.client.get(f"/v1/documents/{document_id}/chunks", headers=headers).json()["data"]
    excerpt = world.client.get(f"/v1/documents/{document_id}/excerpt?ordinal=0", headers=headers).json()["passages"]

    assert len(found) == 1
    for passage in (*found, *chunks, *excerpt):
        (table,) = of_kind(passage["blocks"], "table")
        assert passage["text"][table["start"] : table["end"]].startswith("Working pressure\nModel | Pressure")
        assert no_nulls(passage["blocks"])


def test_a_citation_has_the_blocks_of_its_quote_only(world: World) -> None:
    from api.schemas.answers import citation_view
    from core.types import Citation, Passage

    found = text_of([pressures()])
    start = found.text.index("X300")
    passage = Passage(1, "doc_x", 1, 0, "c", "p", "Pump", found.text, "", blocks=found.blocks)
    view = citation_view(Citation(1, passage, start, len(found.text), 0.9)).model_dump(mode="json")

    (table,) = view["blocks"]
    (row,) = table["children"]
    assert [found.text[cell["start"] : cell["end"]] for cell in row["children"]] == [
        "X300", "1 bar", "6 <b>bar</b> | hot",
    ]  # fmt: skip
    assert row["start"] == view["start"]


def test_an_answer_that_is_read_again_still_has_its_blocks(world: World) -> None:
    published(world)
    asked = world.asked("pressure")

    again = world.client.get(f"/v1/answers/{asked['id']}", headers=world.key("admin")).json()

    assert of_kind(asked["citations"][0]["blocks"], "table")
    assert again["citations"][0]["blocks"] == asked["citations"][0]["blocks"]


ACCOUNT: dict[str, Json] = {
    "source_words": 100,
    "stored_words": 90,
    "left_out": [{"reason": "comment", "words": 5, "example": "ask Ann"}],
    "unexplained": 5,
    "examples": ["valve"],
}


def test_the_account_of_what_was_read_is_in_the_document_its_version_and_its_job(world: World) -> None:
    document_id = published(world, account=ACCOUNT, warnings=["Words are missing."])
    headers = world.key("admin")

    document = world.client.get(f"/v1/documents/{document_id}", headers=headers).json()
    (version,) = world.client.get(f"/v1/documents/{document_id}/versions", headers=headers).json()["data"]
    (job,) = world.client.get("/v1/jobs", headers=headers).json()["data"]

    told = ACCOUNT | {"left_out": [{**ACCOUNT["left_out"][0], "meaning": "in comments"}]}
    assert document["report"]["account"] == version["report"]["account"] == job["account"] == told
    assert job["warnings"] == ["Words are missing."]
    assert world.client.get(f"/v1/jobs/{job['id']}", headers=headers).json() == job


def test_the_report_is_returned_as_it_was_stored(world: World) -> None:
    """Also the fields that only another release knows, and none that this report lacks."""
    document_id = published(world, pages=None, later={"x": 1})

    found = world.client.get(f"/v1/documents/{document_id}", headers=world.key("ask")).json()

    assert found["report"] == {"chunks": 1, "pages": None, "later": {"x": 1}}
