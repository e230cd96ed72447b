"""Lists what a PDF page draws (texts, and what may cover or cut them), in page coordinates and in drawing order.

Says which texts are hidden by their own properties and which are in doubt; `ingest.hidden_text.pdf_drawn` decides about
those from images of the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

DEPTH = 4
"""Levels of forms inside forms that are searched."""
_TINY = 2.0
"""Font size in points up to which nobody can read the text."""
_LOW = 2.4
"""Height in points of a line of text at the size `_TINY`, accents and descenders included."""
_SOLID = 250
"""Alpha, of 255, from which ink is solid."""
_CLEAR = 10
"""Alpha, of 255, below which nobody sees the ink."""
_PAGE_COLOUR = 191
"""A colour whose channels are all at least this may be the colour of the page."""
_ALIKE = 64
"""Two colours that differ by at most this in each channel are compared on the image of the page."""
_LINE_WIDTH = 4.0
"""A filled area narrower than this, in points, covers no word."""
_COVERED = 0.25
"""The share of a text's box under a later object from which it may be covered."""
_INVISIBLE_MODES = frozenset({3, 7})
"""Render modes that put no ink on the page (PDF 32000-1, table 106)."""
_OUTLINE_MODES = frozenset({1, 2, 5, 6})
_FILLED_MODES = frozenset({0, 2, 4, 6})
Bounds = tuple[float, float, float, float]
Colour = tuple[int, int, int]
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class TextObject:
    """One text object: its address, place in the drawing order, box on the page, and inks with their alpha."""

    address: int
    order: int
    bounds: Bounds
    mode: int
    size: float
    inks: tuple[Colour, ...]
    alpha: int
    blended: bool
    cut: bool
    """Whether a clip path leaves a part of it out."""


@dataclass(frozen=True, slots=True)
class Area:
    """A filled path, picture or shading: what may be behind a text or over it."""

    order: int
    bounds: Bounds
    colour: Colour | None
    picture: bool = False
    pixels: int = 0
    stored: int = 0
    """Bytes of the stored picture: a picture of one colour is stored in next to nothing."""


@dataclass(slots=True)
class Drawing:
    """What a page draws."""

    texts: list[TextObject] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)


def drawing(page: pypdfium2.PdfPage) -> Drawing:
    """Return the texts and areas of a page in drawing order."""
    found = Drawing()
    for order, item in enumerate(page.get_objects(max_depth=DEPTH)):
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            found.texts.append(_text(item, order))
        elif item.type != pdfium.FPDF_PAGEOBJ_FORM and (area := _area(item, order)) is not None:
            found.areas.append(area)
    return found


def hidden_by(text: TextObject, page_box: Bounds) -> str | None:
    """Return how a text is hidden where its own properties show it."""
    left, bottom, right, top = page_box
    x0, y0, x1, y1 = text.bounds
    if x1 <= left or x0 >= right or y1 <= bottom or y0 >= top:
        return "off_page"
    if text.alpha < _CLEAR and text.mode not in _INVISIBLE_MODES:
        return "transparent"
    return "no_size" if 0 < text.size <= _TINY and min(x1 - x0, y1 - y0) <= _LOW else None


def doubt(text: TextObject, areas: Sequence[Area]) -> str | None:
    """Return how a text may be hidden, so that only the image of the page can tell; None for nearly every text."""
    if text.mode in _INVISIBLE_MODES:
        return "invisible_print"
    over = [area for area in areas if area.order > text.order and _share(text.bounds, area.bounds) >= _COVERED]
    if over or text.cut:
        return "covered"
    if text.alpha < _SOLID or text.blended:
        return "transparent"
    behind = [area for area in areas if area.order < text.order and _share(text.bounds, area.bounds) > 0]
    return "same_colour" if all(_may_vanish(ink, behind) for ink in text.inks) else None


def is_over_picture(text: TextObject, areas: Sequence[Area]) -> bool:
    """Return whether a picture overlaps the text: then it may be the text of a scan."""
    return any(area.picture and _share(text.bounds, area.bounds) > 0 for area in areas)


def _may_vanish(ink: Colour, behind: Sequence[Area]) -> bool:
    if min(ink) >= _PAGE_COLOUR:
        return True
    return any(
        area.colour is not None and max(abs(a - b) for a, b in zip(ink, area.colour, strict=True)) <= _ALIKE
        for area in behind
        if not area.picture
    )


def _share(inner: Bounds, outer: Bounds) -> float:
    """Return the share of the inner box that the outer box covers; a box without area counts as a thin one."""
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    if width < 0 or height < 0:
        return 0.0
    return max(width, 0.01) * max(height, 0.01) / (max(inner[2] - inner[0], 0.01) * max(inner[3] - inner[1], 0.01))


