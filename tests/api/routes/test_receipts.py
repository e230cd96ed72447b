"""Forgetting over HTTP: who may, what comes back, and what is gone afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from core.store.access import audit
from core.store.learned import lineage
from core.store.learned.lineage import Example
from tests.api.conftest import World


def forgotten(world: World, document_id: str, scope: str = "admin") -> tuple[int, Any]:
    response = world.client.post(f"/v1/documents/{document_id}:forget", headers=world.key(scope))
    return response.status_code, response.json()


def test_a_document_and_the_answers_from_it_are_erased_and_the_receipt_says_so(world: World) -> None:
    document_id, asker = world.served(), world.key("ask")
    answer = world.asked(headers=asker)

    status, receipt = forgotten(world, document_id)

    assert (status, receipt["complete"], receipt["document_id"]) == (201, True, document_id)
    places = {place["place"]: (place["found"], place["left"]) for place in receipt["places"]}
    assert (places["answers"], places["passages"], places["originals"]) == ((1, 0), (1, 0), (1, 0))
    assert world.client.get(f"/v1/answers/{answer['id']}", headers=asker).status_code == 404
    assert world.client.get(f"/v1/documents/{document_id}", headers=world.key("admin")).status_code == 404


def test_the_receipt_is_at_its_own_address_and_in_the_list(world: World) -> None:
    admin = world.key("admin")
    response = world.client.post(f"/v1/documents/{world.served()}:forget", headers=admin)

    assert world.client.get(response.headers["location"], headers=admin).json() == response.json()
    assert world.client.get("/v1/receipts", headers=admin).json()["data"] == [response.json()]


@pytest.mark.parametrize("scope", ["ask", "ingest", "review"])
def test_only_an_administrator_forgets_and_reads_receipts(world: World, scope: str) -> None:
    document_id = world.served()

    assert forgotten(world, document_id, scope)[0] == 403
    assert world.client.get("/v1/receipts", headers=world.key(scope)).status_code == 403
    assert world.client.get("/v1/receipts/rcp_any", headers=world.key(scope)).status_code == 403
    assert world.client.get(f"/v1/documents/{document_id}", headers=world.key("admin")).status_code == 200


def test_what_is_not_there_is_not_found(world: World) -> None:
    assert forgotten(world, "doc_nobody")[0] == 404
    assert world.client.get("/v1/receipts/rcp_nobody", headers=world.key("admin")).status_code == 404


def test_a_deleted_document_can_be_forgotten(world: World) -> None:
    document_id = world.served()
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))

    assert forgotten(world, document_id)[0] == 201


def test_a_repeated_request_gets_the_same_receipt(world: World) -> None:
    headers = world.key("admin") | {"Idempotency-Key": "once"}
    url = f"/v1/documents/{world.served()}:forget"

    first, second = (world.client.post(url, headers=headers) for _ in range(2))

    assert first.json() == second.json()


def test_it_is_audited_with_the_key_that_asked(world: World) -> None:
    document_id = world.served()
    _, receipt = forgotten(world, document_id)

    with world.services.db.read() as session:
        entries = {entry.action: entry for entry in audit.list_audit(session).data}
    assert entries["document.forget"].target == document_id
    assert entries["receipt.issue"].target == receipt["id"]
    assert entries["receipt.issue"].key_id == receipt["by"] == entries["document.forget"].key_id


def test_datasets_and_models_that_saw_a_withdrawn_document_are_marked(world: World) -> None:
    document_id, reviewer = world.served(), world.key("review")
    with world.services.db.write() as session:
        example = Example("train", {"kind": "answer"}, None, (document_id,))
        dataset = lineage.add_dataset(session, [example], "0" * 64, "operator").id
        model = lineage.add_model_version(
            session, role="generator", base="tiny", adapter_blob="0" * 64, dataset_id=dataset, job_id=None,
            state="candidate", report={},
        ).id  # fmt: skip

    def marks() -> list[Any]:
        urls = ("datasets", f"datasets/{dataset}", "model-versions", f"model-versions/{model}")
        found = [world.client.get(f"/v1/{url}", headers=reviewer).json() for url in urls]
        return [(each["data"][0] if "data" in each else each)["taint"] for each in found]

    assert marks() == [None] * 4
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))

    assert marks() == [{"withdrawn": [document_id], "forgotten": 0}] * 4
    assert world.client.post(f"/v1/model-versions/{model}:promote", headers=reviewer).status_code == 409
