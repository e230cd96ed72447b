from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from core.errors import IndexCorrupt, SettingsError, WeightsError
from core.ports import Vectors
from core.settings import Settings
from core.store import forgetting
from core.store.database import Database
from core.store.index.spaces import unembedded_count
from core.store.index.token_vectors import read_tokens
from core.types import OPERATOR, Hit
from retrieval.models.late import EncodeCursor, encode_rest, late_scores, open_late
from retrieval.models.token_pack import max_sim, pack, unit_rows, unpack
from retrieval.ranking.fusion import fuse, weigh_late
from retrieval.search import Searcher
from tests.retrieval.conftest import Shelf

OpenSearch = Callable[..., Searcher]


class Letters:
    """A LateEncoder of one vector a word: two words are near when they begin with the same letter."""

    name, dimension, device = "letters", 26, "cpu"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> list[Vectors]:
        self.read += texts
        return [self.encode_question(text) for text in texts]

    def encode_question(self, text: str) -> Vectors:
        letters = [ord(word[0].lower()) - ord("a") for word in text.split() if word[0].isalpha() and word[0].isascii()]
        return np.eye(26, dtype=np.float32)[letters or [0]]


def read_all(db: Database, late: Letters) -> int:
    return sum(encode_rest(db, late))


def test_packed_tokens_come_back_nearly_the_same() -> None:
    tokens = unit_rows(np.random.default_rng(1).standard_normal((40, 96)).astype(np.float32))
    packed = pack(tokens)
    assert len(packed) == 40 * (96 + 2)
    assert np.abs(unpack(packed, 96) - tokens).max() < 0.004


def test_bytes_of_another_dimension_are_refused() -> None:
    with pytest.raises(IndexCorrupt, match="not token vectors of 96"):
        unpack(pack(np.eye(3, 64, dtype=np.float32)), 96)
    with pytest.raises(IndexCorrupt, match="0 bytes"):
        unpack(b"", 96)


def test_each_word_of_the_question_counts_by_its_nearest_token() -> None:
    axes = np.eye(4, dtype=np.float32)
    question = axes[:2]
    assert max_sim(question, [axes[[0, 3]], axes[[0, 1, 2]], axes[[3]]]) == [0.5, 1.0, 0.0]
    assert max_sim(question, []) == []


def test_late_interaction_outweighs_the_lists_and_the_unread_keep_their_place() -> None:
    fused = fuse([Hit(1, 0.9), Hit(2, 0.8), Hit(3, 0.5)], [Hit(1, 9.0), Hit(2, 5.0), Hit(3, 1.0)])
    scores = weigh_late(fused, {1: 0.2, 3: 0.8})
    assert scores[3] > scores[1]  # by .6 to .4
    assert scores[2] == pytest.approx(0.45 * fused[1].dense_part + 0.55 * fused[1].lexical_part)


def test_a_passage_that_fits_token_by_token_comes_first_once_it_is_read(shelf: Shelf, open_search: OpenSearch) -> None:
    other = shelf.put("pump", "pump valve pressure pump valve pressure", "pump nozzle zinc yard xenon")
    late = Letters()
    searcher = open_search(late=late)
    before = searcher.search(OPERATOR, "pump zone yellow xylophone", k=2)
    assert [hit.late_score for hit in before.passages] == [None, None]
    assert read_all(shelf.db, late) == 2
    after = searcher.search(OPERATOR, "pump zone yellow xylophone", k=2)
    assert after.passages[0].passage.ordinal == 1
    assert after.passages[0].late_score == pytest.approx(1.0, abs=1e-3)
    assert {hit.passage.document_id for hit in after.passages} == {other}


def test_what_is_read_is_never_read_again_and_the_rest_is_found_later(shelf: Shelf) -> None:
    late = Letters()
    shelf.put("one", *(f"text number {n}" for n in range(20)))
    next(encode_rest(shelf.db, late))  # a job waits: the reader stops after a batch
    first = len(late.read)
    assert 0 < first < 20
    shelf.put("two", "another text")
    assert read_all(shelf.db, late) == 21 - first
    assert len(set(late.read)) == len(late.read) == 21
    assert read_all(shelf.db, late) == 0


def test_looking_again_begins_where_all_was_read_and_not_where_a_reader_stopped(shelf: Shelf) -> None:
    late, reached = Letters(), EncodeCursor()
    shelf.put("one", *(f"text number {n}" for n in range(20)))
    next(encode_rest(shelf.db, late, reached))
    assert reached.chunk_id == 0
    assert sum(encode_rest(shelf.db, late, reached)) == 4
    assert reached.chunk_id == 20
    shelf.put("two", "another text")
    assert sum(encode_rest(shelf.db, late, reached)) == 1
    assert reached.chunk_id == 21


def test_a_document_withdrawn_while_it_is_read_leaves_no_tokens(shelf: Shelf) -> None:
    document = shelf.put("one", "secret text")

    class Slow(Letters):
        def encode_passages(self, texts: Sequence[str]) -> list[Vectors]:
            shelf.drop(document)
            with shelf.db.write() as session:
                forgetting.purge(session, document)
            return super().encode_passages(texts)

    read_all(shelf.db, Slow())
    with shelf.db.read() as session:
        assert read_tokens(session, "letters", range(1, 9)) == {}
        assert unembedded_count(session, "letters") == 0


def test_a_plain_search_leaves_late_interaction_out(shelf: Shelf, open_search: OpenSearch) -> None:
    shelf.put("pump", "pump valve")
    late = Letters()
    read_all(shelf.db, late)
    result = open_search(late=late).search(OPERATOR, "pump", k=1, rerank=False)
    assert result.passages[0].late_score is None
    assert "late" not in result.timings


@pytest.mark.weights
def test_the_real_encoder_prefers_the_passage_that_answers(settings: Settings, shelf: Shelf) -> None:
    late = open_late(settings)
    assert late is not None
    texts = ["Turn the thermostat to the left to make the room colder.", "The warranty covers parts for two years."]
    shelf.put("manual", *texts)
    assert sum(encode_rest(shelf.db, late)) == 2
    scores = late_scores(shelf.db, late, "how long is my guarantee", [1, 2, 99])
    assert set(scores) == {1, 2}
    assert scores[2] > scores[1] + 0.05


@pytest.mark.weights
def test_a_pasted_page_asks_with_its_first_words(settings: Settings) -> None:
    late = open_late(settings)
    assert late is not None
    assert late.encode_question("why does it blink " * 5000).shape[0] <= 120
    (tokens,) = late.encode_passages(["word " * 5000])
    assert tokens.shape == (401, late.dimension)
    assert np.allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-5)


def test_late_interaction_can_be_left_out_and_wrong_urls_are_refused(settings: Settings) -> None:
    assert open_late(settings.model_copy(update={"late_url": "none://"})) is None
    with pytest.raises(SettingsError, match="VOUCH_LATE_URL"):
        open_late(settings.model_copy(update={"late_url": "magic://x"}))


@pytest.mark.weights
def test_a_model_that_is_no_late_interaction_model_is_not_taken_for_one(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="CPU"):
        open_late(settings.model_copy(update={"late_url": settings.late_url + "?device=cuda:0"}))
    with pytest.raises(WeightsError):
        open_late(replace_url(settings, "onnx://all-minilm-l6-v2"))


def replace_url(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"late_url": url})
