"""Time one system's index and searches over given chunks and vectors: PYTHON worker.py SYSTEM IN OUT

Runs in the peers' environment: needs only numpy and one peer, and imports nothing of this project. `bench.peers.vouch`
measures Vouch with the same `measure`. `bench.peers` writes IN, reads OUT and knows the judgements.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

K, DEEP, WANTED = 10, 200, 100
"""Hits of a search as people use it, hits of a judged search, and documents that count of those."""
WARM = 20
"""Searches before the clock starts."""
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every system gets: texts to index, each with its document and its vector, and questions with vectors.

    `facts` names the models of the vectors. `tokens` are packed token vectors, one per chunk, or none; only Vouch uses
    them.
    """

    chunks: list[dict[str, Any]]
    vectors: Any
    questions: dict[str, str]
    question_vectors: Any
    tokens: list[bytes]
    facts: dict[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """The vector of each question, by its text."""
        return dict(zip(self.questions.values(), self.question_vectors, strict=True))


@dataclass(frozen=True, slots=True)
class System:
    """A system to time. `search` takes a question and a number of hits; `documents` turns its result into document ids.

    `index` may return the seconds of its steps; `start` runs between indexing and the first search.
    """

    about: str
    index: Callable[[], dict[str, float] | None]
    search: Callable[[str, int], Any]
    documents: Callable[[Any], Iterable[str]]
    start: Callable[[], None] = lambda: None


def main() -> None:
    """Measure the named system and write its figures."""
    name, inputs, out = sys.argv[1:4]
    if name not in PEERS:
        raise SystemExit(f"{name} is not one of {', '.join(PEERS)}.")
    measure_into(Path(out), read_inputs(Path(inputs)), PEERS[name])


def measure_into(out: Path, inputs: Inputs, opener: Callable[[Inputs], System]) -> None:
    """Open a system, measure it, and write a JSON file."""
    out.write_text(json.dumps(measure(opener(inputs), inputs)), encoding="utf-8")


def read_inputs(folder: Path) -> Inputs:
    """Read what `bench.peers.inputs` wrote."""
    sizes = np.load(folder / "token_sizes.npy")
    packed = np.load(folder / "tokens.npy").tobytes()
    ends = np.cumsum(sizes).tolist()
    return Inputs(
        _lines(folder / "chunks.jsonl"),
        np.load(folder / "vectors.npy"),
        {line["_id"]: line["text"] for line in _lines(folder / "questions.jsonl")},
        np.load(folder / "question_vectors.npy"),
        [packed[end - size : end] for size, end in zip(sizes.tolist(), ends, strict=True)],
        json.loads((folder / "facts.json").read_text(encoding="utf-8")),
    )


def measure(system: System, inputs: Inputs) -> Figures:
    """Index, search for K hits and for DEEP; return seconds, bytes, and the documents found, best first."""
    idle, questions = peak(), list(inputs.questions.values())
    began = time.perf_counter()
    steps = system.index()
    indexed, started = time.perf_counter() - began, seconds(system.start)
    for question in questions[:WARM]:
        system.search(question, K)
    few = [seconds(partial(system.search, question, K)) for question in questions]
    ranked, deep = {}, []
    for number, question in inputs.questions.items():
        began = time.perf_counter()
        found = system.search(question, DEEP)
        deep.append(time.perf_counter() - began)
        ranked[number] = list(dict.fromkeys(system.documents(found)))[:WANTED]
    return {
        "about": system.about,
        "index_s": indexed,
        "index_steps_s": steps or {},
        "start_s": started,
        "query_s": few,
        "deep_query_s": deep,
        "idle_rss": idle,
        "peak_rss": peak(),
        "ranked": ranked,
    }


def seconds(what: Callable[[], object]) -> float:
    """Return how many seconds a call took."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def peak() -> int:
    """Return the peak memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def open_txtai(inputs: Inputs) -> System:
    """Open txtai's hybrid index with content, all else by default: half BM25 and half dense, normalised.

    It fetches ten times as many hits of each list as are asked for, and has no setting for that.
    """
    import txtai  # type: ignore[import-not-found]

    asked = inputs.asked
    known: dict[str, Any] = {}
    texts = [chunk["embedded"] for chunk in inputs.chunks]

    def vectors(wanted: list[str]) -> Any:
        return np.stack([known[text] for text in wanted])

    index = txtai.Embeddings(method="external", transform=vectors, hybrid=True, content=True)

    def build() -> None:
        known.update(zip(texts, inputs.vectors, strict=True))
        index.index((str(at), text, None) for at, text in enumerate(texts))
        known.clear()
        known.update(asked)

    def documents(found: Any) -> list[str]:
        return [inputs.chunks[int(hit["id"])]["document"] for hit in found]

    return System(f"txtai {version('txtai')}: hybrid, with content", build, index.search, documents)


def open_haystack(inputs: Inputs) -> System:
    """Open Haystack's store in memory and a pipeline; each list is as deep as the search asks, all else by default."""
    from haystack import Document  # type: ignore[import-not-found]
    from haystack.document_stores.in_memory import InMemoryDocumentStore  # type: ignore[import-not-found]

    store = InMemoryDocumentStore()
    pipeline = _pipeline(store, {question: vector.tolist() for question, vector in inputs.asked.items()})
    rows = [
        Document(str(at), chunk["embedded"], meta={"document": chunk["document"]}, embedding=vector.tolist())
        for at, (chunk, vector) in enumerate(zip(inputs.chunks, inputs.vectors, strict=True))
    ]

    def search(question: str, count: int) -> Any:
        top = {"top_k": count}
        words = {"query": question} | top
        made = pipeline.run({"embedder": {"text": question}, "words": words, "vectors": top, "joiner": top})
        return made["joiner"]["documents"]

    def documents(found: Any) -> list[str]:
        return [hit.meta["document"] for hit in found]

    def build() -> None:
        store.write_documents(rows)

    about = f"Haystack {version('haystack-ai')}: BM25 and vectors in memory, joined by rank"
    return System(about, build, search, documents)


def _pipeline(store: Any, asked: dict[str, list[float]]) -> Any:
    """Return both retrievers and a joiner; its default (concatenate) would sort BM25 scores among cosines."""
    from haystack import Pipeline, component
    from haystack.components.joiners import DocumentJoiner  # type: ignore[import-not-found]
    from haystack.components.retrievers import in_memory  # type: ignore[import-not-found]

    @component
    class Ready:
        @component.output_types(embedding=list[float])  # type: ignore[untyped-decorator]
        def run(self, text: str) -> dict[str, list[float]]:
            return {"embedding": asked[text]}

    pipeline = Pipeline()
    pipeline.add_component("embedder", Ready())
    pipeline.add_component("words", in_memory.InMemoryBM25Retriever(store))
    pipeline.add_component("vectors", in_memory.InMemoryEmbeddingRetriever(store))
    pipeline.add_component("joiner", DocumentJoiner("reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "vectors.query_embedding")
    pipeline.connect("words", "joiner")
    pipeline.connect("vectors", "joiner")
    return pipeline


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


PEERS: dict[str, Callable[[Inputs], System]] = {"txtai": open_txtai, "haystack": open_haystack}

if __name__ == "__main__":
    main()
