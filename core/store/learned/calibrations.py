"""The calibration in force: below which support questions are refused, what that promises, on what it rests.

One row, read anew at each question, so that running processes follow at once. Knows no statistics: the threshold is
chosen in `generation.refusal.calibration`. Holds figures and names, no text of a question.
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
"""Name of the row; where there is none, or an empty one, the default threshold decides."""
FORMAT = 1
"""Of the row's value; one that another version of Vouch wrote is not used."""
Risk = Literal["unanswerable", "wrong"]
"""What is kept below the stated error: answers to what the documents do not answer, or wrong answers of any kind."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold with its promise: on average over golden sets of this kind, `risk` stays at or below `error`.

    `data` and `sha256` name the golden set, `models` what its support was estimated with. `answerable` and
    `unanswerable` are the supports of its questions, for comparison with what is asked later.
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
        """A short name that answers are journaled under."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.sha256[:8]}"


def read_calibration(session: Session) -> Calibration | None:
    """Return the calibration that is kept, whichever models it was made with; None for none that can be read."""
    row = session.get(PointerRow, CALIBRATION)
    return _parsed(row.value) if row is not None and row.value is not None else None


def keep_calibration(session: Session, calibration: Calibration) -> None:
    """Let it decide from the commit on; the one before is remembered in the row and no longer used."""
    _put(session, json.dumps(asdict(calibration) | {"at": calibration.at.isoformat(), "format": FORMAT}))


def drop_calibration(session: Session) -> Calibration:
    """Go back to the default threshold and return what was in force. Raises Conflict when nothing was."""
    kept = read_calibration(session)
    if kept is None:
        raise Conflict("Nothing is calibrated: the default threshold decides already.")
    _put(session, None)
    return kept


class InForce:
    """Follows the calibration for a running service; threads may ask at the same time."""

    def __init__(self, db: Database, models: Callable[[], Mapping[str, str]]) -> None:
        """`models` names what estimates support now; a calibration made with others is not used."""
        self._db, self._models = db, models
        self._read: tuple[str, Calibration | None] | None = None

    def __call__(self) -> Calibration | None:
        """Return the calibration that decides now, None where the default does. Raises Unavailable."""
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
