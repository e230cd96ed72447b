"""Lists what a PDF page draws (texts, and what may cover or cut them), in page coordinates and in drawing order.

Says which texts are hidden by their own properties and which are in doubt; `ingest.hidden_text.pdf.drawn` decides about
those from images of the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
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
    reader = _Reader()
    for order, (item, kind, forms) in enumerate(_objects(page)):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            found.texts.append(reader.text(item, order, forms))
        elif kind != pdfium.FPDF_PAGEOBJ_FORM and (area := reader.area(item, kind, order, forms)) is not None:
            found.areas.append(area)
    return found


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[object, int, tuple[Matrix, ...]]]:
    """Yield each object with its type and the matrices of the forms around it, from the inside.

    The order is that of `PdfPage.get_objects`, which is slow where a program draws each letter as an object.
    """
    get_type = pdfium.FPDFPageObj_GetType
    stack: list[tuple[Iterator[object], tuple[Matrix, ...]]] = [
        ((pdfium.FPDFPage_GetObject(page.raw, at) for at in range(pdfium.FPDFPage_CountObjects(page.raw))), ())
    ]
    while stack:
        items, forms = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
            continue
        kind = get_type(item)
        yield item, kind, forms
        if kind == pdfium.FPDF_PAGEOBJ_FORM and len(stack) < DEPTH:
            stack.append((_inside(item), (_matrix(item), *forms)))


def _inside(form: object) -> Iterator[object]:
    for at in range(pdfium.FPDFFormObj_CountObjects(form)):
        yield pdfium.FPDFFormObj_GetObject(form, at)


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
    x0, y0, x1, y1 = text.bounds
    near = [a for a in areas if a.bounds[0] <= x1 and a.bounds[2] >= x0 and a.bounds[1] <= y1 and a.bounds[3] >= y0]
    if text.cut or any(area.order > text.order and _share(text.bounds, area.bounds) >= _COVERED for area in near):
        return "covered"
    if text.alpha < _SOLID or text.blended:
        return "transparent"
    behind = [area for area in near if area.order < text.order and _share(text.bounds, area.bounds) > 0]
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


class _Reader:
    """Reads the properties of objects into buffers that are made once."""

    def __init__(self) -> None:
        self._size, self._thickness = ctypes.c_float(), ctypes.c_float()
        self._sides = tuple(ctypes.c_float() for _ in range(4))
        self._channels = tuple(ctypes.c_uint() for _ in range(4))
        self._m = pdfium.FS_MATRIX()
        self._by_size, self._by_m = ctypes.byref(self._size), ctypes.byref(self._m)
        self._by_sides = tuple(ctypes.byref(each) for each in self._sides)
        self._by_channels = tuple(ctypes.byref(each) for each in self._channels)

    def text(self, item: object, order: int, forms: tuple[Matrix, ...]) -> TextObject:
        pdfium.FPDFTextObj_GetFontSize(item, self._by_size)
        pdfium.FPDFPageObj_GetMatrix(item, self._by_m)
        m = self._m
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        inks = [self._ink(item, pdfium.FPDFPageObj_GetFillColor)] if mode in _FILLED_MODES else []
        inks += [self._ink(item, pdfium.FPDFPageObj_GetStrokeColor)] if mode in _OUTLINE_MODES else []
        stretch = min((m.a**2 + m.b**2) ** 0.5, (m.c**2 + m.d**2) ** 0.5) * _form_stretch(forms)
        bounds = self._bounds(item)
        return TextObject(
            address(item),
            order,
            _on_page(bounds, forms) if forms else bounds,
            mode,
            abs(self._size.value) * stretch,
            tuple(colour for colour, _ in inks),
            max((alpha for _, alpha in inks), default=255),
            bool(pdfium.FPDFPageObj_HasTransparency(item)),
            _is_cut(item, bounds),
        )

    def area(self, item: object, kind: int, order: int, forms: tuple[Matrix, ...]) -> Area | None:
        bounds = _on_page(self._bounds(item), forms)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            width, height = ctypes.c_uint(), ctypes.c_uint()
            pdfium.FPDFImageObj_GetImagePixelSize(item, width, height)
            stored = pdfium.FPDFImageObj_GetImageDataRaw(item, None, 0)
            return Area(order, bounds, None, picture=True, pixels=width.value * height.value, stored=stored)
        if kind == pdfium.FPDF_PAGEOBJ_SHADING:
            return Area(order, bounds, None)
        if min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < _LINE_WIDTH:
            return None
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, filled, stroked)
        if filled.value:
            return Area(order, bounds, self._ink(item, pdfium.FPDFPageObj_GetFillColor)[0])
        pdfium.FPDFPageObj_GetStrokeWidth(item, ctypes.byref(self._thickness))
        thick = stroked.value and self._thickness.value >= _LINE_WIDTH
        return Area(order, bounds, self._ink(item, pdfium.FPDFPageObj_GetStrokeColor)[0]) if thick else None

    def _bounds(self, item: object) -> Bounds:
        if not pdfium.FPDFPageObj_GetBounds(item, *self._by_sides):
            return 0.0, 0.0, 0.0, 0.0
        left, bottom, right, top = self._sides
        return left.value, bottom.value, right.value, top.value

    def _ink(self, item: object, get: Callable[..., int]) -> tuple[Colour, int]:
        if not get(item, *self._by_channels):
            return (0, 0, 0), 255  # no colour of its own: black, the default of every page
        red, green, blue, alpha = self._channels
        return (red.value, green.value, blue.value), alpha.value


def _is_cut(item: object, bounds: Bounds) -> bool:
    """Return whether the item's clip path leaves a tenth of it out, measured by the path's box."""
    clip = pdfium.FPDFPageObj_GetClipPath(item)
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


def _matrix(item: object) -> Matrix:
    m = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, m)
    return m.a, m.b, m.c, m.d, m.e, m.f


def _form_stretch(forms: tuple[Matrix, ...]) -> float:
    stretch = 1.0
    for a, b, c, d, _, _ in forms:
        stretch *= min((a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5)
    return stretch


def _on_page(bounds: Bounds, forms: tuple[Matrix, ...]) -> Bounds:
    for a, b, c, d, e, f in forms:
        x0, y0, x1, y1 = bounds
        xs = [a * x + c * y + e for x in (x0, x1) for y in (y0, y1)]
        ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
        bounds = min(xs), min(ys), max(xs), max(ys)
    return bounds


def address(item: object) -> int:
    """Return the address of an object of pdfium, by which the text layer names it."""
    return ctypes.cast(item, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
