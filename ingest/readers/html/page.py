"""What the openers of elements share: the builder, and the lists, definitions and tables that are open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from ingest.blocks.nodes import Node
from ingest.hidden_text.tabs import Tabs
from ingest.readers.html.builder import Builder
from ingest.readers.html.numbers import Counter
from ingest.readers.html.styles import Styles
from ingest.readers.html.tables import Grid

Attributes = Mapping[str, str | None]
Leave = Callable[[], None]


@dataclass(slots=True)
class OpenList:
    """A list that is open: its numbering, and what its items become: items, footnotes, or blocks of the page."""

    counter: Counter
    items: str


@dataclass(slots=True)
class OpenTerms:
    """A `dl` that is open, and the definition that is read; its parts are `plain` blocks where it is too deep."""

    plain: bool
    entry: Node | None = None


@dataclass(slots=True)
class Page:
    """The state of one walk. `skipped` are menus, `sections` lists that lay out sections, both by `mem_id`."""

    styles: Styles = field(default_factory=Styles)
    skipped: frozenset[int] = frozenset()
    sections: frozenset[int] = frozenset()
    tabs: Tabs = field(default_factory=Tabs)
    everything: bool = False
    builder: Builder = field(default_factory=Builder)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """What was left out on purpose: the reason for the account, and the text."""
    lists: list[OpenList] = field(default_factory=list)
    quotes: int = 0
    """Quotations that are open."""
    terms: list[OpenTerms] = field(default_factory=list)
    grids: list[Grid | None] = field(default_factory=list)
    """The open tables; None for one that is layout, or inside a cell."""

    def drop(self, node: LexborNode, reason: str) -> bool:
        """Leave an element out; "" for one without words. Return False: what is in it is not walked."""
        if reason:
            self.dropped.append((reason, node.text(deep=True, separator=" ")))
        return False


Open = Callable[[Page, LexborNode, str, Attributes], Leave | bool]
"""Opens an element: returns what closes it, True if nothing must, False if what is in it is not walked."""
