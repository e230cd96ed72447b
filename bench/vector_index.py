"""Times the dense base by size: python -m bench.vector_index 10000 100000 [--device cuda:0] [--dimension 384]

Vectors are clustered, as those of texts are. Prints one JSON line a size: seconds to build, bytes on disk, median
milliseconds of a question (all, half and a hundredth of the rows wanted), and recall@10 against the exact scan.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from core.ports import Ids, Vectors
from retrieval.faiss_base import SelectingBase, faiss, load_base, new_base, use_all_threads
from retrieval.faiss_index import FaissIndex

QUESTIONS, K = 200, 10


def main() -> None:
    """Read the arguments and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dimension", type=int, default=384)
    given = parser.parse_args()
    for rows in given.rows:
        print(json.dumps(measure(rows, given.dimension, given.device)), flush=True)


def measure(rows: int, dimension: int, device: str) -> dict[str, float | str]:
    """Build a base of `rows` random vectors, load it on `device` as serving does, and time questions."""
    vectors, questions = clustered(rows, dimension, seed=1), clustered(QUESTIONS, dimension, seed=2)
    ids: Ids = np.arange(rows, dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "base"
        began = time.perf_counter()
        use_all_threads()
        built = new_base(dimension, rows)
        built.add(vectors)
        faiss.write_index(built, str(file))
        seconds, size = time.perf_counter() - began, file.stat().st_size
        served = FaissIndex(dimension, load_base(file, device), ids)
        exact = FaissIndex(dimension, SelectingBase(SelectingBase(built).flat), ids)
        right = sum(len(_ids(served, q, None) & _ids(exact, q, None)) for q in questions)
        return {
            "rows": rows, "device": served.device, "kind": type(built).__name__, "build_s": seconds, "bytes": size,
            "all_ms": _ms(served, questions, None), "half_ms": _ms(served, questions, ids[::2]),
            "hundredth_ms": _ms(served, questions, ids[::100]), "recall@10": right / (QUESTIONS * K),
        }  # fmt: skip


def clustered(rows: int, dimension: int, seed: int, centres: int = 500) -> Vectors:
    """Return unit vectors around shared random centres."""
    middle = np.random.default_rng(0).standard_normal((centres, dimension)).astype(np.float32)
    random = np.random.default_rng(seed)
    vectors = middle[random.integers(centres, size=rows)] + random.standard_normal((rows, dimension), dtype=np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _ids(index: FaissIndex, question: Vectors, allowed: Ids | None) -> set[int]:
    return {hit.chunk_id for hit in index.search(question, K, allowed)}


def _ms(index: FaissIndex, questions: Vectors, allowed: Ids | None) -> float:
    spent = []
    for question in questions:
        began = time.perf_counter()
        index.search(question, K, allowed)
        spent.append(time.perf_counter() - began)
    return median(spent) * 1000


if __name__ == "__main__":
    main()
