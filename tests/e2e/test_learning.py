"""Thumbs become a tuned model that the running service wears, and takes off, without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.registry import CHECK_EVERY_S
from tests.e2e.service import Service, running
from tests.servers import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.weights, pytest.mark.timeout(1500)]

FACTS = (
    ("How is the lathe started?", "The lathe is started with the green lever at its left side."),
    ("What does the warranty cover?", "The warranty covers broken gears for two years."),
    ("When is the canteen open?", "The canteen serves lunch between eleven and two."),
    ("Who signs travel requests?", "Travel requests are signed by the head of the department."),
    ("How often is the filter changed?", "The filter is changed every ninety days."),
    ("Which oil does the gearbox take?", "The gearbox takes mineral oil of grade 68."),
    ("Where are visitors registered?", "Visitors register at the north gate."),
    ("What voltage does the kiln need?", "The kiln needs three phases of 400 volts."),
    ("How are invoices numbered?", "Invoices carry the year and five digits."),
    ("Why does the red lamp blink?", "The red lamp blinks while the tank is empty."),
    ("How many days of leave are there?", "Each employee has thirty days of leave."),
    ("What is the password policy?", "Passwords have fourteen characters or more."),
    ("How is the printer paired?", "The printer is paired by holding its blue button."),
    ("Which helmet is worn in hall four?", "In hall four the white helmet is worn."),
    ("How hot may the dryer get?", "The dryer must stay below seventy degrees."),
    ("What goes into the yellow bin?", "Plastic wrapping goes into the yellow bin."),
)


FOLLOWS_S = 10 * CHECK_EVERY_S
"""A running service looks at the pointer that often; an answer of a busy machine takes some of it too."""


def approve_a_thumb(service: Service, number: int, question: str, sentence: str) -> None:
    shelf = f"shelf-{number}"
    service.serve(f"{shelf}.md", f"# Shelf {number}\n\n{sentence}\n".encode(), collection=shelf)
    answer = service.ask(question, collections=[shelf], mode="quotes")
    assert answer["status"] == "answered", answer
    given = service.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}).json()
    assert service.client.post(f"/v1/feedback/{given['id']}:approve").is_success


def speaks_with(service: Service) -> str:
    answer = service.ask(FACTS[0][0], collections=["shelf-0"], mode="generate")
    return str(answer["versions"]["model"])


def test_from_thumbs_to_a_promoted_model_and_back(tmp_path: Path) -> None:
    environment = {"VOUCH_TRAIN_STEPS": "3", "VOUCH_TRAIN_MIN_EXAMPLES": "10", "VOUCH_ANSWER_BUDGET_S": "60"}
    environment["VOUCH_SUPPORT_THRESHOLD"] = "0"  # a collection of one sentence gives little to weigh it against
    with running(tmp_path / "home", environment) as service:
        for number, (question, sentence) in enumerate(FACTS):
            approve_a_thumb(service, number, question, sentence)
        base = speaks_with(service)

        run = service.client.post("/v1/training-runs", json={})
        assert run.status_code == 202, run.text
        job = service.finished(run.json()["id"], 1200)
        assert job["state"] == "succeeded", job["reason"]
        (model,) = service.client.get("/v1/model-versions").json()["data"]
        assert model["report"]["candidate"]["loss"] < model["report"]["active"]["loss"]

        promoted = service.client.post(f"/v1/model-versions/{model['id']}:promote", json={"force": True})
        assert promoted.is_success, promoted.text
        worn = f"{base}+{model['id']}"
        wait_for(lambda: speaks_with(service) == worn, FOLLOWS_S, "the service to wear the promoted version")
        assert service.client.post("/v1/model-versions:rollback").is_success
        wait_for(lambda: speaks_with(service) == base, FOLLOWS_S, "the service to take it off")
