"""Reads EPUB: the chapters of a zip package in the order of its spine, each with the HTML reader."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from core.errors import DocumentRejected
from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.formats.decoding import decode
from ingest.readers.html import read_html
from ingest.readers.html.read import as_html

_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DAMAGED = "The package is damaged: one of its parts cannot be read."
_SAVE_AGAIN = "Open it in the program that made it, save it again and upload that."


def read_epub(data: bytes) -> Reading:
    """Return the blocks of a book, chapter by chapter in the order of its spine; its table of contents is left out."""
    elements: list[Node] = []
    missing = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = _xml(_part(archive, "META-INF/container.xml"))
        roots = [str(node.get("full-path")) for node in container.iter() if node.get("full-path")]
        if not roots:
            raise DocumentRejected(_DAMAGED, hint=_SAVE_AGAIN)
        package = _xml(_part(archive, roots[0]))
        for name, is_contents in _spine(package, posixpath.dirname(roots[0])):
            chapter = _part(archive, name, missing=b"")
            missing += not chapter
            if is_contents:
                left_out("navigation", _text(chapter))
            else:
                elements.extend(read_html(_decoded(chapter)).nodes)
    warnings = (f"{missing} chapters of the book are not in its file.",) if missing else ()
    return Reading(elements, title=one_line(package.findtext(f".//{_DC}title") or "") or None, warnings=warnings)


def _decoded(chapter: bytes) -> str:
    return decode(chapter)[0] if chapter else ""


def _text(chapter: bytes) -> str:
    body = LexborHTMLParser(as_html(_decoded(chapter))).body
    return body.text(separator=" ") if body is not None else ""


def _spine(package: etree._Element, folder: str) -> Iterator[tuple[str, bool]]:
    """Yield the names of the chapters, and whether each is the table of contents."""
    parts = {part.get("id"): part for part in package.iter(f"{_OPF}item")}
    for reference in package.iter(f"{_OPF}itemref"):
        part = parts.get(reference.get("idref"))
        if part is not None and part.get("href"):
            name = posixpath.normpath(posixpath.join(folder, unquote(str(part.get("href")))))
            yield name, "nav" in (part.get("properties") or "").split()


def _part(archive: zipfile.ZipFile, name: str, missing: bytes | None = None) -> bytes:
    try:
        return archive.read(name)
    except KeyError as error:
        if missing is not None:
            return missing
        raise DocumentRejected(_DAMAGED, hint=_SAVE_AGAIN) from error
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise DocumentRejected(_DAMAGED, hint=_SAVE_AGAIN) from error


def _xml(raw: bytes) -> etree._Element:
    root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    if root is None:
        raise DocumentRejected(_DAMAGED, hint=_SAVE_AGAIN)
    return root
