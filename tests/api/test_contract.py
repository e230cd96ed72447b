"""The OpenAPI document against the running service: Schemathesis sends what it allows and forbids, with all checks.

Each caller is tried, because what a key may not do is part of the contract. Schemathesis is a program of its own here:
it needs packages in versions that ours need not share.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pytest

from core.ports import Vectors
from tests.api.conftest import LAMPS, World
from tests.api.doubles import opened
from tests.api.openai.service import ServedWorld, listening

LISTS = (
    "documents",
    "collections",
    "conversations",
    "feedback",
    "datasets",
    "jobs",
    "training-runs",
    "model-versions",
    "receipts",
)
CURSORS = [f"GET /v1/{name}" for name in (*LISTS, "keys", "audit")]
BY_DOCUMENT = [f"GET /v1/documents/{{document_id}}/{part}" for part in ("chunks", "versions", "excerpt")]
VALUES = [
    *("POST /v1/keys", "POST /v1/datasets", "POST /v1/training-runs", "POST /v1/documents", "POST /v1/answers"),
    *("POST /v1/answers/{answer_id}/feedback", "POST /v1/feedback/{feedback_id}:edit"),
]
CONFIG = Template("""
[parameters]
document_id = "$document"
answer_id = "$answer"
job_id = "$job"

[[operations]]  # another document is deleted, so that the first one stays for the other operations
include-name = "DELETE /v1/documents/{document_id}"
parameters = { document_id = "$other" }

[[operations]]  # and yet another one is forgotten
include-name = "POST /v1/documents/{document_id}:forget"
parameters = { document_id = "$gone" }

[[operations]]  # a cursor of no list, no passage, a time in the past, too few examples, no document, no such citation
include-name = $refused
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 415, 422]

[[operations]]  # a repeated Idempotency-Key gets its first response, also when what it made was deleted since
include-name = ["GET /v1/conversations/{conversation_id}", "DELETE /v1/conversations/{conversation_id}"]
checks.ensure_resource_availability.enabled = false

[[operations]]  # a schema cannot say that the last user message has text
include-name = "POST /v1/chat/completions"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409]
""")
"""Which ids exist, and where the service may differ for a reason that no schema can tell."""


class OneVector:
    """An embedder for which all texts are alike."""

    name = "one-vector"
    dimension = 2
    device = "cpu"

    def embed_query(self, text: str) -> Vectors:
        return np.array([0.6, 0.8], np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])


@pytest.fixture
def served(make_world: Any) -> Iterator[ServedWorld]:
    world: World = make_world(rate_per_minute=0)
    engine = replace(world.services.engine.get(5), embedder=OneVector)
    with listening(replace(world, services=replace(world.services, engine=opened(engine)))) as served:
        yield served


def program() -> str:
    """Return the path of Schemathesis, or skip the test with what is missing."""
    found = os.environ.get("VOUCH_TEST_SCHEMATHESIS") or shutil.which("schemathesis")
    if found is None:
        pytest.skip(
            "Schemathesis is missing: `python -m venv FOLDER && FOLDER/bin/pip install schemathesis`, "
            "then set VOUCH_TEST_SCHEMATHESIS to FOLDER/bin/schemathesis"
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("scope", ["", "ask", "ingest", "review", "admin"])
def test_requests_and_responses_are_as_the_openapi_document_says(
    served: ServedWorld, scope: str, tmp_path: Path
) -> None:
    schemathesis, world = program(), served.world
    document, other = world.served(), world.served(LAMPS, "lamps.txt")
    gone = world.served(b"The cable is one metre long.", "cable.txt")
    job = world.client.get("/v1/jobs", headers=world.key("admin")).json()["data"][0]["id"]
    config = tmp_path / "schemathesis.toml"
    answer = world.asked()["id"]
    refused = json.dumps(CURSORS + BY_DOCUMENT + VALUES)
    config.write_text(
        CONFIG.substitute(document=document, other=other, gone=gone, job=job, answer=answer, refused=refused)
    )
    key = ["-H", f"Authorization: Bearer {served.token(scope)}"] if scope else []
    run = [schemathesis, "--config-file", str(config), "run", f"{served.url}/openapi.json", *key]
    options = ["-c", "all", "-n", "10", "--seed", "1", "--no-color", "--continue-on-failure", "--request-timeout", "10"]

    result = subprocess.run([*run, *options], capture_output=True, text=True, cwd=tmp_path)

    assert result.returncode == 0, result.stdout[-8000:]
    assert "Tested: 54" in result.stdout
