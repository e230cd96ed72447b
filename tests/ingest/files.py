"""Small real files, ordinary and hostile, made with the usual libraries."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

Line = tuple[float, float, str, str, int]
"""x and y in points from the top left, text, font, size."""


def pdf(pages: Sequence[Sequence[Line]], *, password: str = "", title: str = "") -> bytes:
    """Return a PDF with the given lines of text on each page."""
    buffer = io.BytesIO()
    encrypt = StandardEncryption(password, ownerPassword="owner") if password else None
    canvas = Canvas(buffer, pagesize=A4, encrypt=encrypt)
    canvas.setTitle(title)
    for page in pages:
        for x, y, text, font, size in page:
            canvas.setFont(font, size)
            canvas.drawString(x, A4[1] - y, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def manual_page(number: int) -> list[Line]:
    """Return a page with a running header, a heading, a paragraph, a list and a footer."""
    return [
        (60, 40, "Acme X100 User Manual", "Helvetica", 9),
        (60, 100, f"Chapter {number}", "Helvetica-Bold", 20),
        (
            60,
            140,
            f"Fill the tank of part {number} with clean water before you switch the machine on and",
            "Helvetica",
            11,
        ),
        (60, 154, "wait until the green lamp is lit.", "Helvetica", 11),
        (60, 190, "• Empty the tray.", "Helvetica", 11),
        (60, 206, "• Rinse the tank.", "Helvetica", 11),
        (290, 820, str(number), "Helvetica", 9),
    ]


def scan(text: str) -> bytes:
    """Return a PNG picture of a line of text."""
    return _encoded(picture(text), "PNG")


def picture(text: str) -> Image.Image:
    image = Image.new("RGB", (1000, 300), "white")
    font = ImageFont.load_default(size=40)
    ImageDraw.Draw(image).text((60, 100), text, fill="black", font=font)
    return image


def scanned_pdf(text: str) -> bytes:
    """Return a PDF of one page with only a picture of text."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.drawImage(ImageReader(picture(text)), 40, 500, width=500, height=150)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word(paragraphs: Sequence[tuple[str, str]], table: Sequence[Sequence[str]] = ()) -> bytes:
    """Return a DOCX of (style, text) paragraphs, followed by a table if one is given."""
    document = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for cells in table:
            for cell, text in zip(grid.add_row().cells, cells, strict=True):
                cell.text = text
    return saved(document)


def slides(titles: Sequence[tuple[str, str]]) -> bytes:
    """Return a PPTX with a slide for each title and body."""
    presentation = pptx.Presentation()
    for title, body in titles:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    return saved(presentation)


def workbook(sheets: dict[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    """Return an XLSX with the given rows on each sheet; some sheets may be hidden."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def mail(subject: str, body: str, html: str = "", attachment: str = "") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.com", "b@example.com"
    message["Date"], message["MIME-Version"] = "Mon, 02 Jan 2023 10:00:00 +0000", "1.0"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    if attachment:
        message.add_attachment(b"data", maintype="application", subtype="octet-stream", filename=attachment)
    return message.as_bytes()


def part(data: bytes, name: str) -> bytes:
    """Return one part of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def parts(data: bytes) -> dict[str, bytes]:
    """Return all parts of a zip by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package(parts: dict[str, bytes]) -> bytes:
    """Return a zip of the given parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def bomb(mebibytes: int) -> bytes:
    """Return a DOCX-like package whose document unpacks to that many MiB of blanks."""
    blank = b" " * (mebibytes << 20)
    return package({"[Content_Types].xml": b"<Types/>", "word/document.xml": blank})


def xml_bomb() -> bytes:
    """Return the "billion laughs": XML whose entities expand to gigabytes."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">{entities}]><l>&l9;</l>'.encode()


def encoded(text: str, image_format: str) -> bytes:
    return _encoded(picture(text), image_format)


def _encoded(image: Image.Image, image_format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def sister(plain: bytes, main_type: str) -> bytes:
    """Return an Office package that states another type for its main part, and has a macro project."""
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stated = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = re.sub(
        rb'application/vnd\.openxmlformats[^"]*(?:document|presentation|sheet)\.main\+xml', main_type.encode(), stated
    )
    return package(parts | {"macros/vbaProject.bin": b"Sub AutoOpen()"})


def open_document(kind: str, content: bytes, manifest: bytes = b"") -> bytes:
    """Return an OpenDocument package with this content."""
    parts = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": content}
    return package(parts | {"META-INF/manifest.xml": b"<manifest:manifest>" + manifest + b"</manifest:manifest>"})


def ole(stream: str, data: bytes) -> bytes:
    """Return an OLE compound file with one stream, as Office 97 wrote its files."""
    sectors = max(8, -(-len(data) // 512))  # a shorter stream would have to be in the mini stream
    size = sectors * 512
    header = struct.pack("<8s16x5H6x", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    chain = [*range(3, 2 + sectors), END]
    table = struct.pack("<128I", 0xFFFFFFFD, END, *chain, *[FREE] * (126 - sectors))
    root = _ole_entry("Root Entry", 5, child=1, start=END, size=0)
    folder = root + _ole_entry(stream, 2, child=FREE, start=2, size=size) + bytes(256)
    return header + table + folder + data.ljust(size, b"\0")


END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def _ole_entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    head = struct.pack("<64sHBB3I", encoded, len(encoded), kind, 1, FREE, FREE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def old_workbook(rows: Sequence[Sequence[str]], *, locked: bool = False) -> bytes:
    """Return an Excel 97 workbook with one sheet, `Sheet`; or the start of one with a password."""
    begin = _record(0x0809, struct.pack("<4H2I", 0x0600, 5, 0, 1997, 0, 0))
    lock = _record(0x002F, struct.pack("<3H", 0, 0x1234, 0x5678)) if locked else b""
    name = b"\x05\x00Sheet"
    sheet_at = len(begin) + len(lock) + 4 + 6 + len(name) + 4
    globals_ = begin + lock + _record(0x0085, struct.pack("<IH", sheet_at, 0) + name) + _record(0x000A, b"")
    cells = [
        _record(0x0204, struct.pack("<4HB", row, column, 0, len(text), 0) + text.encode("latin-1"))
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    ]
    sheet = _record(0x0809, struct.pack("<4H2I", 0x0600, 0x10, 0, 1997, 0, 0)) + b"".join(cells) + _record(0x000A, b"")
    return ole("Workbook", globals_ + sheet)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data
