"""Rights belong to each version: in a random history no route shows a caller what a version says to others alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.store import documents, jobs, passages
from core.types import Chunk
from tests.api.conftest import World

GROUPS = ("red", "blue")
SCOPES = ("ask", "ingest", "review")


@dataclass
class Paper:
    """A document as the test knows it: who may see it now, and each version's mark with who may see that."""

    document_id: str
    groups: frozenset[str]
    versions: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)


def opens(groups: frozenset[str], mine: frozenset[str]) -> bool:
    return not groups or bool(groups & mine)


class History:
    """Uploads, publications and questions in a random order; every text holds a mark that no other has."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.admin = world.key("admin")
        self.papers: dict[str, Paper] = {}
        self.answers: list[tuple[str, frozenset[str], dict[str, str]]] = []
        self.callers = {
            mine: world.key(*SCOPES, groups=tuple(mine))
            for mine in map(frozenset, ((), ("red",), ("blue",), ("red", "blue")))
        }

    def step(self) -> None:
        self.random.choice((self.upload, self.upload, self.ask))()

    def upload(self) -> None:
        path = f"{self.random.choice('ab')}.txt"
        groups = frozenset(self.random.sample(GROUPS, self.random.randint(0, 2)))
        mark = f"mark{self.random.getrandbits(40):010x}"
        text = f"The router {mark} has a reset button."
        made = self.world.upload(text.encode(), path, headers=self.admin, groups=",".join(groups) or "*")
        with self.world.services.db.write() as session:
            passages.publish(session, made["document_id"], made["version"], path, [Chunk(0, text)], {"chunks": 1})
        claim = jobs.claim(self.world.services.db, made["job_id"], lease_s=30, max_attempts=3)
        assert claim is not None
        with self.world.services.db.write() as session:
            jobs.finish(session, claim)
        paper = self.papers.setdefault(path, Paper(made["document_id"], groups))
        paper.groups = groups
        paper.versions[made["version"]] = (mark, groups)

    def ask(self) -> None:
        mine, headers = self.random.choice(list(self.callers.items()))
        answer = self.world.asked("router reset", headers=headers)
        self.answers.append((answer["id"], mine, headers))
        rating = {"rating": "down", "correction": "No."}
        self.world.client.post(f"/v1/answers/{answer['id']}/feedback", json=rating, headers=headers)

    def hidden_from(self, mine: frozenset[str]) -> set[str]:
        """Return the marks that a caller with these groups must see nowhere now."""
        return {
            mark
            for paper in self.papers.values()
            for mark, groups in paper.versions.values()
            if not (opens(paper.groups, mine) and opens(groups, mine))
        }

    def shown_to(self, mine: frozenset[str]) -> str:
        """Return all that the routes show this caller."""
        headers, client = self.callers[mine], self.world.client
        paths = ["/v1/documents", "/v1/collections", "/v1/jobs", "/v1/feedback", "/v1/conversations"]
        for paper in self.papers.values():
            base = f"/v1/documents/{paper.document_id}"
            paths += [base, f"{base}/versions", f"{base}/chunks", f"{base}/excerpt", f"{base}/content"]
            paths += [f"{base}/content?version={version}" for version in paper.versions]
            paths += [f"{base}/pages/1.png?version={version}" for version in paper.versions]
        paths += [f"/v1/answers/{answer_id}" for answer_id, _, _ in self.answers]
        shown = [client.get(path, headers=headers).text for path in paths]
        found = client.post("/v1/search", json={"query": "router reset", "k": 50}, headers=headers)
        return "\n".join([*shown, found.text, str(self.world.asked("router reset", headers=headers))])


@pytest.mark.parametrize("seed", range(6))
def test_no_route_shows_what_a_version_says_to_others(world: World, seed: int) -> None:
    history = History(world, seed)
    history.upload()
    for _ in range(12):
        history.step()
        for mine in history.callers:
            shown = history.shown_to(mine)
            assert [mark for mark in history.hidden_from(mine) if mark in shown] == []


def test_what_a_caller_may_see_is_shown(world: World) -> None:
    history = History(world, 7)
    history.upload()
    paper = next(iter(history.papers.values()))
    everything = frozenset(GROUPS)
    marks = {mark for mark, groups in paper.versions.values() if opens(groups, everything)}
    assert all(mark in history.shown_to(everything) for mark in marks)


def test_the_first_versions_original_stays_closed_when_the_second_is_for_all(world: World) -> None:
    few, everyone = world.key("ingest", groups=("red",)), world.key("ingest")
    first = world.upload(b"for few", "a.txt", groups="red")
    world.served(b"for all", "a.txt", groups="*")
    path = f"/v1/documents/{first['document_id']}/content"

    assert world.client.get(f"{path}?version=1", headers=everyone).status_code == 404
    assert world.client.get(path, headers=everyone).content == b"for all"
    assert world.client.get(f"{path}?version=1", headers=few).content == b"for few"


def test_a_reviewer_sees_an_old_answer_without_quotes_of_a_version_that_is_closed_to_them(world: World) -> None:
    world.served(b"The router has a reset button.", "a.txt", groups="red")
    answer = world.asked("router reset", headers=world.key("ask", groups=("red",)))
    world.served(b"The router is for everybody.", "a.txt", groups="*")

    seen: Any = world.client.get(f"/v1/answers/{answer['id']}", headers=world.key("review")).json()

    assert (seen["withdrawn"], seen["citations"], seen["text"]) == (True, [], "")
    with world.services.db.read() as session:
        assert documents.visible_among(session, {answer["citations"][0]["document_id"]}, _reader())


def _reader() -> Any:
    from core.types import Caller

    return Caller("key_reader", frozenset({"review"}))
