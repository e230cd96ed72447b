"""Time search, embedding and reading on a GPU: python -m bench.gpu --rows 1000000 [--device cuda:0] [--clients 1 8 64]

Prints one JSON line per measurement: questions per second with their p50 and p95 in milliseconds for each number of
clients, against the bound that the device's memory sets; then texts per second for each batch size; with --reader URL
questions per second for each number of clients; with --corpus FOLDER (text files) searches from question to ranked
passages. `--device cpu --rows 20000` runs anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import structlog
import torch

from bench.clusters import clustered
from core.errors import VouchError
from core.ports import Embedder, Ids, Reader, ReaderText, Vectors
from core.settings import Settings, load_settings
from core.store import uploads
from core.store.database import Database, migrate
from core.store.passages import publish, sha256
from core.types import OPERATOR, Chunk
from generation.evidence.reading import MOST
from retrieval.dense.base import CpuBase, faiss
from retrieval.dense.device import CPU, Device
from retrieval.dense.gpu import on_device
from retrieval.dense.index import FaissIndex
from retrieval.lifecycle.publish import build_snapshot
from retrieval.lifecycle.vectors import embed_rest
from retrieval.models.embedder import open_embedder
from retrieval.models.readers.open import find_reader
from retrieval.search import open_searcher

K = 200
"""Hits that a search asks of the dense list."""
FRESH_SHARE, DEAD_SHARE = 0.01, 0.01
BLOCK = 1_000_000
Line = dict[str, float | int | str]


def main() -> None:
    """Read the arguments and print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32, 128, 512])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--embedder", default="sentence-transformers://bge-small-en-v1.5")
    parser.add_argument("--reader", help="such as torch://vouch-reader-2; the weights must be here")
    parser.add_argument("--corpus", type=Path, help="a folder of text files: search them from question to passages")
    args = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    speed = copy_speed(args.device)
    show({"what": "copy", "device": args.device, "gb_per_s": speed / 1e9})
    for rows in args.rows:
        for line in searching(rows, args.dimension, args.device, args.clients, args.seconds, speed):
            show(line)
    for line in embedding(args.embedder, args.device, args.batches, args.seconds):
        show(line)
    if args.reader is not None:
        for line in reading(args.reader, args.device, args.clients, args.seconds):
            show(line)
    if args.corpus is not None:
        for line in end_to_end(args.corpus, args.embedder, args.device, args.clients, args.seconds):
            show(line)


def show(line: Mapping[str, float | int | str]) -> None:
    """Print a JSON line, with figures rounded to four digits."""
    print(json.dumps({k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in line.items()}), flush=True)


def copy_speed(device: str) -> float:
    """Return the bytes per second that the device reads and writes in the best of ten copies of a large block."""
    size = (2**30 if device != CPU else 2**27) // 4
    source = torch.ones(size, dtype=torch.float32, device=device)
    target, best = torch.empty_like(source), 0.0
    for _ in range(10):
        _wait(device)
        began = time.perf_counter()
        target.copy_(source)
        _wait(device)
        best = max(best, 2 * 4 * size / (time.perf_counter() - began))  # each byte is read once and written once
    return best


def searching(rows: int, dimension: int, name: str, clients: list[int], seconds: float, speed: float) -> Iterator[Line]:
    """Time searches of a base in each precision. `share_of_bound` above 1 means that questions shared a scan."""
    flat = faiss.IndexFlatIP(dimension)
    for start in range(0, rows, BLOCK):
        flat.add(clustered(min(BLOCK, rows - start), dimension, seed=start + 1))
    mapped = CpuBase(flat)
    for float16 in (False, True) if name != CPU else (False,):
        bound = speed / (rows * dimension * (2 if float16 else 4))
        yield from _one_precision(mapped, Device(name, float16=float16), clients, seconds, bound)


def _one_precision(mapped: CpuBase, device: Device, clients: list[int], seconds: float, bound: float) -> Iterator[Line]:
    rows, dimension = mapped.flat.ntotal, mapped.flat.d
    questions = clustered(2000, dimension, seed=0)
    began = time.perf_counter()
    index = FaissIndex(dimension, on_device(mapped, device), np.arange(rows, dtype=np.int64))
    head: Line = {
        "what": "search", "rows": rows, "device": index.device, "float16": int(device.float16), "k": K,
        "load_s": time.perf_counter() - began, "scans_per_s_bound": bound,
    }  # fmt: skip
    for state in ("base alone", "1 % fresh, 1 % dead"):
        if state != "base alone":
            _age(index, rows, dimension)
        for count in clients:
            figures = hammer(lambda at: index.search(questions[at % len(questions)], K), count, seconds)
            yield head | {"state": state, "clients": count} | figures | {"share_of_bound": figures["per_s"] / bound}


def embedding(url: str, device: str, batches: list[int], seconds: float) -> Iterator[Line]:
    """Time an embedder in each precision by batch size, and questions from eight threads."""
    for dtype in ("float32", "float16", "bfloat16") if device != CPU else ("float32",):
        try:
            model = open_embedder(settings_for(f"{url}?device={device}&dtype={dtype}"))
        except VouchError as error:
            yield {"what": "embed", "skipped": error.message}
            return
        yield from _one_embedder(model, dtype, batches, seconds)


