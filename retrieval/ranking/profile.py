"""A search profile: what was learned of the order in which passages are found, as one value that a search takes along.

It holds the weights of the lists, for all collections and for single ones, and a tuned embedder of questions. Passages
keep their vectors, so a search changes its profile between two questions. `learning.search_profiles` loads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.ports import Embedder, Vectors
from core.types import Filters
from retrieval.ranking.fusion import DEFAULT_WEIGHTS, Weights


@dataclass(frozen=True, slots=True)
class SearchProfile:
    """How questions are embedded and lists are weighed. `version` is the id of the model version, or "default".

    `questions` is an embedder whose questions fit the stored vectors of the space that it is named after.
    """

    version: str = "default"
    weights: Weights = DEFAULT_WEIGHTS
    by_collection: Mapping[str, Weights] = field(default_factory=dict)
    questions: Embedder | None = None

    def weights_for(self, filters: Filters | None) -> Weights:
        """Return the weights of the one collection that is searched, if it has its own, else those of all."""
        wanted = filters.collections if filters is not None else frozenset[str]()
        if len(wanted) != 1:
            return self.weights
        return self.by_collection.get(next(iter(wanted)), self.weights)

    def embed_query(self, embedder: Embedder, question: str) -> Vectors:
        """Return the question's vector in the space of `embedder`, by the tuned embedder if it is of that space."""
        tuned = self.questions
        fits = tuned is not None and tuned.name == embedder.name and tuned.dimension == embedder.dimension
        return tuned.embed_query(question) if tuned is not None and fits else embedder.embed_query(question)


DEFAULT_PROFILE = SearchProfile()
