"""Finds what the styles of an OpenDocument text say of a paragraph, a span, a cell: with the styles they are based on.

A style that a program makes by itself ("P12") is based on one with a name ("Heading 1"), whose kind is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest.readers.office.flow.style_names import StyleKind, is_mono, kind_of_style
from ingest.readers.office.opendocument.names import FO, OFFICE, STYLE, SVG, TEXT, Xml

_MOST_BASED = 20
_LENGTH = re.compile(r"(-?[\d.]+)\s*(cm|mm|in|pt|pc|px)?")
_TWIPS = {"cm": 567.0, "mm": 56.7, "in": 1440.0, "pt": 20.0, "pc": 240.0, "px": 15.0}
_UP = 5
"""Percent of the font size by which text is moved up that is meant to be raised."""


@dataclass(frozen=True, slots=True)
class Format:
    """The properties of text that change what is read of it."""

    struck: bool = False
    bold: bool = False
    raised: bool = False
    hidden: bool = False
    font: str = ""
    size: int = 0
    """Half points; 0 where it is not known."""

    @property
    def mono(self) -> bool:
        return is_mono(self.font)


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph's style says."""

    name: str = ""
    kind: StyleKind = "text"
    level: int | None = None
    list_style: str | None = None
    indent: int = 0
    stops: int = 0
    boxed: str = ""
    format: Format = Format()


@dataclass(slots=True)
class Styles:
    """The styles of one file by family and name."""

    known: dict[tuple[str, str], Xml] = field(default_factory=dict)
    defaults: dict[str, Format] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Xml] = field(default_factory=dict)
    outline: Xml | None = None
    _paragraphs: dict[str, ParagraphStyle] = field(default_factory=dict)
    _spans: dict[tuple[str, Format], Format] = field(default_factory=dict)

    def chain(self, family: str, name: str | None) -> list[Xml]:
        """Return a style and those it is based on, the innermost base first."""
        found: list[Xml] = []
        while name and (family, name) in self.known and len(found) < _MOST_BASED:
            found.insert(0, self.known[family, name])
            name = self.known[family, name].get(f"{STYLE}parent-style-name")
        return found

    def paragraph(self, name: str | None) -> ParagraphStyle:
        """Return what a paragraph style says."""
        name = name or ""
        if name not in self._paragraphs:
            self._paragraphs[name] = self._paragraph(name)
        return self._paragraphs[name]

    def span(self, name: str | None, around: Format) -> Format:
        """Return the format of a span in text of a format."""
        key = (name or "", around)
        if key not in self._spans:
            format_ = around
            for style in self.chain("text", name):
                format_ = self._changed(format_, style.find(f"{STYLE}text-properties"))
            self._spans[key] = format_
        return self._spans[key]

    def is_filled(self, cell: str | None) -> bool:
        """Return whether the style of a cell gives it a colour."""
        colour = ""
        for style in self.chain("table-cell", cell):
            own = style.find(f"{STYLE}table-cell-properties")
            colour = (own.get(f"{FO}background-color") if own is not None else None) or colour
        return colour.lower() not in {"", "transparent", "#ffffff"}

    def has_lines(self, cell: str | None) -> bool:
        """Return whether the style of a cell draws a line around it."""
        for style in self.chain("table-cell", cell):
            own = style.find(f"{STYLE}table-cell-properties")
            if own is not None and any(str(n).startswith(f"{FO}border") and v != "none" for n, v in own.attrib.items()):
                return True
        return False

    def _paragraph(self, name: str) -> ParagraphStyle:
        found = ParagraphStyle(format=self.defaults.get("paragraph", Format()))
        for style in self.chain("paragraph", name):
            shown = style.get(f"{STYLE}display-name") or style.get(f"{STYLE}name") or ""
            kind, level = ("text", None) if _is_automatic(style) else kind_of_style([shown.lower()])
            outline = style.get(f"{STYLE}default-outline-level") or ""
            own = style.find(f"{STYLE}paragraph-properties")
            found = replace(
                found,
                name=found.name if _is_automatic(style) else shown.lower(),
                kind=found.kind if kind == "text" else kind,
                level=int(outline) if outline.isdigit() else level if level is not None else found.level,
                list_style=style.get(f"{STYLE}list-style-name", found.list_style),
                indent=found.indent if own is None else _twips(own.get(f"{FO}margin-left"), found.indent),
                stops=found.stops if own is None else _stops(own, found.stops),
                boxed=found.boxed if own is None else _boxed(own, found.boxed),
                format=self._changed(found.format, style.find(f"{STYLE}text-properties")),
            )
        return found

    def _changed(self, format_: Format, own: Xml | None) -> Format:
        if own is None:
            return format_
        changes: dict[str, object] = {}
        line = own.get(f"{STYLE}text-line-through-style") or own.get(f"{STYLE}text-line-through-type")
        if line is not None:
            changes["struck"] = line != "none"
        if (weight := own.get(f"{FO}font-weight")) is not None:
            changes["bold"] = weight == "bold" or (weight.isdigit() and int(weight) >= 600)
        if (position := own.get(f"{STYLE}text-position")) is not None:
            first = position.split()[0] if position.split() else ""
            changes["raised"] = first == "super" or (_percent(first) >= _UP and "100%" not in position.split()[1:])
        if (display := own.get(f"{TEXT}display")) is not None:
            changes["hidden"] = display == "none"
        name = own.get(f"{STYLE}font-name")
        family = self.fonts.get(name, name) if name else own.get(f"{FO}font-family")
        if family:
            changes["font"] = family.strip("'\" ").lower()
        if (size := own.get(f"{FO}font-size") or "").endswith("pt"):
            changes["size"] = _twips(size, 0) // 10
        return replace(format_, **changes) if changes else format_  # type: ignore[arg-type]


