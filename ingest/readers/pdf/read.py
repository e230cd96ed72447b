"""Reads a PDF: opens it, takes its pages apart, and makes the tree of its blocks. Pages that are scans go to OCR.

`page_parts` reads one page, `is_scan` says whether it is a picture of text.
"""

from __future__ import annotations

from collections.abc import Mapping

import pypdfium2
import pypdfium2.raw as pdfium

from core.errors import DocumentRejected
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.hidden_text.pdf import page as pdf
from ingest.readers.ocr import Ocr
from ingest.readers.pdf.annotations.added import Added, open_forms, read_added, with_drawn
from ingest.readers.pdf.annotations.apply import apply, comments, take_out_frames
from ingest.readers.pdf.flows import Flow, taken_apart
from ingest.readers.pdf.page.drawn import read_drawn
from ingest.readers.pdf.page.glyphs import placed, words
from ingest.readers.pdf.page.parts import Frame, PageParts
from ingest.readers.pdf.page.running import without_running
from ingest.readers.pdf.style import style_of
from ingest.readers.pdf.tables.structure import structure, tagged_tables
from ingest.readers.pdf.tree import Tree
from ingest.readers.scans.page import Scanned

USE_TAGS = True
"""Whether the structure tree of tagged files is used; without it everything is found from places."""
_FEW_CHARACTERS = 8
"""A page with a picture and fewer characters than this (a stamped page number) counts as a scan."""


def read_pdf(data: bytes, ocr: Ocr) -> Reading:
    """Return a PDF's blocks with page and boxes. Raises DocumentRejected: encrypted, damaged, scans without OCR."""
    document = _open(data)
    try:
        return _read(document, ocr)
    finally:
        document.close()


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentRejected(
                "The PDF is encrypted with a password.", hint="Remove the password and upload it again."
            ) from error
        raise DocumentRejected(
            "The PDF is damaged or truncated and cannot be opened.", hint="Print it to a new PDF and upload that."
        ) from error


def _read(document: pypdfium2.PdfDocument, ocr: Ocr) -> Reading:
    pages: list[PageParts] = []
    scanned: dict[int, list[Node]] = {}
    warnings = open_forms(document)
    scans: list[Scanned] = []
    unread = 0
    for index in range(len(document)):
        number = index + 1
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            warnings.append(f"Page {number} is damaged and was left out.")
            pages.append(PageParts(Frame(number, 1.0, 1.0)))
            continue
        added = read_added(document, page)
        if added is not None and added.drawn:
            page = with_drawn(document, page, index)
        parts = page_parts(page, number, added)
        if is_scan(page, parts):
            found = _scan(page, number, ocr)
            unread += found is None
            scanned[number] = list(found.nodes) if found is not None else []
            scans += [found] if found is not None else []
            if scanned[number]:
                parts.words = []
        pages.append(parts)
        page.close()
    if unread and unread == len(scanned) and not any(parts.words for parts in pages):
        raise DocumentRejected("The PDF holds only scanned pages, and OCR is not installed here.", hint=ocr.advice)
    if unread:
        warnings.append(f"{unread} scanned pages were left out. {ocr.advice}")
    warnings += ocr.warnings(scans)
    nodes = assembled(pages, scanned, _outline(document))
    nodes += [comment for parts in pages for comment in parts.comments]
    return Reading(tuple(nodes), title=_title(document), pages=len(pages), warnings=tuple(warnings))


def page_parts(page: pypdfium2.PdfPage, number: int, added: Added | None = None) -> PageParts:
    """Return the visible words of a page, what was put onto it, and what it draws; `number` counts from 1."""
    text = page.get_textpage()
    hidden = pdf.find_hidden(page, text, number - 1)
    try:
        frame, affine = placed(page, number, text)
        parts = PageParts(frame, words(text, affine, frame, hidden))
        if added is not None:
            apply(added, parts, affine)
            parts.comments = comments(added, parts, affine)
        read_drawn(page, affine, parts)
        take_out_frames(parts)
        if USE_TAGS and (found := structure(page)) is not None:
            for word in parts.words:
                word.tag = found.tags.get(word.mark)
            parts.tables = list(tagged_tables(found, parts.words, frame))
        return parts
    finally:
        hidden.record()
        text.close()


def is_scan(page: pypdfium2.PdfPage, parts: PageParts) -> bool:
    """Return whether a page has a picture and next to no text."""
    own = [word for word in parts.words if not any(area.holds(word.middle, word.base) for area in parts.added)]
    if sum(len(word.text) for word in own) >= _FEW_CHARACTERS:
        return False
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))


def assembled(pages: list[PageParts], scanned: Mapping[int, list[Node]], outline: Mapping[str, int]) -> list[Node]:
    """Return the blocks of all pages in order; `scanned` has those of pages that OCR read."""
    without_running(pages)
    gutters: set[int] = set()
    flows = [taken_apart(parts, gutters) for parts in pages]
    style = style_of([flow for page in flows for flow in page], outline)
    _shift([flow for page in flows for flow in page])
    tree = Tree(style)
    for parts, page in zip(pages, flows, strict=True):
        for flow in page:
            tree.add(flow)
        if found := scanned.get(parts.frame.page):
            tree.finished().extend(found)
    return tree.finished()


def _shift(flows: list[Flow]) -> None:
    """Tell each column how far right of the first it begins, so that indents in all columns can be compared."""
    left: dict[tuple[int, ...], float] = {}
    for flow in flows:
        if flow.pieces:
            left[flow.column] = min(left.get(flow.column, 1e6), flow.left)
    if len(left) > 1:
        first = left[min(left)]
        for flow in flows:
            flow.shift = left.get(flow.column, first) - first if flow.column else 0.0


def _scan(page: pypdfium2.PdfPage, number: int, ocr: Ocr) -> Scanned | None:
    """Return what OCR finds on a page; None when OCR is not installed."""
    if not ocr.available:
        return None
    width, height = page.get_size()
    scale = ocr.scale(width, height)
    return ocr.read(page.render(scale=scale, grayscale=True).to_pil(), number)


def _title(document: pypdfium2.PdfDocument) -> str | None:
    try:
        return one_line(document.get_metadata_value("Title")) or None
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return None


def _outline(document: pypdfium2.PdfDocument) -> dict[str, int]:
    """Return the bookmarks' titles with their depth from 1; a line that equals a title is a heading."""
    outline: dict[str, int] = {}
    try:
        for mark in document.get_toc(max_depth=6):
            outline.setdefault(one_line(mark.get_title()).casefold(), mark.level + 1)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return {}
    return outline
