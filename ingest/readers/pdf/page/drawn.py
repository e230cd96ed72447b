"""Reads what a PDF page draws beside text: rules, filled areas, small shapes that may be bullets, pictures.

Thin rectangles are rules, since most programs draw the borders of tables so. Knows nothing of tables.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.pdf.page.glyphs import Affine
from ingest.readers.pdf.page.parts import Area, PageParts, Rule

_DEPTH = 4
_MOST_SEGMENTS = 4000
_MOST_OBJECTS = 40_000
_THIN = 2.6
_DOT = (1.2, 9.0)
_WHITE = 252
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Matrix = tuple[float, float, float, float, float, float]
Bounds = tuple[float, float, float, float]


def read_drawn(page: pypdfium2.PdfPage, affine: Affine, parts: PageParts) -> None:
    """Add the rules, fills, dots and pictures of a page to its parts."""
    whole = parts.frame.width * parts.frame.height
    for item, kind, matrix in _items(page):
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            if (bounds := _bounds(item, matrix, affine)) is not None:
                parts.pictures.append(Area(*bounds))
            continue
        for bounds, curved, colour, filled in _shapes(item, matrix, affine):
            _sort(parts, bounds, curved, colour, filled, whole)


def _items(page: pypdfium2.PdfPage) -> Iterator[tuple[object, int, Matrix]]:
    """Yield paths and pictures with the matrix of the forms around them."""
    seen = 0
    count = pdfium.FPDFPage_CountObjects(page.raw)
    stack: list[tuple[Iterator[object], Matrix, int]] = [
        ((pdfium.FPDFPage_GetObject(page.raw, index) for index in range(count)), _IDENTITY, 0)
    ]
    while stack and seen < _MOST_OBJECTS:
        items, matrix, depth = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
            continue
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind in {pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE}:
            seen += 1
            yield item, kind, matrix
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
            stack.append((_inside(item), _times(_matrix(item), matrix), depth + 1))


def _inside(form: object) -> Iterator[object]:
    for index in range(pdfium.FPDFFormObj_CountObjects(form)):
        yield pdfium.FPDFFormObj_GetObject(form, index)


def _matrix(item: object) -> Matrix:
    m = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, m)
    return m.a, m.b, m.c, m.d, m.e, m.f


def _times(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that does `m`, then `n`."""
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def _bounds(item: object, matrix: Matrix, affine: Affine) -> Bounds | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    a, b, c, d, e, f = matrix
    xs, ys = (left.value, right.value), (bottom.value, top.value)
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in xs for y in ys]
    return affine.box(
        min(x for x, _ in corners), min(y for _, y in corners), max(x for x, _ in corners), max(y for _, y in corners)
    )


Shape = tuple[Bounds, bool, tuple[int, int, int] | None, bool]


def _shapes(item: object, matrix: Matrix, affine: Affine) -> Iterator[Shape]:
    """Yield the rectangles and straight lines of a path: bounds, whether it is curved, its colour, whether filled."""
    filled, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, filled, stroked)
    fill = bool(filled.value)
    if not fill and not stroked.value:
        return
    colour = _colour(item, pdfium.FPDFPageObj_GetFillColor if fill else pdfium.FPDFPageObj_GetStrokeColor)
    if colour is None:
        return
    count = pdfium.FPDFPath_CountSegments(item)
    if fill and not stroked.value and count <= 6 and not _is_curved(item, count):
        if (bounds := _bounds(item, matrix, affine)) is not None:
            yield bounds, False, colour, True
        return
    to_page = _times(_matrix(item), matrix)
    for points, curved in _subpaths(item, count, to_page, affine):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        bounds = min(xs), min(ys), max(xs), max(ys)
        if curved or fill or min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < _THIN:
            yield bounds, curved, colour, fill
        if curved or not stroked.value or min(bounds[2] - bounds[0], bounds[3] - bounds[1]) < _THIN:
            continue
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            if min(abs(x1 - x0), abs(y1 - y0)) < 0.5:
                yield (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), False, colour, False


def _is_curved(item: object, count: int) -> bool:
    return any(
        pdfium.FPDFPathSegment_GetType(pdfium.FPDFPath_GetPathSegment(item, at)) == pdfium.FPDF_SEGMENT_BEZIERTO
        for at in range(count)
    )


def _subpaths(item: object, count: int, m: Matrix, affine: Affine) -> Iterator[tuple[list[tuple[float, float]], bool]]:
    points: list[tuple[float, float]] = []
    curved = False
    x, y = ctypes.c_float(), ctypes.c_float()
    for at in range(min(count, _MOST_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(item, at)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        px, py = m[0] * x.value + m[2] * y.value + m[4], m[1] * x.value + m[3] * y.value + m[5]
        point = affine.a * px + affine.c * py + affine.e, affine.b * px + affine.d * py + affine.f
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, curved
            points, curved = [], False
        curved = curved or kind == pdfium.FPDF_SEGMENT_BEZIERTO
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if len(points) > 1:
        yield points, curved


def _colour(item: object, get: object) -> tuple[int, int, int] | None:
    """Return the colour of a path; None for ink that nobody sees."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not get(item, red, green, blue, alpha):  # type: ignore[operator]
        return 0, 0, 0
    return None if alpha.value < 8 else (red.value, green.value, blue.value)


def _sort(
    parts: PageParts, bounds: Bounds, curved: bool, colour: tuple[int, int, int] | None, filled: bool, whole: float
) -> None:
    x0, y0, x1, y1 = bounds
    width, height = x1 - x0, y1 - y0
    white = colour is not None and min(colour) >= _WHITE
    if _DOT[0] <= width <= _DOT[1] and _DOT[0] <= height <= _DOT[1] and 0.5 < width / height < 2 and not white:
        parts.dots.append(Area(x0, y0, x1, y1))
    elif curved or white:
        return
    elif height <= _THIN and width > 4 * _THIN:
        parts.across.append(Rule((y0 + y1) / 2, x0, x1))
    elif (width <= _THIN and height > 2 * _THIN) or (filled and width <= _DOT[1] and height > 2 * _DOT[1]):
        parts.down.append(Rule((x0 + x1) / 2, y0, y1))
    elif filled and width > _DOT[1] and height > _THIN and width * height < 0.9 * whole:
        parts.fills.append(Area(x0, y0, x1, y1, colour))
