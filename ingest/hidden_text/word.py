"""Removes hidden text from Word files: runs that are hidden, too small to read, or in the colour behind them.

Computes the format of each run from the document's defaults, the styles of its paragraph and of itself with those they
are based on, and its own properties (ISO 29500-1, 17.7.2). What is behind it is the nearest shading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ingest.hidden_text import report
from ingest.hidden_text.colours import BLACK, WHITE, Colour, are_alike
from ingest.hidden_text.theme import Element, hex_colour, named, shaded, theme_colours, tinted

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT, _VAL = f"{_W}t", f"{_W}val"
_HIDING = frozenset({f"{_W}vanish", f"{_W}specVanish"})
_SIZE, _COLOUR, _HIGHLIGHT, _SHADE = f"{_W}sz", f"{_W}color", f"{_W}highlight", f"{_W}shd"
_OFF = frozenset({"0", "false", "off", "none"})
_TINY = 4
"""The largest font size, in half points, that nobody can read."""
_MOST_BASED = 20
"""Styles on styles that are followed: in a damaged file one may be based on itself."""
_HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
    "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "00008B", "darkCyan": "008B8B", "darkGreen": "006400",
    "darkMagenta": "8B008B", "darkRed": "8B0000", "darkYellow": "808000", "darkGray": "A9A9A9", "lightGray": "D3D3D3",
}  # fmt: skip
_BOXES = (f"{_W}txbxContent",)


@dataclass(frozen=True, slots=True)
class _Format:
    """The properties of a run that can hide it; `colour` None is automatic: Word picks black or white."""

    hidden: bool = False
    half_points: int = 20
    colour: Colour | None = None
    behind: Colour | None = None


@dataclass(slots=True)
class _Styles:
    colours: Mapping[str, Colour]
    known: Mapping[str | None, Element]
    paragraph: str | None
    defaults: _Format
    table_shading: dict[str | None, bool] = field(default_factory=dict)
    formats: dict[str | None, _Format] = field(default_factory=dict)
    shades: dict[str | None, Element | None] = field(default_factory=dict)

    def chain(self, name: str | None) -> list[Element]:
        """Return a style and those it is based on, the innermost base first."""
        found: list[Element] = []
        while name in self.known and len(found) < _MOST_BASED:
            found.insert(0, self.known[name])
            name = _value(self.known[name], "basedOn")
        return found

    def paragraph_shade(self, name: str | None) -> Element | None:
        """Return the shading of a paragraph style."""
        if name not in self.shades:
            found = (style.find(f"{_W}pPr/{_SHADE}") for style in reversed(self.chain(name)))
            self.shades[name] = next((shade for shade in found if shade is not None), None)
        return self.shades[name]


def hide_unseen(
    stories: Iterable[Element],
    styles: Element | None,
    theme: Element | None,
    document: Element,
    settings: Element | None,
) -> None:
    """Empty the runs that nobody sees in the parts of a Word file that hold text, and record them.

    `stories` are the roots of the document's own part, its headers, footers and notes; the others say how they look.
    """
    known, page = _styles(styles, theme), _page_colour(document, settings)
    found = [
        (run, why)
        for story in stories
        for paragraph in story.iter(f"{_W}p")
        for run, why in _hidden_runs(paragraph, known, page)
    ]
    for run, why in found:
        report.record(why, "".join(text.text or "" for text in run.iter(f"{_W}t")))
        for text in list(run.iter(f"{_W}t")):
            text.text = ""


def _hidden_runs(paragraph: Element, styles: _Styles, page: Colour | None) -> Iterator[tuple[Element, str]]:
    own = paragraph.find(f"{_W}pPr")
    base: _Format | None = None
    for run in paragraph.iter(f"{_W}r"):
        if next(run.iterchildren(_TEXT), None) is None:
            continue
        if run.getparent() is not paragraph and next(run.iterancestors(f"{_W}p")) is not paragraph:
            continue
        if base is None:
            base, around = _paragraph_format(own, styles), _around(paragraph, own, styles, page)
        why = _hidden_by(_run_format(run.find(f"{_W}rPr"), base, styles), around)
        if why is not None:
            yield run, why


def _paragraph_format(own: Element | None, styles: _Styles) -> _Format:
    name = _value(own, "pStyle") or styles.paragraph
    if name not in styles.formats:
        format_ = styles.defaults
        for style in styles.chain(name):
            format_ = _with(format_, style.find(f"{_W}rPr"), styles.colours)
        styles.formats[name] = replace(format_, behind=None)
    return styles.formats[name]


def _run_format(own: Element | None, base: _Format, styles: _Styles) -> _Format:
    if own is None:
        return base
    format_ = base
    for style in styles.chain(_value(own, "rStyle")):
        format_ = _with(format_, style.find(f"{_W}rPr"), styles.colours)
    return _with(format_, own, styles.colours)


def _hidden_by(format_: _Format, around: Colour | None) -> str | None:
    if format_.hidden:
        return "hidden"
    if format_.half_points <= _TINY:
        return "no_size"
    behind = format_.behind or around
    if format_.colour is None or behind is None:
        return None
    return "same_colour" if are_alike(format_.colour, behind) else None


def _with(format_: _Format, own: Element | None, colours: Mapping[str, Colour]) -> _Format:
    """Return a format changed by the properties of a run or style."""
    if own is None:
        return format_
    changes: dict[str, Any] = {}
    for node in own:
        tag, value = node.tag, node.get(_VAL)
        if tag in _HIDING:
            changes["hidden"] = (value or "1") not in _OFF
        elif tag == _SIZE and (value or "").isdigit():
            changes["half_points"] = int(value or "")
        elif tag == _COLOUR:
            changes["colour"] = _colour(node, "val", "theme", colours)
        elif tag == _HIGHLIGHT:
            changes["behind"] = hex_colour(_HIGHLIGHTS.get(value or ""))
        elif tag == _SHADE and own.find(_HIGHLIGHT) is None:
            changes["behind"] = _shading(node, colours)
    return replace(format_, **changes) if changes else format_


def _colour(node: Element, name: str, prefix: str, colours: Mapping[str, Colour]) -> Colour | None:
    """Return a colour of a property, the theme's before the written one; None for automatic."""
    theme = node.get(f"{_W}{prefix}Color") if prefix == "theme" else node.get(f"{_W}{prefix}")
    found = named(colours, theme) if theme else None
    if found is None:
        return hex_colour(node.get(f"{_W}{name}"))
    tint, shade = node.get(f"{_W}{prefix}Tint"), node.get(f"{_W}{prefix}Shade")
    try:
        found = tinted(found, int(tint, 16) / 255) if tint else found
        return shaded(found, int(shade, 16) / 255) if shade else found
    except ValueError:
        return found


