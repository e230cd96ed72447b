"""A live corpus moves to another index and another embedder, and back, while documents come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from core.errors import Conflict, IndexCorrupt, Invalid, SettingsError, Unavailable, WeightsError
from core.ports import Embedder, Vectors
from core.settings import Settings
from core.store import forgetting
from core.store.access import audit
from core.store.database import Database
from core.store.index.positions import lowest_position, positions, set_position
from core.store.index.serving import ServingPair, ServingPointer, configured_pair, load_pointer
from core.store.index.spaces import unembedded_count
from core.store.passages import Change, known_vectors, serving_chunks, sha256
from core.types import OPERATOR
from retrieval.lifecycle import migration, publish
from retrieval.lifecycle.live_index import LiveIndex
from retrieval.lifecycle.migration import Migration, migrate_back, migrate_to
from retrieval.lifecycle.probe import NOTHING_CHANGED
from retrieval.lifecycle.serving import Serving
from retrieval.lifecycle.vectors import embed_rest
from retrieval.search import Searcher, open_searcher
from tests.retrieval.conftest import DIMENSION, Shelf, WordEmbedder
from tests.servers import wait_for

Progress = Callable[[str, float], None]


class OtherEmbedder(WordEmbedder):
    """A model of another space and another length: a vector of one never passes for one of the other."""

    name = "other words"
    dimension = DIMENSION // 2

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> Vectors:
        half = super().embed_query(text[::-1])[: self.dimension]
        unit: Vectors = half / np.linalg.norm(half)
        return unit


class Site:
    """An installation: a database, workers that embed with what serves, a process that searches."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.settings = settings.model_copy(
            update={"embedder_url": "words://", "reranker_url": "none://", "late_url": "none://"}
        )
        self.models: dict[str, Embedder] = {"words://": WordEmbedder(), "other://": OtherEmbedder()}
        self.shelf = Shelf(db, self.models["words://"])
        self.elsewhere = f"faiss://{settings.home / 'elsewhere'}"
        self.searcher = self.process()

    def open(self, settings: Settings) -> Embedder:
        return self.models[settings.embedder_url]

    def process(self) -> Searcher:
        return open_searcher(self.settings, self.db, embedders=self.open)

    def move(self, progress: Progress = lambda *_: None, embedder: str | None = "other://") -> Migration:
        move = migrate_to(self.db, self.settings, self.elsewhere, embedder, embedders=self.open, progress=progress)
        self.shelf.embedder = self.models[move.after.embedder_url]  # workers do so before their next job
        return move

    def back(self, progress: Progress = lambda *_: None) -> Migration:
        move = migrate_back(self.db, self.settings, embedders=self.open, progress=progress)
        self.shelf.embedder = self.models[move.after.embedder_url]
        return move

    def found(self, query: str, searcher: Searcher | None = None) -> list[str]:
        hits = (searcher or self.searcher).search(OPERATOR, query, k=50).passages
        return sorted(hit.passage.text for hit in hits)

    def adopted(self) -> None:
        """Wait until the searching process has followed the pointer."""
        serving = self.searcher._serving
        assert isinstance(serving, Serving)
        wait_for(lambda: serving.current().moved == self.moved(), 10, "the searcher to follow the pointer")

    def moved(self) -> ServingPointer | None:
        with self.db.read() as session:
            return load_pointer(session)


@pytest.fixture
def site(db: Database, settings: Settings) -> Iterator[Site]:
    site = Site(db, settings)
    yield site
    site.searcher.close()


def at(stage: str, share: float, do: Callable[[], object]) -> Progress:
    """Do something once, when a move has come this far."""
    done: list[bool] = []

    def progress(now: str, how_far: float) -> None:
        if (now, how_far) == (stage, share) and not done:
            done.append(True)
            do()

    return progress


