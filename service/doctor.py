"""The checks of `vouch doctor`: one function for each, and each returns a sentence that says what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import structlog

from core.blobs import open_blobs
from core.disk import database_check
from core.disk.home import open_files, open_home
from core.disk.scrub import scrub_all
from core.errors import VouchError
from core.log import where
from core.ports import JobQueue
from core.settings import Settings
from core.store import blob_checks, counts, jobs, passages
from core.store.access import keys
from core.store.database import Database, migrate, schema_version
from core.store.index.serving import configured_pair, load_pointer, serving_settings
from core.store.learned import calibrations
from core.weights import models
from generation.refusal import support
from generation.refusal.drift import LATEST, LEAST, LEVEL, Drift, drift
from generation.refusal.support import DEFAULT_THRESHOLD
from service.keys import FIRST_KEY
from service.run_job import INGEST_KINDS, LEARNING_KINDS

ENOUGH_DISK = 2 << 30
SCRUB_S = 30.0
"""Seconds that reading the stored files may take; the worker reads all of them over a day."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check: good, a note (something works less well than it could), or bad."""

    name: str
    state: Literal["good", "note", "bad"]
    detail: str


def examine(settings: Settings, queue: JobQueue) -> list[Check]:
    """Run every check and return the results; a check that raises is bad, and the others still run."""
    checks: dict[str, Callable[[Settings], Check]] = {
        "python": _python,
        "home": _home,
        "database": _database,
        "broker": partial(_broker, queue),
        "documents": _blobs,
        "weights": _weights,
        "reader": _reader,
        "parser": _parser,
        "ocr": _ocr,
        "office": _office,
        "device": _device,
        "serving": _serving,
        "index": _index,
        "refusals": _refusals,
        "jobs": _jobs,
    }
    return [_run(name, check, settings) for name, check in checks.items()]


