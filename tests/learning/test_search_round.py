"""Tuning search from end to end: thumbs, dataset, weights, questions, gate, the next search, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from core.blobs import FileBlobs
from core.settings import Settings, load_settings
from core.store import jobs, passages, uploads
from core.store.database import Database
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.learned.lineage import SEARCH, ModelVersion
from core.types import OPERATOR, Chunk, Json
from learning import registry, search_profiles, search_round
from learning.search_profiles import ActiveProfile
from learning.tuning.query_encoder import QueryRecipe
from retrieval.lifecycle.vectors import embed_missing
from retrieval.models.embedder import open_embedder
from retrieval.ranking.fusion import DEFAULT_WEIGHTS
from retrieval.search import Searcher, open_searcher
from service.train import TrainingContext, queue_training_if_due, train
from tests.learning.conftest import Office
from tests.learning.tuning import tiny_encoder

COUNT = 70
NAMES = tuple(f"gadget{number}" for number in range(COUNT))
SAID = "the {} has its switch below"
CHAT = tuple(f"chatter{number}" for number in range(40))
WORDS = sorted({*NAMES, *CHAT, "where", "is", "of", "switch", *SAID.split()} - {"{}"})


def asked(name: str) -> str:
    """Return a question whose chatter misleads an embedder of random weights, and no search for words."""
    chatter = Random(name).choices(CHAT, k=9)
    return f"{' '.join(chatter)} where is the switch of the {name}"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search that notices a new version wait until it serves, however busy the machine is."""
    monkeypatch.setattr(search_profiles, "SWAP_WAIT_S", 60.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder.make_onnx(tmp_path_factory.mktemp("embedder") / "tiny", WORDS)


@pytest.fixture
def searching(tmp_path: Path, folder: Path) -> Settings:
    return load_settings(
        {},
        home=tmp_path / "home",
        database_url=f"sqlite:///{tmp_path}/vouch.db",
        embedder_url=f"onnx://{folder}",
        generator_url="none://",
        late_url="none://",
        reranker_url="none://",
        redact=False,
        threads=1,
    )


@pytest.fixture
def taught(office: Office, searching: Settings) -> Database:
    """A document for each gadget, its passages embedded, and an approved answer about each."""
    embedder = open_embedder(searching)
    for name in NAMES:
        text = f"{SAID.format(name)} {' '.join(Random(name + '!').choices(CHAT, k=6))}"
        upload = uploads.Upload("manuals", name, "text/plain", 1, passages.sha256(text), path=name)
        chunk = Chunk(0, text)
        embedded = passages.embed_text(name, chunk)
        embed_missing(office.db, embedder, {passages.sha256(embedded): embedded}, lambda *_: None)
        with office.db.write() as session:
            made = uploads.register_upload(session, upload, OPERATOR)
            passages.publish(session, made.document_id, made.version, name, [chunk], {}, model=embedder.name)
        found = office.passages(made.document_id)
        office.judge(office.answer(asked(name), found, quote=text), Opinion("up"))
    return office.db


@pytest.fixture
def context(searching: Settings, taught: Database, blobs: FileBlobs) -> TrainingContext:
    return TrainingContext(searching, taught, blobs)


@pytest.fixture
def profile(context: TrainingContext) -> ActiveProfile:
    return ActiveProfile(context.settings, context.db, context.blobs)


@pytest.fixture
def searcher(context: TrainingContext, profile: ActiveProfile) -> Iterator[Searcher]:
    opened = open_searcher(context.settings, context.db, profiles=profile)
    yield opened
    opened.close()


def run(context: TrainingContext, *parts: str, **payload: Json) -> ModelVersion:
    with context.db.write() as session:
        job_id = jobs.enqueue(session, "train", payload={"recipe": "search", "parts": list(parts), **payload})
    claim = jobs.claim(context.db, job_id, lease_s=60, max_attempts=3)
    assert claim is not None
    train(context, claim)
    with context.db.read() as session:
        return lineage.list_model_versions(session)[0]


def found_first(searcher: Searcher) -> int:
    """Return how many of the questions find their document first."""
    found = (searcher.search(OPERATOR, asked(name), k=1).passages[0].passage.path == name for name in NAMES)
    return sum(found)


def test_thumbs_change_the_order_of_the_next_search_and_it_can_be_taken_back(
    context: TrainingContext, searcher: Searcher, profile: ActiveProfile
) -> None:
    before = found_first(searcher)

    model = run(context, "weights", promote="auto")

    assert (model.role, model.state, model.report["against"]) == (SEARCH, "active", "base")
    assert "nDCG@10 rose" in model.report["verdict"]
    assert profile().version == model.id
    assert profile().weights != DEFAULT_WEIGHTS
    assert found_first(searcher) >= before + 5
    assert registry.roll_back(context.db, OPERATOR, SEARCH) is None
    assert profile().version == "default"
    assert found_first(searcher) == before


def test_a_tuned_encoder_of_questions_serves_and_is_named_by_its_space(
    context: TrainingContext, profile: ActiveProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_round, "MIN_QUERY", 20)
    monkeypatch.setattr(search_round, "QUERY", QueryRecipe(rate=3e-3, epochs=10, layers=1, keep=0.1, batch=8))

    model = run(context, "weights", "query")
    registry.promote(context.db, OPERATOR, model.id, force=True)

    assert model.report["tuning"]["query"]["gain"] >= model.report["tuning"]["query"]["gain_before"]
    assert model.base == open_embedder(context.settings).name
    if model.report["tuning"]["chosen"] == "query":
        questions = profile().questions
        assert questions is not None
        assert questions.name == model.base


def test_what_is_tuned_a_second_time_is_compared_with_the_first(context: TrainingContext) -> None:
    first = run(context, "weights", promote="auto")

    second = run(context, "weights", promote="auto")

    assert (second.state, second.report["against"]) == ("rejected", first.id)
    assert second.report["comparison"]["looks"] == 1


def test_a_version_that_cannot_be_opened_leaves_the_search_as_it_was(
    context: TrainingContext, profile: ActiveProfile, searcher: Searcher
) -> None:
    model = run(context, "weights")
    context.blobs.delete(model.adapter_blob)
    registry.promote(context.db, OPERATOR, model.id)

    found = searcher.search(OPERATOR, asked(NAMES[0]), k=1)

    assert found.passages
    assert profile().version == "default"
    assert "The active search version is not used" in str(profile.problem())


def test_the_schedule_tunes_search_once_there_is_enough_feedback(context: TrainingContext) -> None:
    job_id = queue_training_if_due(context.db, context.settings)

    assert job_id is not None
    with context.db.read() as session:
        assert jobs.get_job(session, job_id).payload == {"promote": "auto", "recipe": "search"}
    assert queue_training_if_due(context.db, context.settings) is None
