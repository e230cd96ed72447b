"""Embeddings: the serving embedder's own vectors, in both encodings, with real weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import openai
import pytest
from openai import OpenAI
from starlette.testclient import TestClient

from api.app import create_app
from core.ports import Embedder
from core.settings import load_settings
from retrieval.models.embedder import open_embedder
from tests.api.conftest import World
from tests.api.doubles import opened

Json = Any
pytestmark = pytest.mark.weights
NAME = "bge-small-en-v1.5"


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return open_embedder(load_settings({}, home=tmp_path_factory.mktemp("home"), threads=1))


@pytest.fixture
def client(world: World, embedder: Embedder) -> Iterator[OpenAI]:
    engine = replace(world.services.engine.get(5), embedder=lambda: embedder)
    token = world.key("ask")["Authorization"].removeprefix("Bearer ")
    services = replace(world.services, engine=opened(engine))
    with TestClient(create_app(services=services), base_url="http://vouch.test") as http:
        yield OpenAI(base_url="http://vouch.test/v1", api_key=token, max_retries=0, http_client=http)


def refused(client: OpenAI, **body: Json) -> openai.APIStatusError:
    asked: Json = {"model": "vouch", "input": "reset"} | body
    with pytest.raises(openai.APIStatusError) as raised:
        client.embeddings.create(**asked)
    return raised.value


def test_texts_become_the_vectors_that_passages_get(client: OpenAI, embedder: Embedder) -> None:
    texts = ["Hold the button.", "The lamp blinks."]
    made = client.embeddings.create(model="vouch", input=texts, encoding_format="float")
    vectors = np.array([each.embedding for each in made.data], dtype=np.float32)
    assert (made.model, [each.index for each in made.data]) == (NAME, [0, 1])
    np.testing.assert_allclose(vectors, embedder.embed_passages(texts), atol=1e-6)


def test_both_encodings_hold_the_same_numbers(client: OpenAI) -> None:
    by_default = client.embeddings.create(model=NAME, input="reset")  # the client asks for base64 and decodes it
    plain = client.embeddings.create(model=NAME, input="reset", encoding_format="float")
    encoded = client.embeddings.create(model=NAME, input="reset", encoding_format="base64")
    assert by_default.data[0].embedding == pytest.approx(plain.data[0].embedding)
    assert isinstance(encoded.data[0].embedding, str)
    assert len(by_default.data[0].embedding) == 384


def test_a_question_gets_the_prefix_that_the_model_wants(client: OpenAI, embedder: Embedder) -> None:
    made = client.embeddings.create(model="vouch", input="reset", extra_body={"input_type": "query"})
    np.testing.assert_allclose(made.data[0].embedding, embedder.embed_query("reset"), atol=1e-6)


def test_usage_is_told_as_the_estimate_that_it_is(client: OpenAI) -> None:
    usage = client.embeddings.create(model="vouch", input=["12345678", "1"]).usage
    assert (usage.prompt_tokens, usage.total_tokens, usage.model_extra) == (3, 3, {"estimated": True})


def test_the_dimension_can_be_named_but_not_chosen(client: OpenAI) -> None:
    assert len(client.embeddings.create(model="vouch", input="a", dimensions=384).data) == 1
    error = refused(client, dimensions=128)
    assert isinstance(error, openai.BadRequestError)
    assert "384" in error.message


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"input": [1, 2, 3]}, "input", "unsupported_value"),
        ({"input": [[1, 2], [3]]}, "input", "unsupported_value"),
        ({"input": ""}, "input[0]", "invalid_value"),
        ({"input": []}, "input", "invalid_value"),
        ({"input": ["a"] * 2049}, "input", "invalid_value"),
        ({"encoding_format": "hex"}, "encoding_format", "invalid_value"),
    ],
)
def test_what_cannot_be_embedded_raises_a_bad_request(client: OpenAI, body: Json, param: str, code: str) -> None:
    error = refused(client, **body)
    assert isinstance(error, openai.BadRequestError)
    assert (error.param, error.code) == (param, code)


def test_a_model_that_does_not_serve_is_not_found(client: OpenAI) -> None:
    assert refused(client, model="text-embedding-3-small").code == "model_not_found"


def test_without_an_embedder_there_are_no_embeddings(world: World) -> None:
    response = world.client.post("/v1/embeddings", json={"model": "vouch", "input": "a"}, headers=world.key("ask"))
    assert (response.status_code, response.json()["error"]["type"]) == (503, "server_error")
