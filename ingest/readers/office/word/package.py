"""Opens the zip of a Word file: its parts as XML, with their relationships; strict files as transitional ones.

Knows no text. A part that is missing or damaged is None, except the main part, without which there is no document.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from core.errors import DocumentRejected
from ingest.readers.office import parts
from ingest.readers.office.parts import Relation

Xml = etree._Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_VAL = f"{W}val"
OFF = frozenset({"0", "false", "off", "none"})
"""Values with which a property is off."""
_MAIN = "officeDocument"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(officeDocument|wordprocessingml|drawingml|schemaLibrary)/")
_STRICT_MARK = b"http://purl.oclc.org/ooxml/"


@dataclass(slots=True)
class Package:
    """The parts of one file."""

    archive: zipfile.ZipFile
    names: dict[str, str]
    """Each part's name in lower case with the name in the archive: some programs write other cases."""
    _relations: dict[str, dict[str, Relation]] = field(default_factory=dict)
    _trees: dict[str, Xml | None] = field(default_factory=dict)

    def blob(self, name: str) -> bytes | None:
        """Return a part's bytes; None where it is missing or damaged."""
        found = self.names.get(name.lstrip("/").lower())
        if found is None:
            return None
        try:
            return self.archive.read(found)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
            return None

    def tree(self, name: str) -> Xml | None:
        """Return the root of an XML part, the same one each time; None where it is missing or damaged."""
        if name not in self._trees:
            raw = self.blob(name)
            self._trees[name] = parsed(raw) if raw else None
        return self._trees[name]

    def relations(self, name: str) -> dict[str, Relation]:
        """Return the relationships of a part ("" for those of the package) by id."""
        if name not in self._relations:
            folder, base = posixpath.split(name)
            root = self.tree(posixpath.join(folder, "_rels", f"{base}.rels"))
            self._relations[name] = {} if root is None else dict(_relation(node, folder) for node in root)
        return self._relations[name]

    def related(self, name: str, kind: str) -> str | None:
        """Return the name of the first part of a kind that a part points to."""
        return next((each.target for each in self.relations(name).values() if each.kind == kind), None)

    def related_tree(self, name: str, kind: str) -> Xml | None:
        target = self.related(name, kind)
        return None if target is None else self.tree(target)


def opened(data: bytes) -> tuple[Package, str, Xml]:
    """Return a file's package with the name and the root of its main part. Raises DocumentRejected."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise _damaged() from error
    package = Package(archive, {name.lower(): name for name in archive.namelist()})
    main = package.related("", _MAIN) or "word/document.xml"
    root = package.tree(main)
    if root is None or root.find(f"{W}body") is None:
        raise _damaged()
    return package, main, root


def parsed(raw: bytes) -> Xml | None:
    """Return the root of XML (`parts.parsed`); namespaces of strict files become the usual ones."""
    if _STRICT_MARK in raw[:20_000]:
        raw = _STRICT.sub(_transitional, raw)
    return parts.parsed(raw, comments=False)


def _transitional(match: re.Match[bytes]) -> bytes:
    return b"http://schemas.openxmlformats.org/%s/2006/" % match.group(1)


def _relation(node: Xml, folder: str) -> tuple[str, Relation]:
    target, outside = node.get("Target") or "", node.get("TargetMode") == "External"
    if not outside:
        target = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
    return node.get("Id") or "", Relation((node.get("Type") or "").rsplit("/", 1)[-1], target, outside)


def _damaged() -> DocumentRejected:
    return DocumentRejected(
        "The Office file is damaged: its main part cannot be read.",
        hint="Open it in the program that made it and save it again, or as PDF.",
    )


def first(parent: Xml | None, tag: str) -> Xml | None:
    """Return the first child with a tag of Word; None where there is none."""
    return next(parent.iterchildren(W + tag), None) if parent is not None else None


def value(parent: Xml | None, tag: str) -> str | None:
    """Return the `w:val` of a child; None where there is none."""
    node = next(parent.iterchildren(W + tag), None) if parent is not None else None
    return None if node is None else node.get(_VAL)


def flag(parent: Xml | None, tag: str) -> bool | None:
    """Return whether a property is on; None where it is not set."""
    node = next(parent.iterchildren(W + tag), None) if parent is not None else None
    return None if node is None else node.get(_VAL) not in OFF


def number(text: str | None) -> int | None:
    """Return a whole number of an attribute; None for anything else."""
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None
