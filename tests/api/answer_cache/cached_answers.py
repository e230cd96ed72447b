"""A service with the answer cache: real answers over a scripted search and generator, with opinions and reviews."""

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
from generation.evidence import reading
from learning.answer_cache.answering import CachedAnswering
from learning.answer_cache.cache import AnswerCache
from learning.answer_cache.examples import ExampleSelector
from learning.answer_cache.near import NearQuestions
from service.compose import Engine
from tests.api.conftest import World, make_services
from tests.api.doubles import opened
from tests.generation.doubles import ScriptedGenerator

Json = Any
QUESTION, NEARLY, UNLIKE = "How do I reset the router?", "How can I reset my router?", "How do I reset the lamps?"


class BagEmbedder:
    """A vector has a 1 for each content word of the text, in the dimension of its stem."""

    name, dimension, device = "bag", 256, "cpu"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in content(text):
            vector[sum(word.encode()) % self.dimension] = 1
        return vector / np.linalg.norm(vector)


class CachingWorld(World):
    """A service with the real answerer and the answer cache; `models` are the model names of the search."""

    models: dict[str, str]
    generator: ScriptedGenerator

    def opinion(self, answer: Json, headers: Json, **fields: Json) -> str:
        body = {"rating": "up"} | fields
        response = self.client.post(f"/v1/answers/{answer['id']}/feedback", json=body, headers=headers)
        assert response.status_code == 200, response.text
        feedback_id: str = response.json()["id"]
        return feedback_id

    def review(self, feedback_id: str, verb: str = "approve", headers: Json = None) -> None:
        headers = headers or self.key("review", "ask")
        assert self.client.post(f"/v1/feedback/{feedback_id}:{verb}", headers=headers).status_code == 200

    def approved(self, question: str = QUESTION, by: Json = None, opinion: Json = None, **body: Json) -> Json:
        """Ask, give an opinion (default: rate it up), approve it; return the answer."""
        headers = self.key("ask", groups=("inside",))
        answer = self.asked(question, headers=headers, **body)
        self.review(self.opinion(answer, headers, **(opinion or {})), headers=by)
        return answer


@pytest.fixture
def make(tmp_path: Path, blank_home: Path) -> Iterator[Any]:
    clients: list[TestClient] = []

    def build(**settings: object) -> CachingWorld:
        given = {"support_threshold": 0.0, "same_question": 0.9, "remember_recent_min": 0} | settings
        services, searcher, answerer, queue = make_services(tmp_path / "home", blank_home, **given)
        models = {"embedder": "bag", "quotes": reading.VERSION, "reader": reading.SharedWords.name}
        generator = ScriptedGenerator(["To reset the router hold the button for ten seconds."])
        near = NearQuestions(services.db, BagEmbedder)
        examples = ExampleSelector(services.db, near)
        real = Answerer(searcher, None, lambda: generator, services.settings, examples=examples)
        memory = AnswerCache(
            services.db, services.settings, near, reading.SharedWords(), lambda mode: models | real.phrased_by(mode)
        )
        engine = Engine(
            searcher, CachedAnswering(real, memory, lambda: models), lambda: {"embedder": "cpu"}, answer_cache=memory
        )
        services = replace(services, engine=opened(engine))
        client = TestClient(create_app(services=services), base_url="http://vouch.test")
        client.__enter__()
        clients.append(client)
        world = CachingWorld(client, services, searcher, answerer, queue)
        world.models, world.generator = models, generator
        return world

    yield build
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def world(make: Any) -> CachingWorld:
    made: CachingWorld = make()
    made.served()
    return made


def kind(answer: Json) -> str | None:
    return answer["remembered"]["kind"] if answer["remembered"] else None
