"""Finds what was put onto a page, and draws it into the page, so that its text is read like any other.

pdfium draws text fields, typed-in text and stamps ("flattening"), so hidden text among them is found as usual.
Checkboxes become ☒ and ☐; buttons are not drawn. Comments are read from their dictionaries.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.account import left_out
from ingest.readers.pdf.annotations.handles import Annotation, Bounds, field_string, seen

_COMMENTS = frozenset({
    pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_CARET, pdfium.FPDF_ANNOT_INK, pdfium.FPDF_ANNOT_SQUARE,
    pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_POLYLINE,
})  # fmt: skip
_DRAWN = frozenset({pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP})
_CHECKED = frozenset({pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON})
_MOST_OPTIONS = 2000
_MOST_LINKS = 5000
_LONGEST_TARGET = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an address, and the rectangles of the text that it is on."""

    target: str
    areas: tuple[Bounds, ...]


@dataclass(slots=True)
class Added:
    """What was put onto a page. Texts have their rectangle in the page's own coordinates."""

    texts: list[tuple[str, Bounds]] = field(default_factory=list)
    """Checkboxes and choices from lists, which are not drawn."""
    comments: list[tuple[str, Bounds]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    struck: list[Bounds] = field(default_factory=list)
    drawn: list[Bounds] = field(default_factory=list)
    """Where fields and typed-in text are."""


def open_forms(document: pypdfium2.PdfDocument) -> list[str]:
    """Let pdfium read the form fields of a document, before its pages are opened; return warnings."""
    try:
        kind = document.get_formtype()
        document.init_forms()
    except pypdfium2.PdfiumError:
        return ["The form in the PDF is damaged; its fields were not read."]
    if kind == pdfium.FORMTYPE_XFA_FULL:
        return ["The PDF is an XFA form, which only some programs show; print it to a new PDF and upload that."]
    return []


def read_added(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Added | None:
    """Return what was put onto a page, None if nothing was. Checkboxes, lists and buttons will not be drawn."""
    if not pdfium.FPDFPage_GetAnnotCount(page.raw):
        return None
    added = Added(links=_links(document, page))
    for annotation in seen(page):
        if annotation.kind == pdfium.FPDF_ANNOT_WIDGET:
            _field(document, annotation, added)
        if annotation.kind in _DRAWN:
            added.drawn.append(annotation.bounds)
        if annotation.kind == pdfium.FPDF_ANNOT_FREETEXT and not annotation.is_drawn:
            added.texts.append((annotation.text("Contents"), annotation.bounds))
        if annotation.kind == pdfium.FPDF_ANNOT_STRIKEOUT:
            added.struck += annotation.areas()
        if annotation.kind in _COMMENTS and (text := annotation.text("Contents")):
            added.comments.append((text, annotation.bounds))
    return added


def with_drawn(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, index: int) -> pypdfium2.PdfPage:
    """Return the page with its fields and typed-in text as parts of its content."""
    pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _field(document: pypdfium2.PdfDocument, annotation: Annotation, added: Added) -> None:
    """Read a field that says more than it shows: checkboxes and lists; leave out buttons."""
    form = document.formenv.raw if document.formenv is not None else None
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation.raw) if form is not None else -1
    if kind in _CHECKED:
        checked = pdfium.FPDFAnnot_IsChecked(form, annotation.raw)
        added.texts.append(("☒" if checked else "☐", annotation.bounds))
    elif kind == pdfium.FPDF_FORMFIELD_LISTBOX:
        added.texts.append((", ".join(_chosen(form, annotation)), annotation.bounds))
    elif kind == pdfium.FPDF_FORMFIELD_PUSHBUTTON:
        left_out("control", field_string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation.raw))
    else:
        return
    annotation.hide()


def _chosen(form: object, annotation: Annotation) -> list[str]:
    count = min(pdfium.FPDFAnnot_GetOptionCount(form, annotation.raw), _MOST_OPTIONS)
    return [
        field_string(pdfium.FPDFAnnot_GetOptionLabel, form, annotation.raw, index)
        for index in range(count)
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation.raw, index)
    ]


def _links(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> list[Link]:
    found: list[Link] = []
    at, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(_MOST_LINKS):
        if not pdfium.FPDFLink_Enumerate(page.raw, at, link):
            break
        target = _target(document, link)
        areas = _areas(link) if target else []
        if areas:
            found.append(Link(target, tuple(areas)))
    return found


def _target(document: pypdfium2.PdfDocument, link: object) -> str:
    action = pdfium.FPDFLink_GetAction(link)
    if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
        return ""
    size = pdfium.FPDFAction_GetURIPath(document.raw, action, None, 0)
    if not 1 < size <= _LONGEST_TARGET:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(document.raw, action, buffer, size)
    return buffer.value.decode("utf-8", "replace").strip()


def _areas(link: object) -> list[Bounds]:
    quads, rect = pdfium.FS_QUADPOINTSF(), pdfium.FS_RECTF()
    found: list[Bounds] = []
    for index in range(min(pdfium.FPDFLink_CountQuadPoints(link), 200)):
        if pdfium.FPDFLink_GetQuadPoints(link, index, quads):
            xs, ys = (quads.x1, quads.x2, quads.x3, quads.x4), (quads.y1, quads.y2, quads.y3, quads.y4)
            found.append((min(xs), min(ys), max(xs), max(ys)))
    if not found and pdfium.FPDFLink_GetAnnotRect(link, rect):
        found.append((rect.left, min(rect.bottom, rect.top), rect.right, max(rect.bottom, rect.top)))
    return found
