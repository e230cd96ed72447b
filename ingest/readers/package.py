"""Reads OpenDocument text and EPUB: zip packages of XML that need no office program."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from core.errors import DocumentRejected
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.readers.html import read_html

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DAMAGED = "The package is damaged: one of its parts cannot be read."
_SAVE_AGAIN = "Open it in the program that made it, save it again and upload that."


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
