"""A search profile: whose weights count, and when its embedder of questions is used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.ports import Vectors
from core.types import Filters, Hit
from retrieval.ranking.fusion import Weights, fuse, weigh_late
from retrieval.ranking.profile import DEFAULT_PROFILE, SearchProfile

OWN = Weights(0.2, 0.1, 0.3)


class ConstantEmbedder:
    """An Embedder that gives every text the same vector."""

    device = "cpu"

    def __init__(self, name: str, *vector: float) -> None:
        self.name, self._vector = name, np.array(vector, np.float32)
        self.dimension = len(vector)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector for _ in texts])

    def embed_query(self, text: str) -> Vectors:
        return self._vector


@pytest.mark.parametrize(
    ("collections", "expected"),
    [(["manuals"], OWN), (["prices"], Weights(0.9)), (["manuals", "prices"], Weights(0.9)), ([], Weights(0.9))],
)
def test_only_a_search_in_one_collection_uses_the_weights_of_that_collection(
    collections: list[str], expected: Weights
) -> None:
    profile = SearchProfile("mv_1", Weights(0.9), {"manuals": OWN})

    assert profile.weights_for(Filters(collections=frozenset(collections))) == expected


def test_the_tuned_embedder_embeds_questions_of_its_space() -> None:
    profile = SearchProfile(questions=ConstantEmbedder("bge", 0.0, 1.0))

    assert profile.embed_query(ConstantEmbedder("bge", 1.0, 0.0), "how").tolist() == [0.0, 1.0]


@pytest.mark.parametrize("serving", [ConstantEmbedder("e5", 1.0, 0.0), ConstantEmbedder("bge", 1.0, 0.0, 0.0)])
def test_after_a_migration_to_another_space_the_tuned_embedder_rests(serving: ConstantEmbedder) -> None:
    profile = SearchProfile(questions=ConstantEmbedder("bge", 0.0, 1.0))

    assert profile.embed_query(serving, "how").tolist() == serving.embed_query("how").tolist()


def test_without_a_profile_the_sums_have_the_default_weights() -> None:
    dense, lexical = [Hit(1, 0.9), Hit(2, 0.5)], [Hit(2, 3.0), Hit(1, 1.0)]

    assert fuse(dense, lexical) == fuse(dense, lexical, DEFAULT_PROFILE.weights)


def test_the_weights_decide_which_list_wins() -> None:
    dense, lexical = [Hit(1, 0.9), Hit(2, 0.5)], [Hit(2, 3.0), Hit(1, 1.0)]

    assert [hit.chunk_id for hit in fuse(dense, lexical, Weights(dense=0.9))] == [1, 2]
    assert [hit.chunk_id for hit in fuse(dense, lexical, Weights(dense=0.1))] == [2, 1]


def test_late_interaction_counts_as_much_as_its_weight() -> None:
    fused = fuse([Hit(1, 0.9), Hit(2, 0.5)], [Hit(1, 3.0), Hit(2, 1.0)])

    alone = weigh_late(fused, {1: 0.1, 2: 0.9}, Weights(late=1.0))
    ignored = weigh_late(fused, {1: 0.1, 2: 0.9}, Weights(late=0.0))

    assert alone == {1: 0.0, 2: 1.0}
    assert ignored == {1: 1.0, 2: 0.0}