def test_documents_that_come_and_go_during_a_move_there_and_back_are_all_there(site: Site) -> None:
    gone = site.shelf.put("gone", "alpha one")
    site.shelf.put("kept", "alpha two")
    site.shelf.put("renewed", "alpha three")

    def meanwhile() -> None:
        site.shelf.drop(gone)
        site.shelf.put("renewed", "alpha four")
        site.shelf.put("new", "alpha five")
        assert site.found("alpha") == ["alpha five", "alpha four", "alpha two"]

    move = site.move(at("build", 1.0, meanwhile))
    assert (move.before, move.model) == (configured_pair(site.settings), "other words")
    assert site.found("alpha") == ["alpha five", "alpha four", "alpha two"]
    site.adopted()
    assert site.found("alpha") == ["alpha five", "alpha four", "alpha two"]
    assert site.searcher.problem() is None

    site.shelf.put("newest", "alpha six")
    back = site.back(at("try", 0.0, lambda: site.shelf.put("newer yet", "alpha seven")))
    site.adopted()
    assert back.after == move.before
    assert site.found("alpha") == ["alpha five", "alpha four", "alpha seven", "alpha six", "alpha two"]
    assert site.searcher.problem() is None
    assert site.back().after == move.after


def test_after_a_move_every_passage_is_found_by_its_vector_of_the_new_model(site: Site) -> None:
    site.shelf.put("early", *(f"passage {number} on subject {number * 7}" for number in range(30)))
    site.move()
    site.adopted()
    site.shelf.put("late", "passage on something late")

    for text in [*(f"passage {n} on subject {n * 7}" for n in range(30)), "passage on something late"]:
        best = max(site.searcher.search(OPERATOR, text, k=50).passages, key=lambda hit: hit.dense_score or 0.0)
        assert best.passage.text == text
        assert best.dense_score == pytest.approx(1.0, abs=1e-5)


def test_a_process_lets_go_of_the_old_index_when_it_has_followed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[LiveIndex] = []
    monkeypatch.setattr(LiveIndex, "close", lambda index: closed.append(index))
    site.searcher = site.process()
    old = site.searcher._serving.current().index

    site.move()
    site.adopted()

    wait_for(lambda: old in closed, 10, "the old index to be closed")


def test_searches_that_run_during_a_move_never_mix_spaces(site: Site) -> None:
    site.shelf.put("tv", "warranty of the tv")
    stop, wrong, searched = threading.Event(), list[object](), list[int]()

    def ask() -> None:
        while not stop.is_set():
            try:
                searched.append(len(site.found("warranty")))
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in (site.move, site.back, site.back):
        turn()
        site.adopted()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert set(searched) == {1}


def test_another_index_for_the_same_model_embeds_nothing(site: Site) -> None:
    site.shelf.put("tv", "warranty of the tv")
    model = site.models["words://"]
    assert isinstance(model, WordEmbedder)
    model.embedded.clear()

    move = site.move(embedder=None)

    assert move.outcome is not None
    assert (move.outcome.chunks, move.outcome.probes, move.outcome.found, move.outcome.agreement) == (1, 1, 1, 1.0)
    assert model.embedded == ["warranty of the tv"]  # by the trial alone
    site.adopted()
    assert site.searcher.index_version.startswith("snap_")


def test_a_move_stands_in_the_audit_trail_and_once_moved_nothing_is_left_to_do(site: Site) -> None:
    site.move()
    again = site.move()

    assert again.outcome is None
    with site.db.read() as session:
        (entry,) = audit.list_audit(session).data
    assert (entry.action, entry.target, entry.detail["embedder_url"]) == ("index.move", "other words", "other://")


def test_a_shared_engine_that_serves_no_more_holds_the_journal_back_no_longer(site: Site) -> None:
    with site.db.write() as session:
        set_position(session, "milvus:host/vouch/collection", 1, "serving")

    site.move()

    with site.db.read() as session:
        assert lowest_position(session) is None
        assert positions(session)["milvus:host/vouch/collection"].state == "previous"


def test_there_is_no_way_back_before_the_first_move(site: Site) -> None:
    with pytest.raises(Conflict, match="Nothing was moved"):
        site.back()


def test_another_model_needs_an_index_of_its_own(site: Site) -> None:
    with pytest.raises(Invalid, match="a location of their own"):
        migrate_to(
            site.db, site.settings, site.settings.index_url, "other://", embedders=site.open, progress=lambda *_: None
        )


def lose_the_last(chunks: list[Change]) -> list[Change]:
    return chunks[:-1]


