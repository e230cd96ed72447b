"""The routes for reviewers: feedback, datasets, training runs, model versions."""

from __future__ import annotations

from typing import Any

from core.store import jobs
from core.store.access import audit
from core.store.learned import lineage
from core.store.learned.lineage import Example
from core.types import ModelState
from tests.api.conftest import World

Json = Any


def opinion(world: World, **fields: Json) -> str:
    headers = world.key("ask")
    answer = world.asked(headers=headers)
    path = f"/v1/answers/{answer['id']}/feedback"
    feedback_id: str = world.client.post(path, json={"rating": "up", **fields}, headers=headers).json()["id"]
    return feedback_id


def model(
    world: World, state: ModelState = "candidate", job_id: str | None = None, role: str = lineage.GENERATOR
) -> str:
    with world.services.db.write() as session:
        return lineage.add_model_version(
            session, role=role, base="base", adapter_blob="0" * 64, dataset_id=None, job_id=job_id,
            state=state, report={"verdict": "worse"},
        ).id  # fmt: skip


def test_reviewers_see_feedback_with_its_answer(world: World) -> None:
    world.served()
    feedback_id = opinion(world, comment="Thanks")
    (item,) = world.client.get("/v1/feedback", headers=world.key("review")).json()["data"]
    assert (item["id"], item["comment"], item["answer"]["question"]) == (feedback_id, "Thanks", "reset")
    assert item["answer"]["citations"]


def test_a_reviewer_sees_no_quotes_of_documents_that_they_may_not_read(world: World) -> None:
    world.served(groups="staff")
    staff = world.key("ask", groups=("staff",))
    answer = world.asked(headers=staff)
    world.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}, headers=staff)
    (item,) = world.client.get("/v1/feedback", headers=world.key("review")).json()["data"]
    assert (item["answer"]["withdrawn"], item["answer"]["citations"], item["answer"]["text"]) == (True, [], "")


def test_feedback_is_filtered_by_state_and_rating(world: World) -> None:
    up, down = opinion(world), opinion(world, rating="down")
    headers = world.key("review")
    world.client.post(f"/v1/feedback/{up}:approve", headers=headers)

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in world.client.get("/v1/feedback", params=query, headers=headers).json()["data"]]

    assert (ids(), ids(state="approved"), ids(rating="down")) == ([down, up], [up], [down])


def test_feedback_is_reviewed_once_and_the_review_is_in_the_audit_trail(world: World) -> None:
    feedback_id, headers = opinion(world), world.key("review")
    approved = world.client.post(f"/v1/feedback/{feedback_id}:approve", headers=headers)
    again = world.client.post(f"/v1/feedback/{feedback_id}:approve", headers=headers)
    rejected = world.client.post(f"/v1/feedback/{feedback_id}:reject", headers=headers)
    assert (approved.json()["state"], again.status_code, rejected.json()["state"]) == ("approved", 409, "rejected")
    with world.services.db.read() as session:
        actions = [entry.action for entry in audit.list_audit(session).data[:2]]
    assert actions == ["feedback.rejected", "feedback.approved"]


def test_a_dataset_of_too_little_feedback_says_what_is_missing(world: World) -> None:
    response = world.client.post("/v1/datasets", json={}, headers=world.key("review"))
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_datasets_are_listed_newest_first(world: World) -> None:
    with world.services.db.write() as session:
        for number in range(3):
            example = Example("train", {"n": number}, None, ())
            lineage.add_dataset(session, [example], f"{number:064d}", "key_x")
    headers = world.key("review")
    first = world.client.get("/v1/datasets", params={"limit": 2}, headers=headers).json()
    rest = world.client.get("/v1/datasets", params={"cursor": first["next_cursor"]}, headers=headers).json()
    assert [dataset["version"] for dataset in first["data"] + rest["data"]] == [3, 2, 1]
    found = world.client.get(f"/v1/datasets/{first['data'][0]['id']}", headers=headers).json()
    assert found["counts"] == {"train": 1, "valid": 0, "test": 0}


def test_a_training_run_is_queued_and_its_hint_is_sent(world: World) -> None:
    response = world.client.post("/v1/training-runs", json={"promote": "auto"}, headers=world.key("review"))
    run = response.json()
    assert (response.status_code, run["state"]) == (202, "queued")
    assert response.headers["location"] == f"/v1/training-runs/{run['id']}"
    assert world.queue.sent == [(run["id"], "train")]
    with world.services.db.read() as session:
        assert jobs.get_job(session, run["id"]).payload == {"promote": "auto", "recipe": "generator"}


