"""From an uploaded manual to an answer, a thumb and a dataset, through the running service."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.e2e import manuals
from tests.e2e.service import Service, running
from tests.servers import wait_for

pytestmark = [pytest.mark.weights, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service") / "home", {"VOUCH_LEASE_S": "3", "VOUCH_SWEEP_S": "1"}) as service:
        yield service


@pytest.mark.parametrize("manual", manuals.ALL, ids=lambda manual: manual.filename)
def test_a_manual_of_each_format_is_quoted_verbatim(service: Service, manual: manuals.Manual) -> None:
    if manual.needs is not None and not manual.needs():
        pytest.skip("tesseract is missing: apt-get install tesseract-ocr")
    document_id = service.serve(manual.filename, manual.data(), collection="formats")

    answer = service.ask(manual.question, collections=["formats"], mode="quotes")

    assert answer["status"] == "answered", answer
    quotes = [citation["quote"] for citation in answer["citations"] if citation["document_id"] == document_id]
    assert any(manual.answer in " ".join(quote.split()) for quote in quotes), answer["text"]
    chunks = service.client.get(f"/v1/documents/{document_id}/chunks").json()["data"]
    texts = {chunk["chunk_id"]: chunk["text"] for chunk in chunks}
    for citation in answer["citations"]:
        if citation["document_id"] == document_id:
            assert texts[citation["chunk_id"]][citation["start"] : citation["end"]] == citation["quote"]


def test_a_ten_page_pdf_is_cited_within_fifteen_seconds(service: Service) -> None:
    started = time.monotonic()
    sent = service.upload("handbook.pdf", manuals.ten_pages(), collection="handbook")
    assert sent.status_code == 202

    def cited() -> bool:
        answer = service.ask("Which code resets turbine 7?", collections=["handbook"])
        return str(answer["status"]) == "answered"

    wait_for(cited, 60, "an answer that cites the PDF")
    (citation, *_) = service.ask("Which code resets the turbine 7?", collections=["handbook"])["citations"]
    print(f"\n202 to the first cited answer: {time.monotonic() - started:.1f} s")
    assert citation["page"] == 7
    assert citation["boxes"]


def test_the_same_bytes_make_nothing_and_the_same_path_a_new_version(service: Service) -> None:
    document_id = service.serve(
        "valve.md", b"# Valve\n\nThe valve is opened with the blue key.\n", collection="versions"
    )

    again = service.upload("valve.md", b"# Valve\n\nThe valve is opened with the blue key.\n", collection="versions")
    assert (again.status_code, again.json()["document_id"], again.json()["version"]) == (200, document_id, 1)

    service.serve("valve.md", b"# Valve\n\nThe valve is opened with the red key.\n", collection="versions")
    answer = service.ask("What opens the valve?", collections=["versions"])
    assert "red key" in answer["text"]
    assert "blue" not in answer["text"]
    assert answer["citations"][0]["version"] == 2


def test_personal_data_is_gone_before_anything_is_stored_for_search(service: Service) -> None:
    text = b"# Contact\n\nReturns are handled by Maria Gonzalez, maria.gonzalez@example.com, within two days.\n"
    document_id = service.serve("contact.md", text, collection="people")

    chunks = service.client.get(f"/v1/documents/{document_id}/chunks").text
    report = service.client.get(f"/v1/documents/{document_id}").json()["report"]

    assert "[EMAIL_ADDRESS]" in chunks
    assert "gonzalez" not in chunks.lower()
    assert report["redactions"]["EMAIL_ADDRESS"] == 1
    assert "Gonzalez" not in (service.home / "vouch.db").read_bytes().decode(errors="ignore")


def test_an_encrypted_file_fails_with_a_reason_and_leaves_nothing(service: Service) -> None:
    sent = service.upload("secret.pdf", manuals.encrypted(), collection="failures")

    if sent.status_code == 202:
        job = service.finished(sent.json()["job_id"])
        assert job["state"] == "failed"
        reason = job["reason"]
    else:
        assert sent.headers["content-type"] == "application/problem+json"
        reason = sent.json()["detail"]
    assert "password" in reason or "encrypted" in reason
    found = service.client.post("/v1/search", json={"query": "secret", "collections": ["failures"]}).json()
    assert found["passages"] == []


def test_what_the_manuals_do_not_say_is_refused(service: Service) -> None:
    service.serve("boiler.md", b"# Boiler\n\nThe boiler is filled to 1.5 bar.\n", collection="boiler")

    answer = service.ask("Who won the chess championship in 1972?", collections=["boiler"])

    assert (answer["status"], answer["citations"]) == ("refused", [])
    assert answer["refusal"]["code"] in ("not_answered", "nothing_found")


def test_an_answer_streams_in_order(service: Service) -> None:
    service.serve("lamp.md", b"# Lamp\n\nThe lamp takes an E27 bulb of at most 60 watts.\n", collection="lamp")
    body = {"question": "Which bulb does the lamp take?", "collections": ["lamp"], "stream": True}

    with service.client.stream("POST", "/v1/answers", json=body) as response:
        lines = list(response.iter_lines())

    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert next(event for event in events if event != "ping") == "search"
    assert events[-1] == "final"
    assert {"delta", "citation"} <= set(events)
    final = json.loads([line for line in lines if line.startswith("data: ")][-1].removeprefix("data: "))
    assert "E27" in final["text"]


def test_a_document_is_withdrawn_at_once(service: Service) -> None:
    document_id = service.serve("old.md", b"# Old\n\nThe zebra crossing code is 4711.\n", collection="old")
    assert service.ask("What is the zebra crossing code?", collections=["old"])["status"] == "answered"

    assert service.client.delete(f"/v1/documents/{document_id}").is_success

    assert service.ask("What is the zebra crossing code?", collections=["old"])["status"] == "refused"
    assert service.client.get(f"/v1/documents/{document_id}").status_code == 404


def test_a_grouped_document_is_for_its_group_alone(service: Service) -> None:
    service.serve("salary.md", b"# Pay\n\nThe bonus is paid in the month of March.\n", collection="pay", groups="hr")
    body = {"name": "desk", "scopes": ["ask"], "groups": []}
    outsider = service.client.post("/v1/keys", json=body).json()["token"]
    insider = service.client.post("/v1/keys", json=body | {"name": "hr", "groups": ["hr"]}).json()["token"]

    def status(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        question = {"question": "When is the bonus paid?", "collections": ["pay"]}
        answer = httpx.post(f"{service.client.base_url}/v1/answers", headers=headers, json=question, timeout=60)
        return str(answer.json()["status"])

    assert (status(outsider), status(insider)) == ("refused", "answered")


def test_a_thumb_becomes_reviewed_feedback(service: Service) -> None:
    service.serve("fan.md", b"# Fan\n\nThe fan runs at 1200 rpm in silent mode.\n", collection="fan")
    answer = service.ask("How fast does the fan run in silent mode?", collections=["fan"])

    given = service.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"})
    assert given.is_success, given.text
    approved = service.client.post(f"/v1/feedback/{given.json()['id']}:approve")

    assert approved.json()["state"] == "approved"


def test_a_worker_that_is_killed_is_replaced_and_its_document_arrives_once(service: Service) -> None:
    text = b"# Crane\n\n" + b"\n\n".join(b"Crane %d lifts %d tons." % (number, number) for number in range(400))
    sent = service.upload("crane.md", text, collection="crane")
    wait_for(lambda: service.job(sent.json()["job_id"])["state"] == "running", 60, "the job to run")

    os.killpg(service.worker().pid, signal.SIGKILL)

    job = service.finished(sent.json()["job_id"], 150)
    assert (job["state"], job["attempts"]) == ("succeeded", 2)
    documents = service.client.get("/v1/documents", params={"collection": "crane"}).json()["data"]
    assert [document["state"] for document in documents] == ["serving"]


def test_metrics_and_health_speak(service: Service) -> None:
    ready = service.client.get("/readyz").json()

    assert ready["device"]["index"] == "cpu"
    assert "vouch_" in service.client.get("/metrics").text


def test_ctrl_c_stops_every_process(tmp_path: Path) -> None:
    with running(tmp_path / "home") as service:
        family = psutil.Process(service.process.pid).children(recursive=True)
        assert len(family) >= 3

    assert service.process.returncode == 0
    assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