def mix_up(chunks: list[Change]) -> list[Change]:
    vectors = [change.vector for change in chunks]
    return [
        Change(0, change.chunk_id, True, change.title, change.text, vector)
        for change, vector in zip(chunks, [*vectors[20:], *vectors[:20]], strict=True)
    ]


@pytest.mark.parametrize(
    ("harm", "said"), [(lose_the_last, "of 39 chunks, not of 40"), (mix_up, "does not find chunk")]
)
def test_an_index_that_fails_its_trial_never_serves(
    site: Site, harm: Callable[[list[Change]], list[Change]], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.shelf.put("tv", *(f"warranty {number} of {number * 3}" for number in range(40)))
    monkeypatch.setattr(publish, "serving_chunks", lambda *given: iter(harm(list(serving_chunks(*given)))))

    with pytest.raises(IndexCorrupt, match=said) as failed:
        site.move()

    assert failed.value.hint == NOTHING_CHANGED
    assert site.moved() is None
    assert len(site.found("warranty")) == 40


def test_a_model_that_embeds_otherwise_than_before_never_serves(site: Site) -> None:
    site.shelf.put("tv", "warranty of the tv")
    site.move()
    site.back()
    tuned = OtherEmbedder()
    tuned.embed_query = lambda text: -OtherEmbedder().embed_query(text)  # type: ignore[method-assign]
    site.models["other://"] = tuned

    with pytest.raises(IndexCorrupt, match=r"differently than before \(cosine -1.00\)"):
        site.back()

    moved = site.moved()
    assert moved is not None
    assert moved.model == "words"


def test_a_move_gives_up_when_documents_come_faster_than_they_are_embedded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = iter(range(1000))

    def slower(db: Database, embedder: Embedder, progress: Progress, after: int = 0) -> int:
        done = embed_rest(db, embedder, progress, after)
        site.shelf.put(f"arrival {next(arrivals)}", f"warranty {next(arrivals)}")
        return done

    monkeypatch.setattr(migration, "embed_rest", slower)
    monkeypatch.setattr(migration, "ROUNDS", 3)
    with pytest.raises(Unavailable, match="faster than"):
        site.move()

    assert site.moved() is None


def test_going_back_builds_nothing_where_the_old_index_stands_and_anew_where_it_is_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.shelf.put("tv", "warranty of the tv")
    built: list[str] = []
    build = publish.build_snapshot

    def counting(db: Database, target: Settings, *space: object) -> object:
        built.append(target.index_url)
        return build(db, target, *space)  # type: ignore[arg-type]

    monkeypatch.setattr(migration, "build_snapshot", counting)
    home = site.settings.home / "index"
    publish.build_snapshot(site.db, site.settings, "words", DIMENSION)

    assert site.move().before == site.back().after
    assert built == [site.elsewhere]
    site.back()
    (home / "CURRENT").unlink()
    site.back()
    assert built == [site.elsewhere, site.settings.index_url]
    site.adopted()
    assert site.found("warranty") == ["warranty of the tv"]


def test_what_is_purged_while_it_is_embedded_leaves_no_vector(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = site.shelf.put("tv", "alpha one")
    site.shelf.put("lamp", "alpha two")
    other = site.models["other://"]
    embed = other.embed_passages

    def purging(texts: Sequence[str]) -> Vectors:
        site.shelf.drop(gone)
        with site.db.write() as session:
            forgetting.purge(session, gone)
        return embed(texts)

    monkeypatch.setattr(other, "embed_passages", purging)
    embed_rest(site.db, other, lambda *_: None)

    with site.db.read() as session:
        kept = known_vectors(session, other.name, [sha256("alpha one"), sha256("alpha two")])
    assert kept == {sha256("alpha two")}


def test_two_moves_at_once_do_not_both_win(site: Site, settings: Settings) -> None:
    site.shelf.put("tv", "warranty")

    def other() -> None:
        url = f"faiss://{settings.home / 'third'}"
        migrate_to(site.db, site.settings, url, None, embedders=site.open, progress=lambda *_: None)

    with pytest.raises(Conflict, match="in the meantime"):
        site.move(at("try", 1.0, other))

    moved = site.moved()
    assert moved is not None
    assert moved.pair.index_url.startswith(f"faiss://{settings.home / 'third'}")


def test_a_worker_that_embedded_with_the_old_model_tries_again(site: Site) -> None:
    old = site.shelf.embedder
    site.move()
    site.shelf.embedder = old

    with pytest.raises(Unavailable, match="other words serves now"):
        site.shelf.put("tv", "warranty of the tv")

    assert site.found("warranty") == []
    site.shelf.embedder = site.models["other://"]
    site.shelf.put("tv", "warranty of the tv")
    with site.db.read() as session:
        assert unembedded_count(session, "other words") == 0


def test_a_process_that_cannot_open_the_new_goes_on_with_the_old_and_says_so(site: Site) -> None:
    site.shelf.put("tv", "warranty of the tv")

    def without(settings: Settings) -> Embedder:
        if settings.embedder_url == "other://":
            raise WeightsError("The weights of other are missing.")
        return site.open(settings)

    poor = open_searcher(site.settings, site.db, embedders=without)
    site.move()
    site.shelf.put("lamp", "warranty of the lamp")

    wait_for(lambda: "cannot be opened here" in (poor.problem() or ""), 10, "the searcher to give up")
    assert "weights of other are missing" in (poor.problem() or "")
    assert site.found("warranty", poor) == ["warranty of the lamp", "warranty of the tv"]  # one by words alone

    site.back()  # to what it never left: it must look again, for vectors that came late
    wait_for(lambda: poor.problem() is None, 10, "the searcher to open what serves anew")
    assert all(hit.dense_rank for hit in poor.search(OPERATOR, "warranty", k=5).passages)
    poor.close()


def test_what_has_no_vector_is_told_with_figures(site: Site, db: Database, settings: Settings) -> None:
    site.shelf.put("tv", "warranty of the tv", "buttons of the tv")
    changed = open_searcher(
        site.settings.model_copy(update={"embedder_url": "other://", "index_url": site.elsewhere}),
        db,
        embedders=site.open,
    )

    assert changed.problem() == "2 of 2 chunks have no vector of other words: run `vouch reindex`."
    assert site.found("warranty", changed) == ["warranty of the tv"]
    changed.close()


def test_a_model_of_another_length_under_the_same_name_is_named(site: Site, settings: Settings) -> None:
    site.shelf.put("tv", "warranty of the tv")
    shorter = OtherEmbedder()
    shorter.name = "words"
    site.models["words://"] = shorter

    with pytest.raises(SettingsError, match=r"words makes 16 numbers of a text; .* have 32"):
        site.process()


def test_a_snapshot_of_another_length_is_named(site: Site, settings: Settings, tmp_path: Path) -> None:
    publish.build_snapshot(site.db, site.settings, "other words", DIMENSION)
    settings = site.settings.model_copy(update={"embedder_url": "other://"})

    with pytest.raises(SettingsError, match="vectors of 32 numbers, and the embedder other words makes 16"):
        open_searcher(settings, site.db, embedders=site.open)


def test_a_folder_is_written_from_the_root_so_that_every_process_finds_it(site: Site, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        site.elsewhere = "faiss://./next"
        move = site.move()

    assert move.after == ServingPair(f"faiss://{tmp_path / 'next'}", "other://")


def test_closing_ends_a_change_under_way(site: Site) -> None:
    site.shelf.put("tv", "warranty of the tv")
    opening, may_open = threading.Event(), threading.Event()

    def slowly(settings: Settings) -> Embedder:
        if settings.embedder_url == "other://":
            opening.set()
            assert may_open.wait(10)
        return site.open(settings)

    leaving = open_searcher(site.settings, site.db, embedders=slowly)
    site.move()
    leaving.problem()  # notices the pointer, begins to open
    assert opening.wait(10)
    closing = threading.Thread(target=leaving.close)
    with capture_logs() as logs:
        closing.start()
        may_open.set()
        closing.join(10)

    assert not [thread for thread in threading.enumerate() if thread.name == "change-index"]
    assert not [entry for entry in logs if entry["event"] in {"serving_changed", "serving_not_changed"}]
