"""Removes hidden text from presentations: hidden slides and shapes, shapes off the slide or under another, and runs
that are clear, too small to read, or in the colour behind them.

Follows the colours that a run states itself. Where what is behind a shape is not known (a picture, a style), it stays.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.hidden_text import report
from ingest.hidden_text.colours import CLEAR, Colour, are_alike
from ingest.hidden_text.theme import Element, drawn_colour, named, theme_colours

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_OFF = frozenset({"0", "false", "off", "none"})
_TINY = 200
"""The largest font size, in hundredths of a point, that nobody can read."""
_RECTANGLES = frozenset({"rect", "roundRect"})
Bounds = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A slide's shapes in drawing order, its colours, and the colour of its background (None: not known)."""

    shapes: Sequence[Any]
    colours: Mapping[str, Colour]
    background: Colour | None
    size: tuple[int, int]
    moves: bool


def visible_pptx(data: bytes) -> bytes:
    """Return a presentation without the text that nobody sees; the same bytes where there is none."""
    import pptx

    show = pptx.Presentation(io.BytesIO(data))
    changed = [_clean(slide, (show.slide_width, show.slide_height)) for slide in show.slides]
    if not any(changed):
        return data
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def _clean(slide: Any, size: tuple[int, int]) -> bool:
    """Remove what a slide hides; return whether there was anything."""
    whole = slide._element.get("show") in _OFF
    scene = _scene(slide, size)
    found = [(shape, "hidden_slide" if whole else _shape_hidden_by(shape, scene)) for shape in scene.shapes]
    runs = [run for shape, why in found if why is None for run in _hidden_runs(shape, scene)]
    for shape, why in found:
        if why is not None:
            report.record(why, "".join(shape._element.itertext()))
            shape._element.getparent().remove(shape._element)
    for run, why in runs:
        report.record(why, "".join(run.itertext()))
        run.getparent().remove(run)
    notes = slide.notes_slide.notes_text_frame if whole and slide.has_notes_slide else None
    if notes is not None:
        report.record("hidden_slide", notes.text)
        notes.text = ""
    return bool(runs) or notes is not None or any(why is not None for _, why in found)


def _scene(slide: Any, size: tuple[int, int]) -> _Scene:
    master = slide.slide_layout.slide_master
    theme = next((part.target_part for part in master.part.rels.values() if part.reltype.endswith("/theme")), None)
    colours = theme_colours(_parsed(theme.blob) if theme is not None else None)
    mapping = master._element.find(f"{_P}clrMap")
    for name, slot in (mapping.attrib if mapping is not None else {}).items():
        if slot in colours:
            colours[name] = colours[slot]
    moves = slide._element.find(f"{_P}timing") is not None
    return _Scene(list(slide.shapes), colours, _background(slide, colours), size, moves)


def _background(slide: Any, colours: Mapping[str, Colour]) -> Colour | None:
    for page in (slide, slide.slide_layout, slide.slide_layout.slide_master):
        background = page._element.find(f"{_P}cSld/{_P}bg")
        if background is None:
            continue
        reference = background.find(f"{_P}bgRef")
        if reference is None:
            return drawn_colour(background.find(f"{_P}bgPr"), colours)
        plain = reference.get("idx") == "1001" and len(reference) and reference[0].tag == f"{_A}schemeClr"
        return named(colours, reference[0].get("val") or "") if plain else None
    return colours["bg1"] if "bg1" in colours else colours["lt1"]


def _shape_hidden_by(shape: Any, scene: _Scene) -> str | None:
    if any(node.get("hidden") in {"1", "true"} for node in shape._element.xpath(".//p:cNvPr")):
        return "hidden"
    box = _bounds(shape)
    if box is None:  # the layout sets its position
        return None
    if box[0] >= scene.size[0] or box[1] >= scene.size[1] or box[2] <= 0 or box[3] <= 0:
        return "off_page"
    above = scene.shapes[scene.shapes.index(shape) + 1 :]
    covered = not scene.moves and any(_covers(other, box, scene) for other in above)
    return "covered" if covered else None


def _covers(shape: Any, box: Bounds, scene: _Scene) -> bool:
    """Return whether a shape is a solid rectangle over all of a box."""
    own = _bounds(shape)
    if own is None or own[0] > box[0] or own[1] > box[1] or own[2] < box[2] or own[3] < box[3]:
        return False
    form = shape._element.find(f"{_P}spPr/{_A}prstGeom")
    fill = drawn_colour(shape._element.find(f"{_P}spPr"), scene.colours)
    return form is not None and form.get("prst") in _RECTANGLES and fill is not None and fill.alpha >= 1


def _hidden_runs(shape: Any, scene: _Scene) -> Iterator[tuple[Element, str]]:
    behind = _behind(shape, scene)
    for run in shape._element.iter(f"{_A}r"):
        own = run.find(f"{_A}rPr")
        if own is None:
            continue
        ink = drawn_colour(own, scene.colours)
        if (own.get("sz") or "").isdigit() and int(own.get("sz")) <= _TINY:
            yield run, "no_size"
        elif ink is not None and ink.alpha < CLEAR:
            yield run, "transparent"
        elif ink is not None and behind is not None and are_alike(ink.over(behind), behind):
            yield run, "same_colour"


def _behind(shape: Any, scene: _Scene) -> Colour | None:
    """Return the colour behind a shape's text; None where it is not known."""
    properties = shape._element.find(f"{_P}spPr")
    if properties is None:  # a table, a chart, a group
        return None
    fill = drawn_colour(properties, scene.colours)
    if fill is not None and fill.alpha >= 1:
        return fill
    kinds = {str(child.tag).removeprefix(_A) for child in properties}
    styled = shape._element.find(f"{_P}style") is not None and "noFill" not in kinds
    if fill is not None or styled or kinds & {"gradFill", "blipFill", "pattFill", "grpFill"}:
        return None
    box = _bounds(shape)
    below = scene.shapes[: scene.shapes.index(shape)]
    if shape.is_placeholder or box is None or any(_touches(other, box) for other in below):
        return None
    return None if _has_decoration(shape, box) else scene.background


def _touches(shape: Any, box: Bounds) -> bool:
    own = _bounds(shape)
    if own is not None and shape.has_text_frame and shape._element.find(f"{_P}style") is None:
        kinds = {str(child.tag).removeprefix(_A) for child in shape._element.find(f"{_P}spPr")}
        if not kinds & {"solidFill", "gradFill", "blipFill", "pattFill", "grpFill"}:
            return False
    return own is None or (own[0] < box[2] and own[2] > box[0] and own[1] < box[3] and own[3] > box[1])


def _has_decoration(shape: Any, box: Bounds) -> bool:
    """Return whether a shape of the layout or the master may be behind a box."""
    layout = shape.part.slide_layout
    pages = (layout, layout.slide_master)
    return any(_touches(other, box) for page in pages for other in page.shapes if not other.is_placeholder)


def _bounds(shape: Any) -> Bounds | None:
    if None in (shape.left, shape.top, shape.width, shape.height):
        return None
    return shape.left, shape.top, shape.left + shape.width, shape.top + shape.height


def _parsed(xml: bytes) -> Element | None:
    from lxml import etree

    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
