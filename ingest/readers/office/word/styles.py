"""Finds what the styles of a Word file say of a paragraph and a run: level, kind, numbering, struck, raised, font.

Properties come from the document's defaults, from the style with those it is based on, and from the paragraph or run
itself. Style names are known in the languages in which programs write them; ids are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ingest.readers.office.flow.style_names import StyleKind, is_mono, kind_of_style
from ingest.readers.office.word.package import OFF, W, Xml, first, number, value

_VAL = f"{W}val"
_STRIKES = frozenset({f"{W}strike", f"{W}dstrike"})
_BOLD, _RAISED, _POSITION, _SIZE, _FONT = (f"{W}{name}" for name in ("b", "vertAlign", "position", "sz", "rFonts"))
_UP = 3
"""Half points by which text is moved up that is meant to be raised."""
_MOST_BASED = 20
"""Styles on styles that are followed: in a damaged file one may be based on itself."""


@dataclass(frozen=True, slots=True)
class RunFormat:
    """The properties of a run that change what is read of it."""

    struck: bool = False
    bold: bool = False
    raised: str = ""
    """"superscript", "subscript", "raised" (moved up by its position), or ""."""
    font: str = ""
    half_points: int = 20

    @property
    def mono(self) -> bool:
        return is_mono(self.font)


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph's style says; `number` is its list and level, `numbered_by` the style that has it."""

    name: str
    kind: StyleKind = "text"
    level: int | None = None
    number: tuple[int | None, int | None] | None = None
    numbered_by: str = ""
    indent: int | None = None
    stops: int = 0
    boxed: str = ""
    run: RunFormat = RunFormat()


@dataclass(slots=True)
class Styles:
    """The styles of one file."""

    known: dict[str, Xml] = field(default_factory=dict)
    usual: str | None = None
    defaults: RunFormat = RunFormat()
    _paragraphs: dict[str | None, ParagraphStyle] = field(default_factory=dict)
    _runs: dict[tuple[str | None, str | None], RunFormat] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)

    def chain(self, name: str | None) -> list[Xml]:
        """Return a style and those it is based on, the innermost base first."""
        found: list[Xml] = []
        while name in self.known and len(found) < _MOST_BASED:
            found.insert(0, self.known[name])
            name = value(self.known[name], "basedOn")
        return found

    def paragraph(self, name: str | None) -> ParagraphStyle:
        """Return what a paragraph style, the usual one for None, says."""
        if name not in self._paragraphs:
            self._paragraphs[name] = self._paragraph(name if name in self.known else self.usual)
        return self._paragraphs[name]

    def run(self, paragraph: str | None, own: Xml | None) -> RunFormat:
        """Return the format of a run in a paragraph of a style; `own` is its `w:rPr`."""
        if own is None:
            return self.paragraph(paragraph).run
        style = value(own, "rStyle")
        key = (paragraph, style)
        if key not in self._runs:
            format_ = self.paragraph(paragraph).run
            for each in self.chain(style):
                format_ = self.changed(format_, first(each, "rPr"))
            self._runs[key] = format_
        return self.changed(self._runs[key], own)

    def changed(self, format_: RunFormat, own: Xml | None) -> RunFormat:
        """Return a format changed by the properties of a run or style."""
        if own is None or not len(own):
            return format_
        changes: dict[str, Any] = {}
        position = 0
        for node in own:
            tag, said = node.tag, node.get(_VAL)
            if tag in _STRIKES:
                changes["struck"] = changes.get("struck", False) or said not in OFF
            elif tag == _BOLD:
                changes["bold"] = said not in OFF
            elif tag == _RAISED:
                changes["raised"] = "" if said in {None, "baseline"} else said
            elif tag == _POSITION:
                position = number(said) or 0
            elif tag == _SIZE and (size := number(said)) is not None:
                changes["half_points"] = size
            elif tag == _FONT and (name := self._font(node)):
                changes["font"] = name
        if position >= _UP and not changes.get("raised"):
            changes["raised"] = "raised"
        return replace(format_, **changes) if changes else format_

    def _font(self, node: Xml) -> str:
        theme = node.get(f"{W}asciiTheme") or node.get(f"{W}hAnsiTheme")
        if theme:
            return self.fonts.get("major" if theme.startswith("major") else "minor", "")
        return (node.get(f"{W}ascii") or node.get(f"{W}hAnsi") or "").lower()

    def _paragraph(self, name: str | None) -> ParagraphStyle:
        found = ParagraphStyle("", run=self.defaults)
        kinds: list[tuple[StyleKind, int | None]] = []
        for style in self.chain(name):
            shown = _names(style)
            kinds.append(kind_of_style(shown))
            named = kinds[-1][1] if kinds[-1][0] == "heading" else found.level
            properties = first(style, "pPr")
            outline = number(value(properties, "outlineLvl"))
            found = replace(
                found,
                name=shown[0],
                level=named if outline is None else outline + 1 if 0 <= outline < 9 else None,
                run=self.changed(found.run, first(style, "rPr")),
                indent=found.indent if (left := indent(properties)) is None else left,
                stops=tab_stops(properties) or found.stops,
                boxed=found.boxed if (box := boxed(properties)) is None else box,
            )
            numbers = numbering(properties)
            if numbers is not None:
                before = found.number or (None, None)
                merged = (
                    before[0] if numbers[0] is None else numbers[0],
                    before[1] if numbers[1] is None else numbers[1],
                )
                found = replace(found, number=merged, numbered_by=style.get(f"{W}styleId") or "")
        kind, level = next((each for each in reversed(kinds) if each[0] != "text"), ("text", None))
        if kind == "heading":
            return replace(found, kind="heading", level=found.level or level)
        if kind == "text" and found.level is not None:
            return replace(found, kind="heading")
        return replace(found, kind=kind, level=1 if kind == "title" else None)