def _shading(node: Element, colours: Mapping[str, Colour]) -> Colour | None:
    if node.get(f"{_W}val") == "solid":
        return _colour(node, "color", "theme", colours) or BLACK
    return _colour(node, "fill", "themeFill", colours)


def _around(paragraph: Element, own: Element | None, styles: _Styles, page: Colour | None) -> Colour | None:
    """Return what is behind a paragraph; None where it is not known (a text box, a table of a shaded style)."""
    shade = own.find(_SHADE) if own is not None else None
    name = _value(own, "pStyle") or styles.paragraph
    shade = shade if shade is not None else styles.paragraph_shade(name)
    if shade is not None and (found := _shading(shade, styles.colours)) is not None:
        return found
    for outer in paragraph.iterancestors(f"{_W}tc", f"{_W}tbl", *_BOXES):
        if outer.tag in _BOXES:
            return None
        own = _leading(outer, f"{outer.tag}Pr")
        inner = own.find(_SHADE) if own is not None else None
        if inner is not None and (found := _shading(inner, styles.colours)) is not None:
            return found
        if outer.tag == f"{_W}tbl" and _is_shaded(_value(own, "tblStyle"), styles):
            return None
    return page


def _leading(parent: Element, tag: str) -> Element | None:
    """Return a child that stands before all content: a table may have thousands of children."""
    return next((child for child in islice(parent, 4) if child.tag == tag), None)


def _is_shaded(name: str | None, styles: _Styles) -> bool:
    if name not in styles.table_shading:
        shades = [shade for style in styles.chain(name) for shade in style.iter(f"{_W}shd")]
        styles.table_shading[name] = any(_shading(shade, styles.colours) not in {None, WHITE} for shade in shades)
    return styles.table_shading[name]


def _styles(root: Element | None, theme: Element | None) -> _Styles:
    colours = theme_colours(theme)
    if root is None:
        return _Styles(colours, {}, None, _Format())
    known = {style.get(f"{_W}styleId"): style for style in root.iter(f"{_W}style")}
    usual = [style for style in known.values() if style.get(f"{_W}default") in {"1", "true"}]
    paragraph = next((each.get(f"{_W}styleId") for each in usual if each.get(f"{_W}type") == "paragraph"), None)
    defaults = _with(_Format(), root.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr"), colours)
    return _Styles(colours, known, paragraph, defaults)


def _page_colour(document: Element, settings: Element | None) -> Colour | None:
    """Return the colour of the page: white, unless the document shows a background."""
    background = document.find(f"{_W}background")
    shown = settings is not None and settings.find(f"{_W}displayBackgroundShape") is not None
    if background is None or not shown:
        return WHITE
    return hex_colour(background.get(f"{_W}color")) if len(background) == 0 else None


def _value(parent: Element | None, tag: str) -> str | None:
    node = next(parent.iterchildren(_W + tag), None) if parent is not None else None
    return None if node is None else node.get(f"{_W}val")