def _one_embedder(model: Embedder, dtype: str, batches: list[int], seconds: float) -> Iterator[Line]:
    head: Line = {"what": "embed", "device": model.device, "dtype": dtype}
    text = "The warranty lasts two years from the date of purchase; keep the receipt. " * 6
    texts = [f"{number} {text}" for number in range(max(batches))]
    for size in batches:
        figures = hammer(partial(_embed, model, texts[:size]), 1, seconds)
        yield head | {"batch": size, "texts_per_s": figures["per_s"] * size, "p50_ms": figures["p50_ms"]}
    figures = hammer(lambda at: model.embed_query(f"How long is warranty {at}?"), 8, seconds)
    yield head | {"clients": 8, "questions_per_s": figures["per_s"], "p95_ms": figures["p95_ms"]}


def _embed(model: Embedder, texts: list[str], _: int) -> None:
    model.embed_passages(texts)


def reading(url: str, device: str, clients: list[int], seconds: float) -> Iterator[Line]:
    """Time questions that a reader answers from as many windows as the service gives it, in each precision."""
    passage = "The warranty lasts two years from the date of purchase; keep the receipt. " * 10
    texts = [ReaderText(f"{number} {passage}", ((0, 300), (300, 700))) for number in range(MOST // len(passage))]
    for dtype in ("float32", "float16", "bfloat16") if device != CPU else ("float32",):
        settings = load_settings().model_copy(update={"reader_url": f"{url}?device={device}&dtype={dtype}"})
        reader, problem = find_reader(settings, None)
        if reader is None:
            yield {"what": "read", "skipped": problem or "no reader"}
            return
        read = partial(_read, reader, texts)
        for count in clients:
            head: Line = {"what": "read", "device": reader.device, "dtype": dtype, "clients": count}
            yield {**head, **hammer(read, count, seconds)}


def _read(reader: Reader, texts: list[ReaderText], at: int) -> None:
    reader.read(f"How long is warranty {at}?", texts)


def end_to_end(corpus: Path, url: str, device: str, clients: list[int], seconds: float) -> Iterator[Line]:
    """Publish a folder of text files, build its snapshot, and time searches with embedding, both lists and text."""
    options = f"?device={device}"
    with TemporaryDirectory() as home:
        settings = settings_for(url + options).model_copy(
            update={"index_url": f"faiss://{home}/index{options}", "reranker_url": "none://", "late_url": "none://"}
        )
        db = Database(f"sqlite:///{home}/vouch.db")
        migrate(db)
        embedder = open_embedder(settings)
        texts = _publish_files(db, corpus)
        embed_rest(db, embedder, lambda *_: None)
        build_snapshot(db, settings, embedder.name, embedder.dimension)
        searcher = open_searcher(settings, db, embedder=embedder)
        for count in clients:
            figures = hammer(lambda at: searcher.search(OPERATOR, texts[at % len(texts)][:80], k=10), count, seconds)
            head: Line = {"what": "question to passages", "chunks": len(texts), "clients": count}
            yield {**head, **searcher.devices, **figures}
        searcher.close()
        db.close()


def hammer(ask: Callable[[int], object], clients: int, seconds: float) -> dict[str, float]:
    """Call `ask` from `clients` threads at once, after a warm-up; return calls per second and their percentiles."""
    spent: list[list[float]] = [[] for _ in range(clients)]
    errors: list[BaseException] = []
    for at in range(3):
        ask(at)
    began = time.perf_counter()

    def client(mine: list[float], at: int) -> None:
        try:
            while time.perf_counter() - began < seconds:
                start = time.perf_counter()
                ask(at)
                mine.append(time.perf_counter() - start)
                at += clients
        except Exception as error:  # a thread's boundary: raised again below
            errors.append(error)

    threads = [threading.Thread(target=client, args=(mine, at)) for at, mine in enumerate(spent)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    took, every = time.perf_counter() - began, np.concatenate([np.array(mine) for mine in spent])
    p50, p95 = np.percentile(every, [50, 95]) * 1000
    return {"per_s": len(every) / took, "p50_ms": float(p50), "p95_ms": float(p95)}


def settings_for(embedder_url: str) -> Settings:
    """Return the settings of this machine with another embedder."""
    return load_settings().model_copy(update={"embedder_url": embedder_url})


def _age(index: FaissIndex, rows: int, dimension: int) -> None:
    """Remove a hundredth of the base and add as many fresh rows."""
    few = max(1, int(rows * FRESH_SHARE))
    index.remove(np.random.default_rng(0).choice(rows, size=max(1, int(rows * DEAD_SHARE)), replace=False))
    fresh: Ids = np.arange(rows, rows + few, dtype=np.int64)
    vectors: Vectors = clustered(few, dimension, seed=7)
    index.add(fresh, vectors)


def _publish_files(db: Database, corpus: Path) -> list[str]:
    texts: list[str] = []
    for path in sorted(corpus.rglob("*.txt")):
        parts = [part.strip() for part in path.read_text(errors="replace").split("\n\n") if part.strip()]
        chunks = [Chunk(ordinal, part[:2000]) for ordinal, part in enumerate(parts)]
        upload = uploads.Upload("bench", path.name, "text/plain", 1, sha256(str(path)), path=str(path))
        with db.write() as session:
            made = uploads.register_upload(session, upload, OPERATOR)
            publish(session, made.document_id, made.version, path.stem, chunks, {})
        texts += [chunk.text for chunk in chunks]
    return texts


def _wait(device: str) -> None:
    if device != CPU:
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
