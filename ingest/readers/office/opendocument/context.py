"""What the readers of an OpenDocument text share: its package, styles, lists, and recorded changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opendocument.lists import Lists
from ingest.readers.office.opendocument.names import TEXT, XML_ID, Xml
from ingest.readers.office.opendocument.styles import Styles
from ingest.readers.office.word.package import Package

MAX_DEPTH = 8
"""Tables and text boxes in one another; what is deeper is read as plain text."""


@dataclass(slots=True)
class Text:
    """One file. `pieces` reads the blocks in an element, at a depth: cells and boxes hold blocks like the body."""

    package: Package
    styles: Styles
    lists: Lists
    body_is_mono: bool
    pieces: Callable[[Xml, int, bool], list[Piece]]
    insertions: frozenset[str] = frozenset()
    deletions: dict[str, Xml] = field(default_factory=dict)
    inserting: set[str] = field(default_factory=set)
    """The insertions that have begun and not ended."""


def changes(body: Xml) -> tuple[frozenset[str], dict[str, Xml]]:
    """Return the ids of the recorded insertions of a text, and its deletions with their content."""
    insertions, deletions = set(), {}
    for region in body.iterfind(f"{TEXT}tracked-changes/{TEXT}changed-region"):
        name = region.get(XML_ID) or region.get(f"{TEXT}id") or ""
        for change in region:
            if change.tag == f"{TEXT}insertion":
                insertions.add(name)
            elif change.tag == f"{TEXT}deletion":
                deletions[name] = change
    return frozenset(insertions), deletions
