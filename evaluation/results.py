"""What a measurement returns: a row for each item, and the figures over all of them. Knows no measure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.types import Json


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One row for each item, in their order, and the figures over all of them."""

    rows: tuple[dict[str, Json], ...]
    summary: dict[str, Json]


def write_rows(path: Path, rows: Iterable[Mapping[str, Json]]) -> None:
    """Write the rows as JSON lines."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
