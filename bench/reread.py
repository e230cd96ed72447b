"""Read all documents of a running service again, as after an upgrade, and ask it meanwhile.

    python -m bench.reread URL KEY [--seconds 60]

KEY is a key of an administrator, or a file that holds one (`VOUCH_HOME/admin.key`). The settings must name the same
home as the service's. It asks one question after the other for `--seconds` seconds, then marks every version that
serves as read by an older reader and asks until all have been read again. Prints one JSON object: documents, seconds,
documents per second, how many could not be read again, passages before and after, the size of the database in MiB
before and after, and the times of answers before and meanwhile (p50, p95, most, in seconds).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
from sqlalchemy import func, select, update

from bench.load import ROUTERS, quantiles
from core.settings import Settings, load_settings
from core.store import passages, reread
from core.store.database import Database
from core.store.tables import DocumentRow, VersionRow
from core.types import Json

PAUSE_S = 0.2


def main() -> None:
    """Read all again and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--questions", type=Path)
    given = parser.parse_args()
    key = Path(given.key).read_text().strip() if Path(given.key).is_file() else given.key
    questions = _questions(given.questions)
    settings = load_settings()
    db = Database(settings.database_url)
    client = httpx.Client(base_url=given.url, headers={"Authorization": f"Bearer {key}"}, timeout=120)
    until = time.monotonic() + given.seconds
    before = list(_asked(client, questions, lambda: time.monotonic() < until))
    found: dict[str, Json] = {"passages_before": _count(db), "database_mib_before": _size(settings)}
    documents = _mark_old(db)
    began = time.monotonic()
    meanwhile = list(_asked(client, questions, lambda: _left(db) > 0))
    seconds = time.monotonic() - began
    found |= {
        "documents": documents,
        "seconds": round(seconds, 1),
        "documents_per_s": round(documents / seconds, 2),
        "not_read_again": _failed(db),
        "passages_after": _count(db),
        "database_mib_after": _size(settings),
        "answers_before": quantiles(before),
        "answers_meanwhile": quantiles(meanwhile),
    }
    print(json.dumps(found))


def _questions(file: Path | None) -> Sequence[str]:
    return ROUTERS if file is None else [json.loads(line)["text"] for line in file.read_text().splitlines() if line]


def _asked(client: httpx.Client, questions: Sequence[str], goes_on: Callable[[], bool]) -> Iterator[float]:
    """Ask while `goes_on`, and yield the seconds of each answer."""
    number = 0
    while goes_on():
        began = time.monotonic()
        client.post("/v1/answers", json={"question": questions[number % len(questions)]}).raise_for_status()
        yield time.monotonic() - began
        number += 1
        time.sleep(PAUSE_S)


def _mark_old(db: Database) -> int:
    with db.write() as session:
        session.execute(update(VersionRow).where(VersionRow.state == "serving").values(reader=None))
        return reread.count_old(session)


def _left(db: Database) -> int:
    """Return how many versions that serve have not been read by the reader of today."""
    serves = (DocumentRow.id == VersionRow.document_id) & (DocumentRow.serving_version == VersionRow.version)
    query = select(func.count()).select_from(VersionRow).join(DocumentRow, serves).where(VersionRow.reader.is_(None))
    with db.read() as session:
        return session.scalar(query) or 0


def _failed(db: Database) -> int:
    with db.read() as session:
        rows = session.scalars(select(VersionRow.report).where(VersionRow.state == "serving"))
        return sum("not_read_again" in report for report in rows)


def _count(db: Database) -> int:
    with db.read() as session:
        return passages.chunk_count(session)


def _size(settings: Settings) -> float:
    return round(sum(file.stat().st_size for file in settings.home.glob("vouch.db*")) / 2**20, 1)


if __name__ == "__main__":
    main()
