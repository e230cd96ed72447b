"""Finds hidden text in a PDF: printed invisibly, transparent, tiny, off the page, in the colour of its background.

Checks text objects and, where a colour is doubtful, compares two images of the page: with and without the doubtful
text. Invisible print over a picture is the text of a scan, and stays.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ingest.hidden_text import report

_DEPTH = 4
_TINY = 1.5
"""Font size in points below which nobody can read the text."""
_FAINT = 10
"""Alpha, of 255, below which text is transparent."""
_PAGE_COLOUR = 225
"""A colour whose channels are all at least this may be the colour of the page."""
_LINE_WIDTH = 6.0
"""A filled area narrower than this, in points, is a line and not a background."""
_VISIBLE_CHANGE = 24
"""Text is seen when it changes the page by at least this many steps of grey."""
_SCALE = 1.5
_INVISIBLE_MODES = frozenset({3, 7})
"""Render modes that put no ink on the page (PDF 32000-1, table 106)."""
Bounds = tuple[float, float, float, float]
Colour = tuple[int, int, int]


@dataclass(slots=True)
class HiddenObjects:
    """The hidden text objects of one page, by address, with how they are hidden; collects their text."""

    kinds: Mapping[int, str] = field(default_factory=dict)
    _runs: list[tuple[str, list[str]]] = field(default_factory=list)
    _last: int | None = None

    def contains(self, text: pypdfium2.PdfTextPage, index: int, code: int) -> bool:
        """Return whether a character belongs to a hidden object, and collect it if so."""
        if not self.kinds:
            return False
        kind = self.kinds.get(_address(pdfium.FPDFText_GetTextObject(text.raw, index)))
        if kind is None:
            self._last = None if not chr(code).isspace() else self._last
            return False
        if self._last is None or self._runs[-1][0] != kind:
            self._runs.append((kind, []))
        self._runs[-1][1].append(chr(code))
        self._last = index
        return True

    def record(self) -> None:
        """Record each run of hidden text in the report."""
        for kind, chars in self._runs:
            report.record(kind, "".join(chars))


@dataclass(frozen=True, slots=True)
class _TextObject:
    address: int
    order: int
    bounds: Bounds
    mode: int
    size: float
    ink: Colour
    alpha: int
    nested: bool
    """Whether it is inside a form; bounds and size are then in the form's own coordinates."""


def find_hidden(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, index: int) -> HiddenObjects:
    """Return the hidden text objects of a page; nearly every page has none."""
    texts = list(_texts(page))
    kinds = {each.address: kind for each in texts if (kind := _hidden_by(page, each)) is not None}
    left = [each for each in texts if each.address not in kinds]
    backgrounds = _background_colours(page) if left else set()
    doubtful = [each for each in left if min(each.ink) >= _PAGE_COLOUR or (each.ink in backgrounds and not each.nested)]
    if any(each.nested for each in doubtful):
        boxes = _boxes(text)
        doubtful = [replace(each, bounds=boxes.get(each.address, each.bounds)) for each in doubtful]
    if doubtful:
        kinds |= {each.address: "same_colour" for each in _without_effect(page, index, doubtful)}
    return HiddenObjects(kinds)


def _texts(page: pypdfium2.PdfPage) -> Iterator[_TextObject]:
    for order, item in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH)):
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
        if not pdfium.FPDFPageObj_GetFillColor(item.raw, red, green, blue, alpha):
            alpha.value = 255  # no colour of its own: black, the default of every page
        pdfium.FPDFTextObj_GetFontSize(item.raw, size)
        pdfium.FPDFPageObj_GetMatrix(item.raw, matrix)
        stretch = max((matrix.a**2 + matrix.b**2) ** 0.5, (matrix.c**2 + matrix.d**2) ** 0.5)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item.raw)
        ink = (red.value, green.value, blue.value)
        bounds, nested = item.get_bounds(), item.level > 0
        yield _TextObject(_address(item.raw), order, bounds, mode, size.value * stretch, ink, alpha.value, nested)