def styles(root: Xml | None, theme: Xml | None) -> Styles:
    """Return the styles of a file from its style part and its theme."""
    fonts = _theme_fonts(theme)
    if root is None:
        return Styles(fonts=fonts)
    known = {style.get(f"{W}styleId") or "": style for style in root.iter(f"{W}style")}
    usual = next(
        (
            name
            for name, style in known.items()
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in {"1", "true"}
        ),
        None,
    )
    found = Styles(known, usual, fonts=fonts)
    found.defaults = found.changed(RunFormat(), root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
    return found


def numbering(properties: Xml | None) -> tuple[int | None, int | None] | None:
    """Return numId and level of a paragraph's or style's own properties; None where they have no numbering."""
    node = first(properties, "numPr")
    return None if node is None else (number(value(node, "numId")), number(value(node, "ilvl")))


def indent(properties: Xml | None) -> int | None:
    """Return where a paragraph's lines begin, in twentieths of a point from the margin."""
    node = first(properties, "ind")
    if node is None:
        return None
    return number(node.get(f"{W}left") or node.get(f"{W}start"))


def tab_stops(properties: Xml | None) -> int:
    """Return how many tab stops a paragraph's or style's own properties set."""
    node = first(properties, "tabs")
    return 0 if node is None else sum(stop.get(_VAL) not in {None, "clear", "bar"} for stop in node)


def boxed(properties: Xml | None) -> str | None:
    """Return a key of the border or shading of a paragraph, "" for none, None where it is not set."""
    if properties is None:
        return None
    border, shade = first(properties, "pBdr"), first(properties, "shd")
    if border is None and shade is None:
        return None
    sides = [] if border is None else [
        f"{side.tag}{side.get(f'{W}val')}" for side in border
        if side.get(f"{W}val") not in {None, "nil", "none"} and not str(side.tag).endswith("between")
    ]  # fmt: skip
    fill = "" if shade is None else shade.get(f"{W}fill") or ""
    filled = fill if fill.lower() not in {"", "auto", "ffffff"} else ""
    lone = len(sides) == 1 and str(sides[0]).startswith((f"{W}top", f"{W}bottom"))  # a line, not a box
    return "" if lone and not filled else "|".join([*sides, filled]).strip("|")


def _names(style: Xml) -> list[str]:
    own = (value(style, "name") or style.get(f"{W}styleId") or "").strip().lower()
    return [own, *(each.strip().lower() for each in (value(style, "aliases") or "").split(","))]


def _theme_fonts(theme: Xml | None) -> dict[str, str]:
    if theme is None:
        return {}
    found = {}
    for name in ("major", "minor"):
        font = next(iter(theme.iter(f"{{*}}{name}Font")), None)
        latin = font.find("{*}latin") if font is not None else None
        if latin is not None:
            found[name] = (latin.get("typeface") or "").lower()
    return found
