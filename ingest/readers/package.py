"""Reads OpenDocument text and EPUB: zip packages of XML that need no office program."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from core.errors import DocumentRejected
from core.types import ElementKind
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, one_line, table_text
from ingest.readers.html import read_html

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DAMAGED = "The package is damaged: one of its parts cannot be read."
_SAVE_AGAIN = "Open it in the program that made it, save it again and upload that."


def read_odt(data: bytes) -> Reading:
    """Return the elements of an OpenDocument text. Raises DocumentRejected when it is damaged or encrypted."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = _part(archive, "META-INF/manifest.xml", missing=b"")
        if b"encryption-data" in manifest:
            raise DocumentRejected("The document is encrypted with a password.", hint="Remove the password first.")
        body = _xml(_part(archive, "content.xml")).find(f".//{_OFFICE}text")
        meta = _xml(_part(archive, "meta.xml", missing=b"<none/>"))
    elements = tuple(_odt_elements(body)) if body is not None else ()
    return Reading(elements, title=one_line(meta.findtext(f".//{_DC}title") or "") or None)


def read_epub(data: bytes) -> Reading:
    """Return the elements of a book, chapter by chapter in the order of its spine."""
    elements: list[Node] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = _xml(_part(archive, "META-INF/container.xml"))
        roots = [str(node.get("full-path")) for node in container.iter() if node.get("full-path")]
        if not roots:
            raise DocumentRejected(_DAMAGED, hint=_SAVE_AGAIN)
        package = _xml(_part(archive, roots[0]))
        for name in _spine(package, posixpath.dirname(roots[0])):
            elements.extend(read_html(_part(archive, name, missing=b"")).nodes)
    return Reading(tuple(elements), title=one_line(package.findtext(f".//{_DC}title") or "") or None)


def _spine(package: etree._Element, folder: str) -> Iterator[str]:
    hrefs = {item.get("id"): item.get("href") for item in package.iter(f"{_OPF}item")}
    for reference in package.iter(f"{_OPF}itemref"):
        href = hrefs.get(reference.get("idref"))
        if href:
            yield posixpath.normpath(posixpath.join(folder, unquote(href)))


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


def _odt_elements(body: etree._Element) -> Iterator[Node]:
    """Yield the elements in document order; what is inside a table or a paragraph is read with it."""
    stack = [(child, False) for child in reversed(body)]
    while stack:
        node, in_list = stack.pop()
        if node.tag == f"{_TEXT}h":
            yield from _odt_text(node, "title", int(node.get(f"{_TEXT}outline-level") or 1))
        elif node.tag == f"{_TEXT}p":
            yield from _odt_text(node, "list_item" if in_list else "text", None)
        elif node.tag == f"{_TABLE}table":
            rows = [
                [_plain(cell) for cell in row.iter(f"{_TABLE}table-cell")] for row in node.iter(f"{_TABLE}table-row")
            ]
            yield from (flat("table", text) for text in [table_text(rows)] if text)
        elif node.tag != f"{_TEXT}tracked-changes":
            stack.extend((child, in_list or node.tag == f"{_TEXT}list") for child in reversed(node))


def _odt_text(node: etree._Element, kind: ElementKind, level: int | None) -> Iterator[Node]:
    text = _plain(node)
    if text:
        yield flat(kind, one_line(text) if level else text, level=level)


def _plain(node: etree._Element) -> str:
    parts: list[str] = []
    for part in node.iter():
        if part.tag in {f"{_TEXT}line-break", f"{_TEXT}p"} and parts:
            parts.append("\n")
        elif part.tag in {f"{_TEXT}tab", f"{_TEXT}s"}:
            parts.append(" ")
        parts.append(part.text or "")
        if part is not node:
            parts.append(part.tail or "")
    return clean("".join(parts))