def _text(item: pypdfium2.PdfObject, order: int) -> TextObject:
    size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    pdfium.FPDFTextObj_GetFontSize(item.raw, size)
    pdfium.FPDFPageObj_GetMatrix(item.raw, matrix)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item.raw)
    inks = [_ink(item, pdfium.FPDFPageObj_GetFillColor)] if mode in _FILLED_MODES else []
    inks += [_ink(item, pdfium.FPDFPageObj_GetStrokeColor)] if mode in _OUTLINE_MODES else []
    stretch = min((matrix.a**2 + matrix.b**2) ** 0.5, (matrix.c**2 + matrix.d**2) ** 0.5) * _form_stretch(item)
    bounds = item.get_bounds()
    return TextObject(
        address(item.raw),
        order,
        _on_page(item, bounds),
        mode,
        abs(size.value) * stretch,
        tuple(colour for colour, _ in inks),
        max((alpha for _, alpha in inks), default=255),
        bool(pdfium.FPDFPageObj_HasTransparency(item.raw)),
        _is_cut(item, bounds),
    )


def _ink(item: pypdfium2.PdfObject, get: object) -> tuple[Colour, int]:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not get(item.raw, red, green, blue, alpha):  # type: ignore[operator]
        return (0, 0, 0), 255  # no colour of its own: black, the default of every page
    return (red.value, green.value, blue.value), alpha.value


def _area(item: pypdfium2.PdfObject, order: int) -> Area | None:
    bounds = _on_page(item, item.get_bounds())
    if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
        width, height = ctypes.c_uint(), ctypes.c_uint()
        pdfium.FPDFImageObj_GetImagePixelSize(item.raw, width, height)
        stored = pdfium.FPDFImageObj_GetImageDataRaw(item.raw, None, 0)
        return Area(order, bounds, None, picture=True, pixels=width.value * height.value, stored=stored)
    if item.type == pdfium.FPDF_PAGEOBJ_SHADING:
        return Area(order, bounds, None)
    if min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < _LINE_WIDTH:
        return None
    filled, stroked, thickness = ctypes.c_int(), ctypes.c_int(), ctypes.c_float()
    pdfium.FPDFPath_GetDrawMode(item.raw, filled, stroked)
    if filled.value:
        return Area(order, bounds, _ink(item, pdfium.FPDFPageObj_GetFillColor)[0])
    pdfium.FPDFPageObj_GetStrokeWidth(item.raw, thickness)
    thick = stroked.value and thickness.value >= _LINE_WIDTH
    return Area(order, bounds, _ink(item, pdfium.FPDFPageObj_GetStrokeColor)[0]) if thick else None


def _is_cut(item: pypdfium2.PdfObject, bounds: Bounds) -> bool:
    """Return whether the item's clip path leaves a tenth of it out, measured by the path's box."""
    clip = pdfium.FPDFPageObj_GetClipPath(item.raw)
    count = pdfium.FPDFClipPath_CountPaths(clip) if clip else 0
    return any(_share(bounds, box) < 0.9 for index in range(count) if (box := _clip_box(clip, index)) is not None)


def _clip_box(clip: object, index: int) -> Bounds | None:
    xs, ys = [], []
    x, y = ctypes.c_float(), ctypes.c_float()
    for at in range(min(pdfium.FPDFClipPath_CountPathSegments(clip, index), 64)):
        segment = pdfium.FPDFClipPath_GetPathSegment(clip, index, at)
        if pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            xs.append(x.value)
            ys.append(y.value)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _forms(item: pypdfium2.PdfObject) -> Iterator[Matrix]:
    """Yield the matrices of the forms around an item, from the inside."""
    form = item.container
    while form is not None:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFPageObj_GetMatrix(form.raw, matrix)
        yield matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f
        form = form.container


def _form_stretch(item: pypdfium2.PdfObject) -> float:
    stretch = 1.0
    for a, b, c, d, _, _ in _forms(item):
        stretch *= min((a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5)
    return stretch


def _on_page(item: pypdfium2.PdfObject, bounds: Bounds) -> Bounds:
    for a, b, c, d, e, f in _forms(item):
        x0, y0, x1, y1 = bounds
        xs = [a * x + c * y + e for x in (x0, x1) for y in (y0, y1)]
        ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
        bounds = min(xs), min(ys), max(xs), max(ys)
    return bounds


def address(item: object) -> int:
    """Return the address of an object of pdfium, by which the text layer names it."""
    return ctypes.cast(item, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
