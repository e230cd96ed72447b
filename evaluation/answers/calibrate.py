"""Calibrate the refusal threshold on the outcome of a golden set, and activate it in the service.

Knows which questions were asked and where the calibration is stored. How a threshold is chosen is in
`generation.refusal.calibration`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.disk.home import open_home
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database, migrate
from core.store.index.serving import serving_settings
from core.store.learned import calibrations
from core.store.learned.calibrations import Calibration, Risk
from core.types import OPERATOR, Json
from evaluation.answers.outcome import Outcome
from evaluation.golden.golden_set import FOLDERS
from evaluation.golden.references import Reference, labelled
from generation.metrics import ratio
from generation.refusal import calibration as choosing
from generation.refusal.calibration import Judged

PARTS = ("answers.jsonl", "corpus.jsonl", "queries.jsonl", "qrels.tsv", "questions.jsonl")
WITHHELD = ", judged documents withheld"


def serving_calibration(settings: Settings) -> tuple[Settings, Calibration | None]:
    """Return the settings with the embedder that serves, and the active calibration.

    Without a home, the settings are returned as given, with None.
    """
    if settings.database_url.startswith("sqlite:///") and not _file(settings).is_file():
        return settings, None
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.read() as session:
            return serving_settings(session, settings), calibrations.load_calibration(session)
    finally:
        db.close()


def require_enough(questions: Sequence[Reference], risk: Risk, error: float) -> None:
    """Raise Invalid, before anything is asked, for a set that is too small for the error or of one kind only."""
    found = [known for each in questions if (known := labelled(each)) is not None]
    choosing.require_enough(found, risk, error)


def calibrate(outcome: Outcome, folder: Path, risk: Risk, error: float) -> Calibration:
    """Choose a threshold on the outcome. Raises Invalid when the set is too small or of one kind only."""
    judged = outcome.judged()
    return Calibration(
        threshold=choosing.choose_threshold(judged, risk, error),
        risk=risk,
        error=error,
        data=folder.resolve().name + (WITHHELD if any(each.reference.withheld for each in outcome.asked) else ""),
        sha256=digest(folder),
        models=outcome.models,
        answerable=tuple(sorted(each.support for each in judged if each.answerable)),
        unanswerable=tuple(sorted(each.support for each in judged if not each.answerable)),
    )


def activate(settings: Settings, calibration: Calibration) -> None:
    """Store the calibration, so that it decides in the service from now on, and note it in the audit log."""
    open_home(settings.home)
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.write() as session:
            calibrations.store_calibration(session, calibration)
            audit.record(session, OPERATOR, "calibration.keep", calibration.id, threshold=calibration.threshold)
    finally:
        db.close()


def reset(settings: Settings) -> Calibration:
    """Delete the active calibration, so that the default threshold decides, and return it. Raises Conflict if none."""
    open_home(settings.home)
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.write() as session:
            dropped = calibrations.reset_calibration(session)
            audit.record(session, OPERATOR, "calibration.drop", dropped.id)
    finally:
        db.close()
    return dropped


def calibration_report(
    calibration: Calibration, judged: Sequence[Judged], settings: Settings, *, stored: bool
) -> dict[str, Json]:
    """Return what is reported of a calibration; its shares are those on the set that it was made with."""
    shown = [each for each in judged if each.support >= calibration.threshold]
    compared = [each.at_risk("wrong") for each in shown if each.right is not None]
    return {
        "id": calibration.id,
        "kept": stored,
        "in_force": stored and settings.support_threshold is None,
        "threshold": calibration.threshold,
        "risk": calibration.risk,
        "error": calibration.error,
        "method": "conformal risk control, arXiv:2208.02814",
        "answerable": len(calibration.answerable),
        "unanswerable": len(calibration.unanswerable),
        "answerable_answered": sum(each.answerable for each in shown) / len(calibration.answerable),
        "unanswerable_answered": sum(not each.answerable for each in shown) / len(calibration.unanswerable),
        "wrong_among_shown": ratio(sum(compared), len(compared)),
        "data": calibration.data,
        "sha256": calibration.sha256,
        "models": dict(calibration.models),
        "at": calibration.at.isoformat(),
    }


def digest(folder: Path) -> str:
    """Return the SHA-256 of the set's files that exist, with their names and lengths."""
    found = hashlib.sha256()
    files = [path for name in FOLDERS for path in sorted((folder / name).rglob("*"))]
    for path in (*(folder / name for name in PARTS), *files):
        if path.is_file():
            data = path.read_bytes()
            found.update(f"{path.relative_to(folder)} {len(data)}\n".encode() + data)
    return found.hexdigest()


def _file(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))
