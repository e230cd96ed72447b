"""A service over a real SQLite home, with stand-ins for the models and the queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.blobs import open_blobs
from core.settings import load_settings
from core.store import jobs, passages
from core.store.access import keys
from core.store.database import Database, migrate
from core.types import Chunk
from service.compose import Engine, Services
from tests.api.doubles import QuotingAnswerer, RecordedQueue, SmithRedactor, WordSearcher, opened

Json = Any
RESET = b"To reset the router hold the button for ten seconds."
LAMPS = b"The lamps on the front tell the state of the line."


@pytest.fixture(scope="session")
def blank_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy: migrating takes longer than most tests."""
    home = tmp_path_factory.mktemp("blank")
    db = Database(f"sqlite:///{home / 'vouch.db'}")
    migrate(db)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return home


@pytest.fixture(autouse=True)
def _no_second_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test in which a thread opens a database session while it has one open: enough of them would wedge."""
    inside = threading.local()

    def alone(opens: Any) -> Any:
        @contextmanager
        def opened(db: Database) -> Iterator[Any]:
            assert not getattr(inside, "session", False), "a second session in one thread"
            with opens(db) as session:
                inside.session = True
                try:
                    yield session
                finally:
                    inside.session = False

        return opened

    monkeypatch.setattr(Database, "read", alone(Database.read))
    monkeypatch.setattr(Database, "write", alone(Database.write))


@dataclass
class World:
    """The service as a test sees it: an HTTP client, and the parts of the service."""

    client: TestClient
    services: Services
    searcher: WordSearcher
    answerer: QuotingAnswerer
    queue: RecordedQueue

    def key(self, *scopes: str, groups: tuple[str, ...] = ()) -> dict[str, str]:
        """Make a key and return the header that carries it."""
        with self.services.db.write() as session:
            _, token = keys.create_key(session, "test", scopes, groups)
        return {"Authorization": f"Bearer {token}"}

    def metrics(self) -> str:
        """Return the metrics, as an administrator sees them."""
        return self.client.get("/metrics", headers=self.key("admin")).text

    def upload(
        self, data: bytes = RESET, name: str = "router.txt", *, headers: dict[str, str] | None = None, **form: Json
    ) -> Json:
        """Upload a file as an administrator and return the response's body."""
        headers = headers or self.key("admin")
        response = self.client.post("/v1/documents", files={"file": (name, data)}, data=form, headers=headers)
        assert response.status_code in (200, 202), response.text
        return response.json()

    def served(self, data: bytes = RESET, name: str = "router.txt", **form: Json) -> str:
        """Upload a file and publish it as one chunk, as a worker would; return the document's id."""
        made = self.upload(data, name, **form)
        chunk = Chunk(0, data.decode(), heading=("Care",), page=3)
        title = form.get("title", name)
        with self.services.db.write() as session:
            passages.publish(session, made["document_id"], made["version"], title, [chunk], {"chunks": 1})
        claim = jobs.claim(self.services.db, made["job_id"], lease_s=30, max_attempts=3)
        assert claim is not None
        with self.services.db.write() as session:
            jobs.finish(session, claim)
        document_id: str = made["document_id"]
        return document_id

    def asked(self, question: str = "reset", *, headers: dict[str, str] | None = None, **body: Json) -> Json:
        """Ask and return the answer."""
        headers = headers or self.key("ask")
        response = self.client.post("/v1/answers", json={"question": question, **body}, headers=headers)
        assert response.status_code == 200, response.text
        return response.json()


def make_services(
    home: Path, blank: Path, **settings: object
) -> tuple[Services, WordSearcher, QuotingAnswerer, RecordedQueue]:
    home.mkdir(exist_ok=True)
    (home / "vouch.db").write_bytes((blank / "vouch.db").read_bytes())
    chosen = load_settings({}, home=home, **settings)
    db, queue = Database(chosen.database_url), RecordedQueue()
    searcher = WordSearcher(db)
    answerer = QuotingAnswerer(searcher)
    engine = Engine(searcher, answerer, lambda: {"embedder": "cpu"}, index=lambda: "test-1")
    services = Services(chosen, db, open_blobs(chosen.blobs_url), queue, opened(engine), opened(SmithRedactor()))
    return services, searcher, answerer, queue


@pytest.fixture
def make_world(tmp_path: Path, blank_home: Path) -> Iterator[Any]:
    """Return a function that makes a World with these settings."""
    open_clients: list[TestClient] = []

    def make(**settings: object) -> World:
        services, searcher, answerer, queue = make_services(tmp_path / "home", blank_home, **settings)
        client = TestClient(create_app(services=services), base_url="http://vouch.test")
        client.__enter__()
        open_clients.append(client)
        return World(client, services, searcher, answerer, queue)

    yield make
    for client in open_clients:
        client.__exit__(None, None, None)


@pytest.fixture
def world(make_world: Any) -> World:
    made: World = make_world()
    return made
