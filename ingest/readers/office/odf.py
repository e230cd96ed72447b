"""Reads what OpenDocument sheets and slides share: styles, paragraphs with links, lists. Knows no layout."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import DocumentRejected
from ingest.account import left_out
from ingest.blocks.inline import InlineText, superscript
from ingest.blocks.nodes import Inline, Node
from ingest.readers.office.drawing.frames import auto_number, nested
from ingest.readers.office.drawing.text import is_open, same_target
from ingest.readers.office.parts import Element, local, parsed

NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TEXT, TABLE, OFFICE, STYLE, DRAW = (NS % name for name in ("text", "table", "office", "style", "drawing"))
PRESENTATION = NS % "presentation"
FO = NS % "xsl-fo-compatible"
SVG = NS % "svg-compatible"
XLINK = "{http://www.w3.org/1999/xlink}"
MAX_PART = 256 << 20
MAX_DEPTH = 20
MAX_OBJECTS = 200
_INLINE = frozenset({"span", "a", "ruby", "ruby-base", "meta", "meta-field"})
_LENGTH = re.compile(r"(-?\d*\.?\d+)(cm|mm|in|pt|pc|px)")
_POINTS = {"cm": 28.3465, "mm": 2.83465, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}


@dataclass(frozen=True, slots=True)
class Look:
    """What of a style says how text is read. `hidden` is a sheet or slide that is not shown."""

    bold: bool = False
    struck: bool = False
    raised: bool = False
    filled: bool = False
    hidden: bool = False
    size: float = 0.0
    length: float | None = None


@dataclass(slots=True)
class Package:
    """The parsed parts of an OpenDocument file."""

    content: Element
    title: str | None
    styles: dict[str, Look] = field(default_factory=dict)
    numbers: dict[tuple[str, int], Element] = field(default_factory=dict)
    objects: dict[str, Element] = field(default_factory=dict)
    """Charts in the document, by the name of their folder."""

    def look(self, node: Element, prefix: str) -> Look:
        return self.styles.get(node.get(f"{prefix}style-name") or "", Look())


def opened_package(data: bytes) -> Package:
    """Return the parts of a file. Raises DocumentRejected for one that is damaged or encrypted."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())

        def part(name: str) -> Element | None:
            if name not in names or archive.getinfo(name).file_size > MAX_PART:
                return None
            return parsed(archive.read(name))

        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise DocumentRejected("The document is encrypted with a password.", hint="Remove the password first.")
        content, styles, meta = part("content.xml"), part("styles.xml"), part("meta.xml")
        folders = [name.split("/")[0] for name in names if re.fullmatch(r"Object \d+/content\.xml", name)]
        objects = {name: root for name in folders[:MAX_OBJECTS] if (root := part(f"{name}/content.xml")) is not None}
    if content is None:
        raise DocumentRejected("The document is damaged: it has no content.", hint="Save it again and upload that.")
    title = meta.findtext(".//{http://purl.org/dc/elements/1.1/}title") if meta is not None else None
    roots = [root for root in (styles, content) if root is not None]
    found = {name: look for root in roots for name, look in _looks(root)}
    numbers = {place: level for root in roots for place, level in _numbers(root)}
    return Package(content, " ".join((title or "").split()) or None, found, numbers, objects)


def _numbers(root: Element) -> list[tuple[tuple[str, int], Element]]:
    """Return the levels of list styles that show a number, by the style's name and the level."""
    return [
        ((style.get(f"{STYLE}name") or "", int(level.get(f"{TEXT}level") or 1)), level)
        for style in root.iter(f"{TEXT}list-style")
        for level in style.iterfind(f"{TEXT}list-level-style-number")
        if level.get(f"{STYLE}num-format")
    ]


def _looks(root: Element) -> list[tuple[str, Look]]:
    found = []
    for style in root.iter(f"{STYLE}style"):
        values = {str(key).rsplit("}", 1)[-1]: str(value) for each in style for key, value in each.attrib.items()}
        look = Look(
            bold=values.get("font-weight") in {"bold", "600", "700", "800", "900"},
            struck=values.get("text-line-through-style", "none") != "none",
            raised=values.get("text-position", "").startswith("super"),
            filled=values.get("background-color", "transparent").lower() not in {"transparent", "#ffffff"},
            hidden=values.get("display") == "false" or values.get("visibility") == "hidden",
            size=points(values.get("font-size", "")) or 0.0,
            length=points(values.get("row-height", values.get("column-width", ""))),
        )
        found.append((style.get(f"{STYLE}name") or "", look))
    return found


