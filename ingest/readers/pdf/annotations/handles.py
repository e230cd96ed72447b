"""Opens the annotations of a page one after the other, and reads their strings and rectangles with pdfium."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.cleaning import one_line

MOST = 5000
"""Annotations of a page that are read."""
_LONGEST = 1 << 20
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own coordinates."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """An open annotation: valid only until the next one is asked for."""

    raw: Any
    kind: int
    bounds: Bounds

    def text(self, key: str) -> str:
        """Return a string of its dictionary in one line."""
        return _string(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(self.raw, key.encode(), buffer, size))

    def areas(self) -> list[Bounds]:
        """Return the rectangles of the lines that it marks; its own rectangle if it has none."""
        quads = pdfium.FS_QUADPOINTSF()
        found: list[Bounds] = []
        for index in range(min(pdfium.FPDFAnnot_CountAttachmentPoints(self.raw), MOST)):
            if pdfium.FPDFAnnot_GetAttachmentPoints(self.raw, index, quads):
                xs, ys = (quads.x1, quads.x2, quads.x3, quads.x4), (quads.y1, quads.y2, quads.y3, quads.y4)
                found.append((min(xs), min(ys), max(xs), max(ys)))
        return found or [self.bounds]

    @property
    def is_drawn(self) -> bool:
        """Return whether the file says how it looks; pdfium makes that up only where there is a form."""
        return bool(pdfium.FPDFAnnot_HasKey(self.raw, b"AP"))

    def hide(self) -> None:
        """Let it not be drawn."""
        flags = pdfium.FPDFAnnot_GetFlags(self.raw)
        pdfium.FPDFAnnot_SetFlags(self.raw, flags | pdfium.FPDF_ANNOT_FLAG_HIDDEN)


def seen(page: pypdfium2.PdfPage) -> Iterator[Annotation]:
    """Yield the annotations that a reader of the page sees, in the order of the file."""
    rect = pdfium.FS_RECTF()
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST)):
        raw = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not raw:
            continue
        try:
            if pdfium.FPDFAnnot_GetFlags(raw) & _UNSEEN or not pdfium.FPDFAnnot_GetRect(raw, rect):
                continue
            low, high = sorted((rect.bottom, rect.top))
            yield Annotation(raw, pdfium.FPDFAnnot_GetSubtype(raw), (rect.left, low, rect.right, high))
        finally:
            pdfium.FPDFPage_CloseAnnot(raw)


def field_string(read: Callable[..., int], *arguments: Any) -> str:
    """Return a form field's string in one line; `read` is one of pdfium's functions."""
    return _string(lambda buffer, size: read(*arguments, buffer, size))


def _string(read: Callable[[Any, int], int]) -> str:
    size = read(None, 0)
    if not 2 < size <= _LONGEST:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    read(buffer, size)
    return one_line(bytes(buffer)[:size].decode("utf-16-le", "replace").rstrip("\0"))
