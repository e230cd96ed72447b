"""The parts of an office document in order, before `ingest.readers.office.flow.gather` makes blocks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tabbed import TabLine

PieceKind = Literal["heading", "paragraph", "item", "code", "caption", "term", "description", "node"]


@dataclass(slots=True)
class Piece:
    """A paragraph, or a block that is ready (`node`).

    `group`, `depth` and `indent` say where an item is among the lists. `in_list` is set for a paragraph whose style
    says that it goes on with an item. `boxed` is a key of the border or shading around a paragraph; `note` is set
    where the style is one for notes. `bold` says that all letters are, `size` is the largest font size in half
    points. `follows` is set for a block that belongs to the paragraph before it. `about` says what a caption is of,
    as far as the document tells: "table", "figure" or "". `tabs` are the parts of a paragraph with tabs.
    """

    kind: PieceKind
    text: str = ""
    inlines: tuple[Inline, ...] = ()
    node: Node | None = None
    level: int | None = None
    number: str | None = None
    group: str = ""
    depth: int = 0
    indent: int = 0
    in_list: bool = False
    boxed: str = ""
    style: str = ""
    note: bool = False
    bold: bool = False
    size: int = 0
    follows: bool = False
    about: str = ""
    tabs: TabLine | None = None

    @property
    def is_empty(self) -> bool:
        return not self.text and self.node is None
