"""A library that a test knows completely: the documents, who may see them, and what each caller should find.

Nothing here asks the product who may see what: rights, filters, vectors and orders are worked out again from what the
test itself put in. Only the numbers of chunks come from the database, each checked against its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count

import numpy as np

from core.ports import Vectors
from core.store import forgetting, passages, reading, uploads
from core.store.database import Database
from core.store.documents import delete_document
from core.types import OPERATOR, Caller, Chunk, Filters

DIMENSION = 16
TOPICS = [
    ["pump", "gasket", "rotor", "suction", "impeller", "hydraulic", "flange", "nozzle"],
    ["laser", "mirror", "photon", "beam", "crystal", "wavelength", "aperture", "optic"],
    ["wage", "bonus", "overtime", "pension", "contract", "holiday", "payroll", "union"],
    ["tablet", "dosage", "syrup", "placebo", "allergy", "vaccine", "capsule", "fever"],
    ["diesel", "torque", "piston", "gearbox", "turbo", "exhaust", "camshaft", "radiator"],
]
"""Words so different that none is corrected to another and no stemmer makes two equal."""
COMMON = ["warranty", "manual", "customer", "button", "yellow", "kitchen", "forest", "window"]
GROUPS = ("pumps", "lasers", "wages", "100%", "o'neil; --", "rare")
COLLECTIONS = ("manuals", "notes", "letters")
Weights = Mapping[int, float]


class BagEmbedder:
    """An Embedder: each word has a fixed random direction, a text is the sum of its words'."""

    name = "bag"
    dimension = DIMENSION
    device = "cpu"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def embed_query(self, text: str) -> Vectors:
        total = np.sum([_direction(word) for word in text.split()], axis=0)
        unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        return unit


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as the test published it: its rights, its filters' values, its chunks by number."""

    document_id: str
    collection: str
    path: str
    groups: frozenset[str]
    metadata: Mapping[str, str]
    chunks: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its caller."""

    caller: Caller
    words: str
    k: int
    filters: Filters | None


def may_see(caller: Caller, paper: Paper) -> bool:
    return "admin" in caller.scopes or not paper.groups or bool(paper.groups & caller.groups)


def matches(filters: Filters | None, paper: Paper) -> bool:
    if filters is None:
        return True
    return (
        (not filters.collections or paper.collection in filters.collections)
        and (not filters.document_ids or paper.document_id in filters.document_ids)
        and all(paper.metadata.get(key) == value for key, value in filters.metadata.items())
    )


@dataclass(slots=True)
class World:
    """The current papers, and every way to change them, each in one transaction."""

    db: Database
    embedder: BagEmbedder = field(default_factory=BagEmbedder)
    papers: dict[tuple[str, str], Paper] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    vectors: dict[int, Vectors] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    serial: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def share(self, question: Question) -> dict[int, str]:
        """Return the chunks that the caller may see and that match the filters."""
        mine = (p for p in list(self.papers.values()) if may_see(question.caller, p) and matches(question.filters, p))
        return {number: text for paper in mine for number, text in paper.chunks.items()}

    def put(
        self,
        collection: str,
        path: str,
        texts: Sequence[str],
        groups: Sequence[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> Paper:
        """Publish these chunks: a new document, or the next version of the one there."""
        metadata = metadata or {}
        upload = _upload(collection, path, texts, groups, metadata)
        chunks = [Chunk(ordinal, text) for ordinal, text in enumerate(texts)]
        vectors = {passages.sha256(text): self.embedder.embed_query(text) for text in texts}
        with self.db.write() as session:
            passages.store_vectors(session, self.embedder.name, vectors)
            made = uploads.register_upload(session, upload, OPERATOR)
            assert passages.publish(session, made.document_id, made.version, "", chunks, {})
            stored = reading.document_chunks(session, made.document_id, OPERATOR)
        assert [passage.text for passage in stored] == list(texts)
        numbers = {passage.chunk_id: passage.text for passage in stored}
        self.texts |= numbers
        self.vectors |= {number: vectors[passages.sha256(text)] for number, text in numbers.items()}
        paper = Paper(made.document_id, collection, path, frozenset(groups), metadata, numbers)
        self.papers[collection, path] = paper
        return paper

    def regroup(self, paper: Paper, groups: Sequence[str]) -> Paper:
        """Send the same bytes again with other groups: they hold at once, and no index hears of it."""
        texts = list(paper.chunks.values())
        with self.db.write() as session:
            upload = _upload(paper.collection, paper.path, texts, groups, paper.metadata)
            assert not uploads.register_upload(session, upload, OPERATOR).fresh
        changed = replace(paper, groups=frozenset(groups))
        self.papers[paper.collection, paper.path] = changed
        return changed

    def drop(self, paper: Paper, *, purge: bool = False) -> None:
        with self.db.write() as session:
            delete_document(session, paper.document_id, OPERATOR)
            if purge:
                forgetting.purge(session, paper.document_id)
        del self.papers[paper.collection, paper.path]
        self.gone.append(paper.document_id)

    def near(self, share: Mapping[int, str], words: str) -> dict[int, float]:
        """Return the share's inner products with the question, by brute force."""
        if not share:
            return {}
        numbers = list(share)
        scores = np.stack([self.vectors[number] for number in numbers]) @ self.embedder.embed_query(words)
        return dict(zip(numbers, scores.tolist(), strict=True))


def top(scores: Weights, most: int) -> dict[int, float]:
    """Return the best of a list, best first; ties by number."""
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most])


def fused(near: Weights, worded: Weights, dense_weight: float) -> dict[int, float]:
    """Add up two lists, each scaled to 0..1, as decision 0021 describes."""
    total = dict.fromkeys((*near, *worded), 0.0)
    for weight, scores in ((dense_weight, near), (1 - dense_weight, worded)):
        low, high = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        for number, score in scores.items():
            total[number] += weight * ((score - low) / (high - low) if high > low else 1.0)
    return total


def _upload(
    collection: str, path: str, texts: Sequence[str], groups: Sequence[str], metadata: Mapping[str, str]
) -> uploads.Upload:
    blob = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return uploads.Upload(
        collection, path, "text/plain", 1, blob, path=path, groups=frozenset(groups), metadata=metadata
    )


@lru_cache(maxsize=10_000)
def _direction(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
