"""What a unit will be made of: pieces of passages with their roles, before they are numbered and written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.types import Passage, UnitKind

Role = Literal["text", "lead", "step", "note", "code", "table", "cell"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`passage.text[start:end]` in a unit. `number` and `level` are a step's; `column` is the name over a cell.

    A cell without `cited` only says what its row is about; the cells of a `whole_row` are cited together.
    """

    passage: Passage
    start: int
    end: int
    role: Role
    number: str | None = None
    level: int = 0
    column: str = ""
    row: int = 0
    cited: bool = True
    whole_row: tuple[int, int] | None = None

    @property
    def cited_at(self) -> tuple[int, int]:
        """Where the citation of the piece begins and ends."""
        return self.whole_row or (self.start, self.end)

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Draft:
    """A unit before it is written: its pieces in reading order, and the best logit of its parts."""

    kind: UnitKind
    pieces: tuple[Piece, ...]
    logit: float

    @property
    def words(self) -> int:
        return sum(len(piece.text.split()) for piece in self.pieces)