def _hidden_by(page: pypdfium2.PdfPage, text: _TextObject) -> str | None:
    """Return how a text is hidden where the object alone shows it, without an image of the page."""
    left, bottom, right, top = page.get_bbox()
    x0, y0, x1, y1 = text.bounds
    if not text.nested and (x1 <= left or x0 >= right or y1 <= bottom or y0 >= top):
        return "off_page"
    if text.mode in _INVISIBLE_MODES:
        return None if _over_picture(page, None if text.nested else text.bounds) else "invisible_print"
    if text.alpha < _FAINT and text.mode == 0:
        return "transparent"
    return "no_size" if not text.nested and 0 < text.size < _TINY else None


def _over_picture(page: pypdfium2.PdfPage, bounds: Bounds | None) -> bool:
    """Return whether a picture overlaps the bounds; any picture on the page counts where the bounds are unknown."""
    x0, y0, x1, y1 = bounds or page.get_bbox()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH):
        left, bottom, right, top = item.get_bounds()
        if left < x1 and right > x0 and bottom < y1 and top > y0:
            return True
    return False


def _background_colours(page: pypdfium2.PdfPage) -> set[Colour]:
    """Return the colours of filled areas that are large enough to be a background of words."""
    colours = set()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=_DEPTH):
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        left, bottom, right, top = item.get_bounds()
        pdfium.FPDFPath_GetDrawMode(item.raw, filled, stroked)
        if not filled.value or min(right - left, top - bottom) < _LINE_WIDTH:
            continue
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if pdfium.FPDFPageObj_GetFillColor(item.raw, red, green, blue, alpha):
            colours.add((red.value, green.value, blue.value))
    return colours


def _without_effect(page: pypdfium2.PdfPage, index: int, doubtful: Sequence[_TextObject]) -> Iterator[_TextObject]:
    """Yield the texts whose removal does not change the image of the page."""
    copy = page.pdf[index]
    try:
        before = _image(copy)
        orders = {text.order for text in doubtful}
        for order, item in enumerate(copy.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH)):
            if order in orders:
                pdfium.FPDFPageObj_SetFillColor(item.raw, 0, 0, 0, 0)
        changed = np.abs(before - _image(copy)) >= _VISIBLE_CHANGE
    finally:
        copy.close()
    height, width = changed.shape
    for text in doubtful:
        columns, rows = zip(*(_pixel(page, x, y, width, height) for x, y in _corners(text.bounds)), strict=True)
        part = np.s_[max(min(rows) - 1, 0) : max(rows) + 2, max(min(columns) - 1, 0) : max(columns) + 2]
        # where a picture or a form is drawn over it, a person may still read something there: a scan's own words
        flat = before[part].size == 0 or int(before[part].max()) - int(before[part].min()) < _VISIBLE_CHANGE
        if not changed[part].any() and (flat or not (text.nested or _over_picture(page, text.bounds))):
            yield text


def _boxes(text: pypdfium2.PdfTextPage) -> dict[int, Bounds]:
    """Return the bounds on the page of each text object's characters, also inside forms."""
    boxes: dict[int, Bounds] = {}
    for index in range(text.count_chars()):
        address = _address(pdfium.FPDFText_GetTextObject(text.raw, index))
        x0, y0, x1, y1 = text.get_charbox(index)
        left, bottom, right, top = boxes.get(address, (x0, y0, x1, y1))
        boxes[address] = (min(left, x0), min(bottom, y0), max(right, x1), max(top, y1))
    return boxes


def _image(page: pypdfium2.PdfPage) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    shown: np.ndarray[tuple[int, int], np.dtype[np.int16]] = np.asarray(
        page.render(scale=_SCALE, grayscale=True).to_pil()
    ).astype(np.int16)
    return shown


def _corners(bounds: Bounds) -> tuple[tuple[float, float], tuple[float, float]]:
    return (bounds[0], bounds[1]), (bounds[2], bounds[3])


def _pixel(page: pypdfium2.PdfPage, x: float, y: float, width: int, height: int) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, across, down)
    return across.value, down.value


def _address(item: object) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
