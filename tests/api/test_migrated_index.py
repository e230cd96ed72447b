"""The service with real models, migrated to another embedder and index and back during uploads and deletions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import Settings, load_settings
from core.store import jobs, passages
from core.store.index.spaces import unembedded_count
from ingest.sandbox.parent import Sandbox
from retrieval.lifecycle.migration import Migration, migrate_back, migrate_to
from retrieval.lifecycle.vectors import embed_missing
from retrieval.models.embedder import open_embedder
from service import build_document
from service.compose import Services, open_services
from service.keys import first_run_key
from service.run_job import perform
from tests.servers import wait_for
from workers.context import WorkerContext
from workers.queue import CeleryQueue

pytestmark = [pytest.mark.weights, pytest.mark.timeout(600)]
SMALL, LONG = "onnx://bge-small-en-v1.5", "sentence-transformers://all-minilm-l6-v2"


class House:
    """An API and a worker on one home."""

    def __init__(self, settings: Settings, services: Services, client: TestClient) -> None:
        self.settings, self.services, self.client = settings, services, client
        self.worker = WorkerContext(settings)

    def upload(self, name: str, text: str) -> tuple[str, str]:
        made = self.client.post("/v1/documents", files={"file": (f"{name}.md", text.encode())}).json()
        return made["document_id"], made["job_id"]

    def work(self, job_id: str) -> jobs.Job:
        perform(self.worker.db, self.settings, self.worker.ingest_handlers(), job_id)
        with self.services.db.read() as session:
            return jobs.get_job(session, job_id)

    def put(self, name: str, text: str) -> str:
        document_id, job_id = self.upload(name, text)
        job = self.work(job_id)
        assert job.state == "succeeded", job.reason
        return document_id

    def texts(self) -> set[str]:
        found = self.client.post("/v1/search", json={"query": "the lever of the machine", "k": 50}).json()
        return {line for hit in found["passages"] for line in hit["text"].splitlines()}

    def followed(self, move: Migration) -> None:
        """Wait until the API searches the new index, and check every vector there against its text."""
        engine = self.services.engine.get(60)
        wait_for(lambda: engine.devices()["embedder"] == "cpu" and self.space() == move.model, 60, "the API to follow")
        assert self.client.get("/readyz").json()["status"] == "ready"
        model = open_embedder(move.after.applied_to(self.settings))
        with self.services.db.read() as session:
            assert unembedded_count(session, move.model) == 0
            for change in passages.serving_chunks(session, move.model):
                assert change.vector is not None
                (again,) = model.embed_passages([f"{change.title}\n{change.text}"])
                assert float(again @ change.vector) > 0.999

    def space(self) -> str:
        searcher = self.services.engine.get(60).searcher
        name: str = searcher._serving.current().embedder.name  # type: ignore[attr-defined]
        return name


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = load_settings(
        {},
        home=tmp_path_factory.mktemp("home"),
        generator_url="none://",
        reranker_url="none://",
        late_url="none://",
        threads=1,
        redact=False,
    )
    services = open_services(settings, CeleryQueue(settings))
    path = first_run_key(services.db, settings.home)
    assert path is not None
    headers = {"Authorization": f"Bearer {path.read_text().strip()}"}
    with TestClient(create_app(services=services), headers=headers) as client:
        services.redactor.get(120)
        services.engine.get(120)
        house = House(settings, services, client)
        yield house
        assert isinstance(house.worker.build.parse, Sandbox)
        house.worker.build.parse.close()
    services.close()


def at(stage: str, share: float, do: Callable[[], object]) -> Callable[[str, float], None]:
    return lambda now, how_far: (do(), None)[1] if (now, how_far) == (stage, share) else None


def test_a_corpus_migrates_to_another_model_and_back_without_loss(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = house.put("gone", "The green lever stops the machine.")
    house.put("kept", "The blue lever starts the machine.")
    house.put("renewed", "The red lever opens the machine.")
    late, moves = house.upload("late", "The black lever turns the machine.")[1], list[Migration]()

    def meanwhile() -> None:
        house.client.delete(f"/v1/documents/{gone}")
        house.put("renewed", "The pink lever opens the machine.")
        house.put("new", "The grey lever lifts the machine.")

    def move_behind_its_back(*given: object) -> None:
        monkeypatch.setattr(build_document, "embed_missing", embed_missing)
        embed_missing(*given)  # type: ignore[arg-type]
        elsewhere = f"faiss://{house.settings.home / 'elsewhere'}"
        moves.append(
            migrate_to(
                house.services.db,
                house.settings,
                elsewhere,
                LONG,
                embedders=open_embedder,
                progress=at("build", 1.0, meanwhile),
            )
        )

    monkeypatch.setattr(build_document, "embed_missing", move_behind_its_back)
    first = house.work(late)
    assert (first.state, first.attempts) == ("queued", 1)
    assert "all-minilm-l6-v2 serves now" in (first.reason or "")
    second = house.work(late)
    assert (second.state, second.attempts) == ("succeeded", 2)

    wanted = {f"The {lever} the machine." for lever in ("blue lever starts", "pink lever opens", "grey lever lifts",
                                                        "black lever turns")}  # fmt: skip
    assert house.texts() == wanted
    house.followed(moves[0])
    assert house.texts() == wanted

    house.put("last", "The white lever cools the machine.")
    back = migrate_back(house.services.db, house.settings, embedders=open_embedder, progress=lambda *_: None)
    house.followed(back)
    assert (back.model, back.after.embedder_url) == ("bge-small-en-v1.5", SMALL)
    assert house.texts() == wanted | {"The white lever cools the machine."}
    house.put("after", "The brown lever heats the machine.")
    assert house.texts() == wanted | {"The white lever cools the machine.", "The brown lever heats the machine."}
