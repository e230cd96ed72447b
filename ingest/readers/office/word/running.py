"""Reads the headers and footers of a Word file's sections: those that are shown, each once, where their section begins.

A footer that only counts pages is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.readers.office.flow.grids import piece_text
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.word.context import Story, Word
from ingest.readers.office.word.package import R, W, Xml, flag

_COUNTS = re.compile(
    r"(?:page|seite|página|pagina|pág\.?|pag\.?|p\.|s\.|side|sida|strana|strona|oldal|sivu|стр\.?|страница|第|页|頁|ページ|of|von|"
    r"de|sur|di|van|av|af|z|из|共|[ivxlc]+|\d+|[-–—/|\[\]()#:.])+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Running:
    """The headers and footers of a file's sections."""

    word: Word
    part: str
    sections: list[Xml]
    even: bool
    _seen: set[tuple[str, str]] = field(default_factory=set)
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
        if root is None:
            return
        found = [text for piece in self.word.pieces(root, Story(self.word, target)) if (text := piece_text(piece))]
        key = (kind, "\n".join(found))
        if not found or key in self._seen:
            return
        self._seen.add(key)
        if _COUNTS.fullmatch("".join(" ".join(found).split())):
            left_out("page_number", " ".join(found))
            return
        lines = [Node("paragraph", text) for text in found]
        head = kind == "header"
        node = Node(
            "header" if head else "footer", found[0] if len(found) == 1 else "", [] if len(found) == 1 else lines
        )
        yield Piece("node", node=node)
