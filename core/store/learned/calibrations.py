"""The active calibration: the support below which questions are refused, its promise, and the data behind it.

One row that is read at each question, so running processes use a new one at once. Knows no statistics:
`generation.refusal.calibration` chooses the threshold. Stores figures and names, no text of a question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict
from core.store.database import Database
from core.store.tables import PointerRow

CALIBRATION = "calibration"
"""Name of the row; without one, or with an empty one, the default threshold decides."""
FORMAT = 1
"""The format of the row's value; a value of another format is not used."""
Risk = Literal["unanswerable", "wrong"]
"""What stays below the stated error: answers to questions that the documents do not answer, or all wrong answers."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold with its promise: on average over golden sets of this kind, `risk` stays at or below `error`.

    `data` and `sha256` name the golden set, `models` the models that its support was estimated with. `answerable` and
    `unanswerable` are the supports of its questions, for comparison with later questions.
    """

    threshold: float
    risk: Risk
    error: float
    data: str
    sha256: str
    models: Mapping[str, str]
    answerable: tuple[float, ...]
    unanswerable: tuple[float, ...]
    at: datetime = field(default_factory=now)

    @property
    def id(self) -> str:
        """A short name, which answers are stored with."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.sha256[:8]}"


def load_calibration(session: Session) -> Calibration | None:
    """Return the stored calibration, for whichever models; None if there is none or it has another format."""
    row = session.get(PointerRow, CALIBRATION)
    return _parsed(row.value) if row is not None and row.value is not None else None


def store_calibration(session: Session, calibration: Calibration) -> None:
    """Store the calibration, which decides from the commit on; the row holds the previous one too, unused."""
    _put(session, json.dumps(asdict(calibration) | {"at": calibration.at.isoformat(), "format": FORMAT}))


def reset_calibration(session: Session) -> Calibration:
    """Go back to the default threshold and return the calibration that was active. Raises Conflict without one."""
    active = load_calibration(session)
    if active is None:
        raise Conflict("There is no calibration: the default threshold decides already.")
    _put(session, None)
    return active


class ActiveCalibration:
    """Returns the calibration that a running service must use. Thread-safe."""

    def __init__(self, db: Database, models: Callable[[], Mapping[str, str]]) -> None:
        """`models` returns the models that estimate support now; a calibration made with others is not used."""
        self._db, self._models = db, models
        self._read: tuple[str, Calibration | None] | None = None

    def __call__(self) -> Calibration | None:
        """Return the calibration that decides now; None if the default decides. Raises Unavailable."""
        with self._db.read() as session:
            row = session.get(PointerRow, CALIBRATION)
        if row is None or row.value is None:
            return None
        read = self._read
        if read is None or read[0] != row.value:
            self._read = read = row.value, _parsed(row.value)
        found = read[1]
        return found if found is not None and found.models == dict(self._models()) else None


def _put(session: Session, value: str | None) -> None:
    row = session.get(PointerRow, CALIBRATION, with_for_update=True)
    if row is None:
        row = PointerRow(name=CALIBRATION, value=None, previous=None, updated_at=now())
        session.add(row)
    row.previous, row.value, row.updated_at = row.value, value, now()
    session.flush()


def _parsed(value: str) -> Calibration | None:
    given = json.loads(value)
    if given.pop("format") != FORMAT:
        return None
    found = Calibration(**given | {"at": datetime.fromisoformat(given["at"])})
    return replace(found, answerable=tuple(found.answerable), unanswerable=tuple(found.unanswerable))
