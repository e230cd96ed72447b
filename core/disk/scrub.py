"""The scrub: read the blobs that the database needs, compare each with its key, store which are damaged or missing.

A disk that changes or loses a file reports nothing; only reading it shows that. Nothing is repaired here: the same
bytes must be stored again. When each blob is due is in `core.store.blob_checks`. Decision 0083.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import structlog

from core.errors import BlobDamaged, BlobMissing
from core.ports import Blobs
from core.store import blob_checks
from core.store.blob_checks import BlobState
from core.store.database import Database

BATCH = 500
"""Blobs whose results are stored in one transaction."""

log = structlog.get_logger()


def scrub(db: Database, blobs: Blobs, seconds: float) -> int:
    """Check the blobs that are due, until none is left or the time is up; return how many. Raises Unavailable.

    A run continues where the last one stopped, also in another process.
    """
    until = time.monotonic() + seconds
    with db.write() as session:
        blob_checks.follow(session)
    checked = 0
    while time.monotonic() < until:
        with db.read() as session:
            keys = blob_checks.due(session, BATCH)
        if not keys:
            break
        checked += _check(db, blobs, keys, until)
    return checked


def scrub_all(db: Database, blobs: Blobs, seconds: float) -> int:
    """Check all blobs, due or not, those with the oldest check first; return how many there was time for."""
    until = time.monotonic() + seconds
    with db.write() as session:
        blob_checks.follow(session)
    with db.read() as session:
        keys = iter(blob_checks.oldest_first(session))
    checked = 0
    while (batch := list(islice(keys, BATCH))) and time.monotonic() < until:
        checked += _check(db, blobs, batch, until)
    return checked


def read(db: Database, blobs: Blobs, key: str) -> bytes:
    """Return the bytes of a blob that the database needs; if they are damaged or missing, store that and raise.

    Raises BlobDamaged, BlobMissing, Unavailable.
    """
    try:
        return blobs.get(key)
    except BlobDamaged as error:
        _record(db, {key: _state(error)})
        raise


def describe_bad(damaged: int, missing: int) -> str | None:
    """Return a sentence about damaged and missing files with what to do; None if there are none."""
    if not damaged + missing:
        return None
    what = [f"{count} damaged" for count in (damaged,) if count] + [f"{count} missing" for count in (missing,) if count]
    return (
        f"Stored files: {', '.join(what)}. `vouch doctor` names them: upload each again, or restore it from a backup."
    )


def _check(db: Database, blobs: Blobs, keys: Iterable[str], until: float) -> int:
    """Check keys until the time is up, at least one; store and log the results, and return how many there are."""
    states: dict[str, BlobState] = {}
    for key, state in _states(blobs, keys):
        states[key] = state
        if time.monotonic() > until:
            break
    _record(db, states)
    return len(states)


def _record(db: Database, states: Mapping[str, BlobState]) -> None:
    """Store the results and log the bad ones, except of blobs that were purged since they were read."""
    with db.write() as session:
        needed = blob_checks.record(session, states)
    for key in needed:
        if states[key] in blob_checks.BAD:
            log.error("stored_file_" + states[key], blob=key)


def _states(blobs: Blobs, keys: Iterable[str]) -> Iterator[tuple[str, BlobState]]:
    for key in keys:
        try:
            blobs.get(key)
        except BlobDamaged as error:
            yield key, _state(error)
        else:
            yield key, "whole"


def _state(error: BlobDamaged) -> BlobState:
    return "missing" if isinstance(error, BlobMissing) else "damaged"
