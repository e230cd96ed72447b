"""What the readers of a Word file share: the package, styles, lists and notes, and where they are in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.word.numbering import Numbering
from ingest.readers.office.word.package import Package, Xml
from ingest.readers.office.word.styles import Styles

MAX_DEPTH = 8
"""Tables and text boxes in one another; what is deeper is read as plain text."""


@dataclass(slots=True)
class Notes:
    """Footnotes or endnotes: their contents by id, and the numbers given so far."""

    part: str = ""
    contents: dict[str, Xml] = field(default_factory=dict)
    form: str = "decimal"
    next: int = 1
    kind: str = "footnote"


@dataclass(slots=True)
class Word:
    """One file."""

    package: Package
    styles: Styles
    numbering: Numbering
    notes: dict[str, Notes]
    body_is_mono: bool
    pieces: Callable[[Xml, Story], list[Piece]]
    """Reads the blocks in an element: text boxes, notes and cells hold blocks like the body."""
    used_charts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class FieldCode:
    """A field that has begun: its instruction, and whether its result has begun."""

    instruction: list[str] = field(default_factory=list)
    in_result: bool = False
    form: Xml | None = None
    result: bool = False
    """Whether a result was read."""

    @property
    def words(self) -> list[str]:
        return "".join(self.instruction).split()

    @property
    def name(self) -> str:
        words = self.words
        return words[0].upper() if words else ""


@dataclass(slots=True)
class Story:
    """A flow of text in which fields begin and end: the body, a header, a note, a text box, a cell.

    `part` is the name of the part that it is in, whose relationships count.
    """

    word: Word
    part: str
    depth: int = 0
    fields: list[FieldCode] = field(default_factory=list)
    in_box: bool = False

    def inside(self, *, in_box: bool = False) -> Story:
        """Return the story of something in this one."""
        return Story(self.word, self.part, self.depth + 1, in_box=in_box or self.in_box)
