"""Thumbs become a tuned model that the running service wears, and takes off, without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.service import Service, running

pytestmark = [pytest.mark.slow, pytest.mark.weights, pytest.mark.timeout(1500)]

MACHINES = ("lathe", "mill", "saw", "drill", "press", "crane", "pump", "fan", "oven", "mixer", "loom", "kiln")
COLOURS = ("green", "red", "blue", "yellow", "white", "black")


def approve_a_thumb(service: Service, machine: str, number: int) -> None:
    sentence = f"The {machine} is started with the {COLOURS[number % 6]} lever at panel {number}."
    service.serve(f"{machine}.md", f"# {machine.title()}\n\n{sentence}\n".encode(), collection="machines")
    answer = service.ask(f"How is the {machine} started?", collections=["machines"], mode="quotes")
    assert answer["status"] == "answered", answer
    given = service.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}).json()
    assert service.client.post(f"/v1/feedback/{given['id']}:approve").is_success


def speaks_with(service: Service) -> str:
    answer = service.ask("How is the lathe started?", collections=["machines"], mode="generate")
    return str(answer["versions"]["model"])


def test_from_thumbs_to_a_promoted_model_and_back(tmp_path: Path) -> None:
    environment = {"VOUCH_TRAIN_STEPS": "3", "VOUCH_TRAIN_MIN_EXAMPLES": "10", "VOUCH_ANSWER_BUDGET_S": "60"}
    with running(tmp_path / "home", environment) as service:
        for number, machine in enumerate(MACHINES):
            approve_a_thumb(service, machine, number)
        base = speaks_with(service)

        run = service.client.post("/v1/training-runs", json={})
        assert run.status_code == 202, run.text
        job = service.finished(run.json()["id"], 1200)
        assert job["state"] == "succeeded", job["reason"]
        (model,) = service.client.get("/v1/model-versions").json()["data"]
        assert model["report"]["candidate"]["loss"] < model["report"]["active"]["loss"]

        promoted = service.client.post(f"/v1/model-versions/{model['id']}:promote", json={"force": True})
        assert promoted.is_success, promoted.text
        assert model["id"] in speaks_with(service)
        assert service.client.post("/v1/model-versions:rollback").is_success
        assert speaks_with(service) == base
