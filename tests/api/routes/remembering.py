"""A service that remembers: real answers over a scripted search and generator, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.ports import Vectors
from generation.answering import Answerer
from generation.english.words import content
from generation.evidence import quotes
from learning.answer_cache.answering import CachedAnswering
from learning.answer_cache.cache import AnswerCache
from learning.answer_cache.examples import ExampleSelector
from learning.answer_cache.near import NearQuestions
from service.compose import Engine
from tests.api.conftest import World, make_services
from tests.api.doubles import opened
from tests.generation.doubles import OverlapReranker, ScriptedGenerator

Json = Any
QUESTION, NEARLY, UNLIKE = "How do I reset the router?", "How can I reset my router?", "How do I reset the lamps?"


class BagEmbedder:
    """A text is the stems that carry meaning, each in a place of its own."""

    name, dimension, device = "bag", 256, "cpu"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in content(text):
            vector[sum(word.encode()) % self.dimension] = 1
        return vector / np.linalg.norm(vector)


class RememberingWorld(World):
    """A service whose answers are made by the real answerer; `models` names what finds passages."""

    models: dict[str, str]
    generator: ScriptedGenerator

    def opinion(self, answer: Json, headers: Json, **said: Json) -> str:
        body = {"rating": "up"} | said
        response = self.client.post(f"/v1/answers/{answer['id']}/feedback", json=body, headers=headers)
        assert response.status_code == 200, response.text
        feedback_id: str = response.json()["id"]
        return feedback_id

    def review(self, feedback_id: str, verb: str = "approve", headers: Json = None) -> None:
        headers = headers or self.key("review", "ask")
        assert self.client.post(f"/v1/feedback/{feedback_id}:{verb}", headers=headers).status_code == 200

    def approved(self, question: str = QUESTION, by: Json = None, said: Json = None, **body: Json) -> Json:
        """Ask, praise (or say something else), approve; return the answer."""
        headers = self.key("ask", groups=("inside",))
        answer = self.asked(question, headers=headers, **body)
        self.review(self.opinion(answer, headers, **(said or {})), headers=by)
        return answer


@pytest.fixture
def make(tmp_path: Path, blank_home: Path) -> Iterator[Any]:
    clients: list[TestClient] = []

    def build(**settings: object) -> RememberingWorld:
        given = {"support_threshold": 0.0, "same_question": 0.9, "remember_recent_min": 0} | settings
        services, searcher, answerer, hints = make_services(tmp_path / "home", blank_home, **given)
        models = {"embedder": "bag", "quotes": quotes.VERSION}
        generator = ScriptedGenerator(["Hold the button for ten seconds."])
        near = NearQuestions(services.db, BagEmbedder)
        examples = ExampleSelector(services.db, near)
        real = Answerer(searcher, OverlapReranker(), lambda: generator, services.settings, examples=examples)
        memory = AnswerCache(services.db, services.settings, near, lambda mode: models | real.phrased_by(mode))
        engine = Engine(
            searcher, CachedAnswering(real, memory, lambda: models), lambda: {"embedder": "cpu"}, answer_cache=memory
        )
        services = replace(services, engine=opened(engine))
        client = TestClient(create_app(services=services), base_url="http://vouch.test")
        client.__enter__()
        clients.append(client)
        world = RememberingWorld(client, services, searcher, answerer, hints)
        world.models, world.generator = models, generator
        return world

    yield build
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def world(make: Any) -> RememberingWorld:
    made: RememberingWorld = make()
    made.served()
    return made


def kind(answer: Json) -> str | None:
    return answer["remembered"]["kind"] if answer["remembered"] else None
