"""One file with one doubtful sentence, which its reader sees or does not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ORDINARY = ("The warranty lasts 36 months.", "Keep the receipt.")
DOUBTFUL = "The warranty lasts 3 days only."


@dataclass(frozen=True, slots=True)
class Case:
    """A file named `name` + `suffix`; `seen` says whether a reader sees the doubtful sentence in it."""

    name: str
    suffix: str
    seen: bool
    make: Callable[[], bytes]
