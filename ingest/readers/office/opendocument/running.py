"""Reads the headers and footers of the pages of an OpenDocument text, each once; page numbers alone are left out."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.flow.running import running_piece
from ingest.readers.office.opendocument.context import Text
from ingest.readers.office.opendocument.names import STYLE, Xml


def headers(style: Xml | None, content: Xml, text: Text) -> Iterator[Piece]:
    """Yield the headers of the pages that the text uses."""
    return _running("header", style, content, text)


def footers(style: Xml | None, content: Xml, text: Text) -> Iterator[Piece]:
    """Yield the footers of the pages that the text uses."""
    return _running("footer", style, content, text)


def _running(kind: str, style: Xml | None, content: Xml, text: Text) -> Iterator[Piece]:
    seen: set[str] = set()
    used = _used(style, content)
    for page in style.iter(f"{STYLE}master-page") if style is not None else ():
        if page.get(f"{STYLE}name") not in used:
            continue
        for tag in (kind, f"{kind}-first", f"{kind}-left"):
            for node in page.iterchildren(f"{STYLE}{tag}"):
                if node.get(f"{STYLE}display") != "false":
                    yield from running_piece(kind, text.pieces(node, 1, True), seen)


def _used(style: Xml | None, content: Xml) -> set[str]:
    """Return the names of the pages that styles of the text ask for, and those that follow them."""
    used = {"Standard", *(node.get(f"{STYLE}master-page-name") or "" for node in content.iter(f"{STYLE}style"))}
    pages = list(style.iter(f"{STYLE}master-page")) if style is not None else []
    for _ in range(len(pages[:20])):
        used |= {p.get(f"{STYLE}next-style-name") or "" for p in pages if p.get(f"{STYLE}name") in used}
    return used