def test_a_training_run_on_an_unknown_dataset_is_not_queued(world: World) -> None:
    response = world.client.post("/v1/training-runs", json={"dataset_id": "ds_none"}, headers=world.key("review"))
    assert response.status_code == 404
    assert world.queue.sent == []


def test_a_training_run_names_the_model_that_it_made(world: World) -> None:
    headers = world.key("review")
    run = world.client.post("/v1/training-runs", json={}, headers=headers).json()
    made = model(world, job_id=run["id"])
    listed = world.client.get("/v1/training-runs", headers=headers).json()["data"]
    one = world.client.get(f"/v1/training-runs/{run['id']}", headers=headers).json()
    assert [item["model_version"] for item in (*listed, one)] == [made, made]


def test_an_ingest_job_is_not_a_training_run(world: World) -> None:
    job_id = world.upload()["job_id"]
    headers = world.key("review")
    assert world.client.get(f"/v1/training-runs/{job_id}", headers=headers).status_code == 404
    assert world.client.get("/v1/training-runs", headers=headers).json()["data"] == []


def test_a_model_is_promoted_and_rolled_back(world: World) -> None:
    first, second, headers = model(world), model(world), world.key("review")
    world.client.post(f"/v1/model-versions/{first}:promote", headers=headers)
    promoted = world.client.post(f"/v1/model-versions/{second}:promote", json={}, headers=headers).json()
    back = world.client.post("/v1/model-versions:rollback", headers=headers).json()
    assert (promoted["state"], back["active"]["id"]) == ("active", first)
    states = [m["state"] for m in world.client.get("/v1/model-versions", headers=headers).json()["data"]]
    assert states == ["retired", "active"]


def test_search_goes_back_without_the_model_that_phrases(world: World) -> None:
    phrasing, searching, headers = model(world), model(world, role="search"), world.key("review")
    for made in (phrasing, searching):
        world.client.post(f"/v1/model-versions/{made}:promote", headers=headers)
    back = world.client.post("/v1/model-versions:rollback", json={"role": "search"}, headers=headers)
    states = {m["id"]: m["state"] for m in world.client.get("/v1/model-versions", headers=headers).json()["data"]}
    assert (back.json(), states) == ({"active": None}, {phrasing: "active", searching: "retired"})


def test_a_search_version_is_rolled_back_from_by_its_id(world: World) -> None:
    searching, headers = model(world, role="search"), world.key("review")
    world.client.post(f"/v1/model-versions/{searching}:promote", headers=headers)
    back = world.client.post(f"/v1/model-versions/{searching}:rollback", headers=headers)
    assert (back.status_code, back.json()) == (200, {"active": None})


def test_a_training_run_of_search_is_queued_as_such(world: World) -> None:
    headers = world.key("review")
    run = world.client.post("/v1/training-runs", json={"recipe": "search"}, headers=headers).json()
    with world.services.db.read() as session:
        assert jobs.get_job(session, run["id"]).payload == {"recipe": "search", "promote": "manual"}


def test_a_rejected_model_needs_force(world: World) -> None:
    rejected, headers = model(world, "rejected"), world.key("review")
    refused = world.client.post(f"/v1/model-versions/{rejected}:promote", headers=headers)
    forced = world.client.post(f"/v1/model-versions/{rejected}:promote", json={"force": True}, headers=headers)
    assert (refused.status_code, forced.json()["state"]) == (409, "active")


def test_only_the_active_version_can_be_rolled_back_from(world: World) -> None:
    made, headers = model(world), world.key("review")
    early = world.client.post(f"/v1/model-versions/{made}:rollback", headers=headers)
    world.client.post(f"/v1/model-versions/{made}:promote", headers=headers)
    back = world.client.post(f"/v1/model-versions/{made}:rollback", headers=headers)
    assert (early.status_code, back.json()) == (409, {"active": None})


def test_rolling_back_the_base_model_is_a_conflict(world: World) -> None:
    assert world.client.post("/v1/model-versions:rollback", headers=world.key("review")).status_code == 409
