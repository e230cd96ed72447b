"""Reads the headers and footers of a Word file's sections: those that are shown, each once, where their section begins.

A footer that only counts pages is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.flow.running import running_piece
from ingest.readers.office.word.context import Story, Word
from ingest.readers.office.word.package import R, W, Xml, flag


@dataclass(slots=True)
class Running:
    """The headers and footers of a file's sections."""

    word: Word
    part: str
    sections: list[Xml]
    even: bool
    _seen: set[str] = field(default_factory=set)
    _at: int = 0

    def begin(self) -> list[Piece]:
        """Return the headers of the first section."""
        return self._of("header")

    def next(self) -> list[Piece]:
        """Return the footers of the section that ends, and the headers of the next."""
        footers = self._of("footer")
        self._at += 1
        return footers + self._of("header")

    def _of(self, kind: str) -> list[Piece]:
        if self._at >= len(self.sections):
            return []
        section = self.sections[self._at]
        return [piece for target in self._targets(section, kind) for piece in self._pieces(target, kind)]

    def _targets(self, section: Xml, kind: str) -> Iterator[str]:
        relations = self.word.package.relations(self.part)
        for reference in section.iterchildren(f"{W}{kind}Reference"):
            place = reference.get(f"{W}type") or "default"
            if (place == "first" and not flag(section, "titlePg")) or (place == "even" and not self.even):
                continue
            relation = relations.get(reference.get(f"{R}id") or "")
            if relation is not None and not relation.outside:
                yield relation.target

    def _pieces(self, target: str, kind: str) -> Iterator[Piece]:
        root = self.word.package.tree(target)
        if root is not None:
            yield from running_piece(kind, self.word.pieces(root, Story(self.word, target)), self._seen)
