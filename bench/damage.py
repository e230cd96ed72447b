"""Measures what the checks against damage cost: python -m bench.damage

Reads of stored files with and without the hash, an upload of bytes that are there, SQLite's check of the whole file,
the reads of `/readyz`, and the scrub. Files are in the system's folder for temporary files, and in its cache after the
first read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from core.blobs import FileBlobs
from core.disk.database_check import check, require_sound
from core.disk.scrub import scrub_all
from core.store import jobs, passages
from core.store.database import Database, migrate
from core.store.uploads import Upload, register_upload
from core.types import OPERATOR

VECTORS, JOBS, FILES = 200_000, 20_000, 2_000


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        blobs, data = FileBlobs(home / "blobs"), os.urandom(10 << 20)
        key = blobs.put(data)
        path = next((home / "blobs").rglob(key))
        print(f"10 MiB: read {best(path.read_bytes):.1f} ms, with its hash {best(lambda: blobs.get(key)):.1f} ms")
        print(f"10 MiB: put of bytes that are there {best(lambda: blobs.put(data)):.1f} ms")
        db = filled(home)
        size = (home / "vouch.db").stat().st_size >> 20
        print(f"SQLite of {size} MiB: whole check {best(lambda: check(db, home), 3):.0f} ms")
        print(f"SQLite: reads of /readyz {best(lambda: require_sound(db, home)):.1f} ms")
        register(db, blobs)
        began = time.perf_counter()
        count = scrub_all(db, blobs, 600)
        print(f"scrub of {count} files of 100 kB: {count / (time.perf_counter() - began):.0f} files/s")
        db.close()


def best(act: Callable[[], object], times: int = 10) -> float:
    """Return the milliseconds of the fastest of several calls."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return min(seconds) * 1000


def filled(home: Path) -> Database:
    """Return a database with vectors and jobs."""
    import numpy as np

    db = Database(f"sqlite:///{home / 'vouch.db'}")
    migrate(db)
    row = np.random.default_rng(1).random(384, dtype=np.float32)
    for start in range(0, VECTORS, 10_000):
        with db.write() as session:
            found = {passages.sha256(f"{number}"): row for number in range(start, start + 10_000)}
            passages.store_vectors(session, "bench", found)
    with db.write() as session:
        for number in range(JOBS):
            jobs.enqueue(session, "ingest", document_id=f"doc_{number}", version=1)
    return db


def register(db: Database, blobs: FileBlobs) -> None:
    """Store files of 100 kB and register each as a document."""
    with db.write() as session:
        for number in range(FILES):
            given = Upload("bench", f"{number}.txt", "text/plain", 100_000, blobs.put(os.urandom(100_000)))
            register_upload(session, given, OPERATOR)


if __name__ == "__main__":
    main()