def points(length: str) -> float | None:
    """Return a length such as "2.5cm" in points."""
    match = _LENGTH.fullmatch(length)
    return float(match.group(1)) * _POINTS[match.group(2)] if match else None


def paragraph_text(node: Element, package: Package) -> tuple[str, tuple[Inline, ...]]:
    """Return the text of a paragraph in one line, with the targets of its links, and without what is struck out."""
    text = InlineText()
    if not _struck(node, package):
        _gather(node, text, package, 0)
    return text.taken()


def _struck(node: Element, package: Package) -> bool:
    if package.look(node, TEXT).struck:
        left_out("struck", "".join(str(part) for part in node.itertext()))
        return True
    return False


def _gather(node: Element, text: InlineText, package: Package, depth: int) -> None:
    """Add the text of a node's children; notes and comments are apart."""
    raised = package.look(node, TEXT).raised
    _add(text, node.text, raised)
    for child in node:
        name = local(child)
        if name == "annotation":
            left_out("comment", " ".join(str(part) for part in child.itertext()))
        elif name in {"s", "tab"}:
            text.add(" ")
        elif name == "line-break":
            text.add("\n")
        elif (name in _INLINE or not len(child)) and depth < MAX_DEPTH and not _struck(child, package):
            _link(child, text, package, depth)
        _add(text, child.tail, raised)


def _add(text: InlineText, words: str | None, raised: bool) -> None:
    shown = re.sub(r"\s+", " ", words or "")
    text.add(superscript(shown, text.parts[-1] if text.parts else "") if raised else shown)


def _link(node: Element, text: InlineText, package: Package, depth: int) -> None:
    start = text.length
    _gather(node, text, package, depth + 1)
    target = node.get(f"{XLINK}href") or "" if local(node) == "a" else ""
    words = "".join(text.parts)[start:]
    if target and is_open(target) and words.strip():
        if not same_target(words, target):
            text.add(f" ({target})")
        text.mark("link", start, target)


def text_nodes(parent: Element, package: Package, page: int | None) -> list[Node]:
    """Return the paragraphs and lists of a text box."""
    return nested(_lines(parent, package, page, 0, "", {}))


def _lines(
    parent: Element, package: Package, page: int | None, depth: int, style: str, counts: dict[int, int]
) -> Iterator[tuple[int | None, Node]]:
    """Yield paragraphs, and items with their level; programs write a deeper level as a list in an item without text."""
    for child in parent:
        name = local(child)
        if name in {"p", "h"}:
            text, inlines = paragraph_text(child, package)
            if text:
                yield None, Node("paragraph", text, page=page, inlines=inlines)
        elif name == "list" and depth >= MAX_DEPTH:
            left_out("nested", " ".join(str(part) for part in child.itertext()))
        elif name == "list":
            own = child.get(f"{TEXT}style-name") or style
            if child.get(f"{TEXT}continue-numbering") != "true":
                counts.pop(depth, None)
            for entry in child:
                yield from _entry(entry, package, page, depth, own, counts)


def _entry(
    entry: Element, package: Package, page: int | None, depth: int, style: str, counts: dict[int, int]
) -> Iterator[tuple[int | None, Node]]:
    first = True
    for level, node in _lines(entry, package, page, depth + 1, style, counts):
        if level is not None:
            yield level, node
            continue
        node.kind = "item"
        if first and local(entry) == "list-item":
            node.number = _number(entry, package.numbers.get((style, depth + 1)), depth, counts)
        first = False
        yield depth, node


def _number(entry: Element, level: Element | None, depth: int, counts: dict[int, int]) -> str | None:
    """Return the number that an item shows."""
    if level is None:
        return None
    start = entry.get(f"{TEXT}start-value")
    counts[depth] = int(start) if start else counts.get(depth, int(level.get(f"{TEXT}start-value") or 1) - 1) + 1
    kind = {"a": "alphaLc", "A": "alphaUc", "i": "romanLc", "I": "romanUc"}.get(
        level.get(f"{STYLE}num-format") or "", "arabic"
    )
    shown = auto_number(f"{kind}Plain", counts[depth])
    return (level.get(f"{STYLE}num-prefix") or "") + shown + (level.get(f"{STYLE}num-suffix") or "")
