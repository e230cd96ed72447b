"""Looking wide and dropping gives what searching the share alone gives, for every size of share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from core.ports import Ids, Vectors
from core.types import Hit
from retrieval.dense.index import FaissIndex
from retrieval.ranking.candidates import Visible, find_candidates
from tests.retrieval.conftest import DIMENSION, random_unit

IDS: Ids = np.arange(400, dtype=np.int64)
VECTORS = random_unit(400)


class Listed:
    """A LexicalIndex that returns a fixed order."""

    def __init__(self, order: Iterable[int]) -> None:
        self.order = list(order)

    def __len__(self) -> int:
        return len(self.order)

    def add(
        self, ids: Sequence[int], titles: Sequence[str], texts: Sequence[str], languages: Sequence[str | None] = ()
    ) -> None:
        self.order.extend(ids)

    def remove(self, ids: Sequence[int]) -> None:
        self.order = [chunk_id for chunk_id in self.order if chunk_id not in ids]

    def search(self, text: str, k: int, allowed: Ids | None = None) -> list[Hit]:
        mine = [chunk_id for chunk_id in self.order if allowed is None or chunk_id in allowed]
        return [Hit(chunk_id, -float(chunk_id)) for chunk_id in mine[:k]]


class Watched:
    """A share that notes whether all of it was asked for."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.listed = False

    def readable(self, ids: Sequence[int]) -> set[int]:
        return set(ids) & set(self.ids.tolist())

    def every(self) -> Ids:
        self.listed = True
        return self.ids

    def share(self) -> Visible:
        return Visible(self.readable, self.every)


def dense() -> FaissIndex:
    index = FaissIndex(DIMENSION)
    index.add(IDS, VECTORS)
    return index


@pytest.mark.parametrize("every", [1, 2, 5, 50, 400])
@pytest.mark.parametrize("words", [400, 9])
def test_a_share_finds_what_an_index_of_it_alone_would(every: int, words: int) -> None:
    watched = Watched(IDS[::every])
    vectors, lexical, query = dense(), Listed(range(words)), random_unit(1, seed=4)[0]

    found = find_candidates(vectors, lexical, query, "words", 20, watched.share())

    assert found.dense == vectors.search(query, 20, watched.ids)
    assert found.lexical == lexical.search("words", 20, watched.ids)


def test_a_large_share_is_never_listed_and_a_small_one_is() -> None:
    query: Vectors = random_unit(1, seed=4)[0]
    large, small = Watched(IDS[10:]), Watched(IDS[::50])

    find_candidates(dense(), Listed(range(400)), query, "words", 20, large.share())
    find_candidates(dense(), Listed(range(400)), query, "words", 20, small.share())

    assert (large.listed, small.listed) == (False, True)


def test_it_says_whether_there_may_be_more() -> None:
    query = random_unit(1, seed=4)[0]

    assert find_candidates(dense(), Listed([]), query, "words", 20, None).more
    assert not find_candidates(dense(), Listed([]), query, "words", 500, None).more