def styles(*roots: Xml | None) -> Styles:
    """Return the styles of a file's parts."""
    found = Styles()
    for root in roots:
        if root is None:
            continue
        for font in root.iter(f"{STYLE}font-face"):
            found.fonts[font.get(f"{STYLE}name") or ""] = font.get(f"{SVG}font-family") or ""
        for group in root.iterchildren(f"{OFFICE}styles", f"{OFFICE}automatic-styles"):
            for style in group.iterchildren(f"{STYLE}style"):
                found.known[style.get(f"{STYLE}family") or "", style.get(f"{STYLE}name") or ""] = style
            for style in group.iterchildren(f"{TEXT}list-style"):
                found.lists[style.get(f"{STYLE}name") or ""] = style
            outline = group.find(f"{TEXT}outline-style")
            found.outline = found.outline if outline is None else outline
            for default in group.iterchildren(f"{STYLE}default-style"):
                family = default.get(f"{STYLE}family") or ""
                found.defaults[family] = found._changed(Format(), default.find(f"{STYLE}text-properties"))
    return found


def _is_automatic(style: Xml) -> bool:
    parent = style.getparent()
    return parent is not None and parent.tag == f"{OFFICE}automatic-styles"


def _twips(text: str | None, usual: int) -> int:
    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return usual
    try:
        return round(float(match.group(1)) * _TWIPS.get(match.group(2) or "pt", 20.0))
    except (ValueError, OverflowError):
        return usual


def _stops(own: Xml, before: int) -> int:
    """Return how many tab stops the properties of a paragraph set."""
    stops = own.find(f"{STYLE}tab-stops")
    return before if stops is None else len(stops)


def _percent(text: str) -> float:
    try:
        return float(text.rstrip("%"))
    except ValueError:
        return 0.0


def _boxed(own: Xml, before: str) -> str:
    """Return a key of the border or colour around a paragraph; "" for none and for a single line."""
    sides = {
        side: shown
        for side in ("border", "border-left", "border-right", "border-top", "border-bottom")
        if (shown := own.get(f"{FO}{side}")) not in {None, "none"}
    }
    colour = own.get(f"{FO}background-color") or ""
    filled = colour if colour not in {"", "transparent", "#ffffff"} else ""
    if not sides and not filled:
        unset = own.get(f"{FO}border") is None and not colour
        return before if unset else ""
    lone = len(sides) == 1 and ("border-top" in sides or "border-bottom" in sides)
    return "" if lone and not filled else "|".join([*(f"{k}{v}" for k, v in sides.items()), filled])