def _run(name: str, check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except VouchError as error:
        return Check(name, "bad", str(error))
    except Exception as error:  # a check's boundary: the command reports a failure, it does not fail
        log.error("check_failed", check=name, error=type(error).__name__, at=where(error))
        return Check(name, "bad", f"an unexpected {type(error).__name__}; the log has its place")


def _python(_: Settings) -> Check:
    return Check("python", "good", sys.version.split()[0])


def _home(settings: Settings) -> Check:
    open_home(settings.home)
    readable = sum(1 for _ in open_files(settings.home))
    if readable:
        advice = f"run `chmod -R go-rwx {settings.home}`"
        return Check("home", "note", f"{readable} files in {settings.home} can be read by other users; {advice}")
    free = shutil.disk_usage(settings.home).free
    detail = f"{settings.home}, {free / 2**30:.1f} GiB free"
    return Check("home", "good" if free > ENOUGH_DISK else "note", detail)


def _database(settings: Settings) -> Check:
    db = Database(settings.database_url)
    sound = database_check.check(db, settings.home)
    if sound.problem is not None:
        return Check("database", "bad", sound.problem)
    migrate(db)
    current, newest = schema_version(db)
    if current != newest:
        return Check("database", "bad", f"schema {current}, the code needs {newest}; run `vouch migrate`")
    with db.read() as session:
        emptied = db.is_sqlite and (settings.home / FIRST_KEY).exists() and not keys.list_keys(session)
    if emptied:
        known = f"has no keys, but {settings.home / FIRST_KEY} exists: its file was emptied or replaced"
        return Check("database", "bad", f"{known}; restore a backup, or run `vouch up` to begin with an empty one")
    return Check("database", "good", f"{db.engine.dialect.name}, schema {current}")


def _broker(queue: JobQueue, settings: Settings) -> Check:
    reason = queue.problem()
    scheme = settings.broker_url.split("://", 1)[0]
    return Check("broker", "good", scheme) if reason is None else Check("broker", "bad", f"{scheme}: {reason}")


def _blobs(settings: Settings) -> Check:
    blobs = open_blobs(settings.blobs_url)
    blobs.delete(blobs.put(b"vouch doctor was here"))
    store = f"{settings.blobs_url.split('://', 1)[0]} store, writable"
    db = Database(settings.database_url)
    checked = scrub_all(db, blobs, SCRUB_S)
    with db.read() as session:
        found, bad = blob_checks.counts(session), blob_checks.bad_blobs(session)
    detail = f"{store}; {checked} of {found.total} stored files compared with their hashes now"
    if not bad:
        return Check("documents", "good", detail)
    named = "; ".join(f"{blob.state}: {blob.needed_by!r} ({blob.key[:12]}…)" for blob in bad)
    counted = f"{found.damaged} damaged, {found.missing} missing: upload each again, or restore it from a backup"
    return Check("documents", "bad", f"{detail}; {counted}. {named}")


def _weights(settings: Settings) -> Check:
    needed = [name for name in models.defaults() if models.manifest()[name].role != "reader"]
    for name in needed:
        models.verify(settings.models_dir, name)
    return Check("weights", "good", f"{len(needed)} default models in {settings.models_dir}, hashes match")


def _reader(settings: Settings) -> Check:
    """Check the reader apart from the other weights: without it Vouch answers, but worse."""
    from retrieval.models.reader import find_reader
    from retrieval.models.reranker import open_reranker

    reader, problem = find_reader(settings, open_reranker(settings))
    if problem is not None:
        return Check("reader", "note", problem)
    name = reader.name if reader is not None else "shared words, without a model"
    if settings.reader_url.split(":", 1)[0] == "none":
        return Check("reader", "note", f"{name}, slower and worse than a reader: VOUCH_READER_URL is none://")
    return Check("reader", "good", name)


def _parser(settings: Settings) -> Check:
    from ingest.sandbox.parent import Sandbox

    with Sandbox(settings) as sandbox:
        parsed = sandbox.parse(b"vouch doctor was here", "text/plain", "doctor.txt")
        isolation = sandbox.isolation
    return Check("parser", "good" if parsed.elements else "bad", f"runs in its own process, {isolation}")


def _ocr(settings: Settings) -> Check:
    if shutil.which("tesseract"):
        return Check("ocr", "good", f"tesseract, languages {settings.ocr_languages}")
    return Check(
        "ocr", "note", "tesseract is not installed: scans and images are rejected (apt-get install tesseract-ocr)"
    )


def _office(_: Settings) -> Check:
    from ingest.readers.libreoffice import CONVERSIONS, available, is_read_here

    lacking = {kind: each for kind, each in CONVERSIONS.items() if not available(kind) and not is_read_here(kind)}
    if not lacking:
        return Check("office", "good", f"LibreOffice reads {', '.join(each.ending for each in CONVERSIONS.values())}")
    packages = " ".join(sorted({f"libreoffice-{each.component}-nogui" for each in lacking.values()}))
    endings = ", ".join(each.ending for each in lacking.values())
    detail = (
        f"LibreOffice is not installed, or not all of it: {endings} files are rejected (apt-get install {packages})"
    )
    return Check("office", "note", detail)


def _device(settings: Settings) -> Check:
    from retrieval.models.embedder import open_embedder

    with Database(settings.database_url).read() as session:
        serving = serving_settings(session, settings)
    return Check("device", "good", f"embedder on {open_embedder(serving).device}")


def _serving(settings: Settings) -> Check:
    with Database(settings.database_url).read() as session:
        moved = load_pointer(session)
    here = settings.masked()
    if moved is None:
        return Check("serving", "good", f"{here['index_url']} with {here['embedder_url']}, as the settings say")
    there = moved.pair.applied_to(settings).masked()
    detail = (
        f"{there['index_url']} with {there['embedder_url']}, since `vouch reindex` at {moved.at:%Y-%m-%d %H:%M} UTC"
    )
    if moved.pair == configured_pair(settings):
        return Check("serving", "good", detail)
    differs = f"; the settings name {here['index_url']} with {here['embedder_url']}, which are not used"
    return Check("serving", "note", detail + differs)


def _index(settings: Settings) -> Check:
    from retrieval.search import open_searcher

    db = Database(settings.database_url)
    searcher = open_searcher(settings, db)
    try:
        device, problem = searcher.device, searcher.problem()
    finally:
        searcher.close()
    if problem is not None:
        return Check("index", "bad", problem)
    with db.read() as session:
        serving = passages.chunk_count(session)
    return Check("index", "good", f"{serving} chunks, on {device}")


def _refusals(settings: Settings) -> Check:
    db = Database(settings.database_url)
    with db.read() as session:
        stored = calibrations.load_calibration(session)
    if settings.support_threshold is not None:
        unused = f"; the calibration on {stored.data} is not used" if stored else ""
        detail = f"below a support of {settings.support_threshold:g}, from VOUCH_SUPPORT_THRESHOLD{unused}"
        return Check("refusals", "note" if stored else "good", detail)
    if stored is None:
        return Check("refusals", "good", f"below a support of {DEFAULT_THRESHOLD:g}, the default; not calibrated")
    calibrated = f"calibrated on {stored.data} at {stored.at:%Y-%m-%d %H:%M} UTC"
    calibrated += f" for an error of {stored.error:g} ({stored.risk})"
    if changed := _changed(settings, db, stored.models):
        advice = f"the default {DEFAULT_THRESHOLD:g} is used; run `vouch eval answers DIR --calibrate`"
        return Check("refusals", "note", f"{calibrated} with another {', '.join(changed)}, so not used: {advice}")
    with db.read() as session:
        found = drift(stored, counts.latest_supports(session, stored.id, LATEST))
    state, comparison = _drift_report(found)
    return Check("refusals", state, f"below a support of {stored.threshold:g}, {calibrated}; {comparison}")


def _changed(settings: Settings, db: Database, made_with: Mapping[str, str]) -> list[str]:
    from generation.evidence.reading import SharedWords
    from retrieval.models.reader import open_reader
    from retrieval.models.reranker import open_reranker
    from retrieval.search import open_searcher

    searcher = open_searcher(settings, db)
    try:
        reader = open_reader(settings, open_reranker(settings)) or SharedWords()
        models = support.made_with({**searcher.models, "reader": reader.name}, settings.search_k)
    finally:
        searcher.close()
    return sorted(name for name in {*models, *made_with} if models.get(name) != made_with.get(name))


def _drift_report(found: Drift | None) -> tuple[Literal["good", "note"], str]:
    if found is None:
        return "good", f"too few answers since then to compare ({LEAST} are needed)"
    shares = f"{found.refused:.0%} of the latest {found.answers} questions are below it,"
    shares += f" {found.refused_then:.0%} of the calibration set;"
    shares += f" mean support {found.support:.2f}, in the set {found.support_then:.2f}"
    if not found.drifted:
        return "good", shares
    figures = f"Kolmogorov-Smirnov {found.distance:.2f} over {found.critical:.2f}, level {LEVEL:g}"
    return "note", f"{shares}: questions have drifted from the set ({figures}); add recent ones and calibrate again"


def _jobs(settings: Settings) -> Check:
    with Database(settings.database_url).read() as session:
        failed = jobs.list_jobs(session, state="failed", limit=200)
        waiting = jobs.waiting(session, sorted((*INGEST_KINDS, *LEARNING_KINDS)), limit=200)
    detail = f"{len(waiting)} waiting, {len(failed)} failed"
    return Check("jobs", "note" if failed else "good", detail)
