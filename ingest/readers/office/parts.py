"""Follows an Office package from part to part: relationships, targets, parsed XML."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import IO
from urllib.parse import unquote

from lxml import etree

from core.errors import DocumentRejected

Element = etree._Element
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MAX_PART = 64 << 20
"""Bytes of one part of drawings that are parsed."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part points to: the last word of the relation's type, and a part's name or an address outside."""

    kind: str
    target: str
    outside: bool


class Parts:
    """The parts of one package."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.lower().lstrip("/"): name for name in self._archive.namelist()}

    def raw(self, name: str) -> bytes:
        """Return a part; nothing for one that is missing, damaged or too large."""
        known = self._names.get(name.lower().lstrip("/"))
        if known is None or self._archive.getinfo(known).file_size > MAX_PART:
            return b""
        try:
            return self._archive.read(known)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError):
            return b""

    def opened(self, name: str) -> IO[bytes] | None:
        """Return a part of any size as a stream; None for one that is missing."""
        known = self._names.get(name.lower().lstrip("/"))
        return self._archive.open(known) if known is not None else None

    def has(self, name: str, sign: re.Pattern[bytes]) -> bool:
        """Return whether a part of any size has a sign of at most 30 bytes."""
        stream = self.opened(name)
        if stream is None:
            return False
        with stream:
            end = b""
            while chunk := stream.read(1 << 20):
                if sign.search(end + chunk):
                    return True
                end = chunk[-30:]
        return False

    def xml(self, name: str) -> Element | None:
        """Return the root of a part; None for one that is missing or no XML."""
        raw = self.raw(name)
        return parsed(raw) if raw else None

    def relations(self, name: str) -> dict[str, Relation]:
        """Return the relations of a part by their ids."""
        folder, base = posixpath.split(name)
        root = self.xml(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found = {}
        for node in root if root is not None else ():
            target, kind = node.get("Target") or "", (node.get("Type") or "").rsplit("/", 1)[-1]
            outside = node.get("TargetMode") == "External"
            if not outside:
                target = posixpath.normpath(posixpath.join("/" + folder, unquote(target))).lstrip("/")
            found[node.get("Id") or ""] = Relation(kind, target, outside)
        return found


def parsed(raw: bytes, *, comments: bool = True) -> Element | None:
    """Return the root of XML as far as it can be read; None for what is none.

    Raises DocumentRejected where the parser gives up at its limits: all text behind that place would be lost.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, huge_tree=True, remove_comments=not comments
    )
    root = etree.fromstring(raw, parser)
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise DocumentRejected("The file is nested too deeply.", hint="Save it as PDF or text.")
    return root


def local(node: Element) -> str:
    """Return an element's name without its namespace; nothing for a comment."""
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""
