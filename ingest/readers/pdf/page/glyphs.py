"""Reads the visible characters of a PDF page with pdfium and joins them to words with places and type.

Knows nothing of lines or paragraphs; `ingest.readers.pdf.page.lines` is next.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.hidden_text.pdf import page as pdf
from ingest.readers.pdf.page.parts import Frame, Word

HYPHEN = "\ufffe"
"""pdfium's code for a hyphen at a line end."""
_GRID = 1_000_000
_BLANK = frozenset(" \t\r\n\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
_BOLD = re.compile(rb"bold|black|heavy|medi(?!um)|semibold|demi", re.IGNORECASE)
_MONO = re.compile(rb"mono|courier|consol|menlo|typewriter|fixed|cmtt|\bcode\b|inconsolata|hack", re.IGNORECASE)
_ITALIC = re.compile(rb"italic|oblique|slanted|kursiv", re.IGNORECASE)
_ITALIC_FLAG = 64
_GAP = 0.3
"""A gap, in font sizes, that separates words even where the text layer has no blank."""
_LIKELY_GAP = 0.13
"""The gap that does so where pdfium supposes a blank or a line's end; it supposes too many."""
_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class Affine:
    """Maps page coordinates to the frame's points."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        left, top = self.a * x0 + self.c * y0 + self.e, self.b * x0 + self.d * y0 + self.f
        right, bottom = self.a * x1 + self.c * y1 + self.e, self.b * x1 + self.d * y1 + self.f
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    def turns(self, dx: float, dy: float) -> int:
        """Return the quarter turns, clockwise, of a direction on the page."""
        x, y = self.a * dx + self.c * dy, self.b * dx + self.d * dy
        return (0 if x >= 0 else 2) if abs(x) >= abs(y) else (1 if y > 0 else 3)


def placed(page: pypdfium2.PdfPage, number: int, text: pypdfium2.PdfTextPage) -> tuple[Frame, Affine]:
    """Return the frame of a page and the map into it: as most of its text is read, also where that lies on its side."""
    width, height = (max(side, 1.0) for side in page.get_size())
    x, y = ctypes.c_int(), ctypes.c_int()
    points = []
    for at in ((0, 0), (100, 0), (0, 100)):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, *at, x, y)
        points.append((x.value / _GRID * width, y.value / _GRID * height))
    (e, f), (px, py), (qx, qy) = points
    upright = Affine((px - e) / 100, (py - f) / 100, (qx - e) / 100, (qy - f) / 100, e, f)
    turn = _turn(text, upright)
    return _turned(Frame(number, width, height), upright, turn)


def _turned(frame: Frame, upright: Affine, turn: int) -> tuple[Frame, Affine]:
    """Turn the frame so that text in the direction `turn` runs from left to right."""
    width, height, m = frame.width, frame.height, upright
    for _ in range(turn):  # a quarter turn back: (x, y) -> (y, width - x)
        m = Affine(m.b, -m.a, m.d, -m.c, m.f, width - m.e)
        width, height = height, width
    return Frame(frame.page, width, height, turn), m


def _turn(text: pypdfium2.PdfTextPage, upright: Affine) -> int:
    """Return the direction of most characters."""
    count = text.count_chars()
    matrix = pdfium.FS_MATRIX()
    seen: Counter[int] = Counter()
    for index in range(0, count, max(1, count // _SAMPLE)):
        if chr(pdfium.FPDFText_GetUnicode(text.raw, index) & 0xFFFF).isalnum():
            pdfium.FPDFText_GetMatrix(text.raw, index, matrix)
            seen[upright.turns(matrix.a, matrix.b)] += 1
    return seen.most_common(1)[0][0] if seen else 0


@dataclass(slots=True)
class _Type:
    """The type of a character; cached by name and flags."""

    seen: dict[tuple[bytes, int], tuple[bool, bool, bool]] = field(default_factory=dict)

    def of(self, name: bytes, flags: int, weight: int) -> tuple[bool, bool, bool]:
        """Return whether it is bold, of one width, italic."""
        key = (name, flags | (weight >= 600) << 40)
        found = self.seen.get(key)
        if found is None:
            bare = name.split(b"+", 1)[-1]
            found = (
                weight >= 600 or _BOLD.search(bare) is not None,
                bool(flags & 1) or _MONO.search(bare) is not None,
                bool(flags & _ITALIC_FLAG) or _ITALIC.search(bare) is not None,
            )
            self.seen[key] = found
        return found


def words(text: pypdfium2.PdfTextPage, affine: Affine, frame: Frame, hidden: pdf.HiddenObjects) -> list[Word]:
    """Return the visible words of a page in the order of its content stream."""
    raw = text.raw
    rect, matrix, x, y = pdfium.FS_RECTF(), pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    by_rect, by_matrix, by_x, by_y, by_flags = (ctypes.byref(each) for each in (rect, matrix, x, y, flags))
    unicode, box_of, matrix_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetMatrix
    info_of, size_of, origin_of = (
        pdfium.FPDFText_GetFontInfo,
        pdfium.FPDFText_GetFontSize,
        pdfium.FPDFText_GetCharOrigin,
    )
    weight_of, object_of, mark_of = (
        pdfium.FPDFText_GetFontWeight, pdfium.FPDFText_GetTextObject, pdfium.FPDFPageObj_GetMarkedContentID,
    )  # fmt: skip
    types, doubtful = _Type(), bool(hidden.kinds)
    generated = pdfium.FPDFText_IsGenerated
    found: list[Word] = []
    spots: list[tuple[float, str]] | None = None
    word: Word | None = None
    blank, likely = True, False
    for index in range(text.count_chars()):
        code = unicode(raw, index)
        if code in {0x02, 0xFFFE}:
            if word is not None:
                word.text += HYPHEN
            word, blank = None, True
            continue
        char = chr(code) if code < 0x110000 else "\ufffd"
        if char in _BLANK or not code:
            if doubtful and code not in {0, 0x0A, 0x0D}:
                hidden.contains(text, index, code)
            if word is not None and generated(raw, index) == 1:
                likely = True
            else:
                word, blank = None, True
            continue
        if doubtful and hidden.contains(text, index, code):
            word, blank = None, True
            continue
        box_of(raw, index, by_rect)
        matrix_of(raw, index, by_matrix)
        origin_of(raw, index, by_x, by_y)
        left, top, right, bottom = affine.box(rect.left, rect.top, rect.right, rect.bottom)
        if right <= 0 or bottom <= 0 or left >= frame.width or top >= frame.height:
            word, blank = None, True
            continue
        size = round(size_of(raw, index) * (matrix.c * matrix.c + matrix.d * matrix.d) ** 0.5, 1)
        if size <= 0.5:
            size = round(bottom - top, 1)
        info_of(raw, index, name, 128, by_flags)
        bold, mono, italic = types.of(name.value, flags.value, weight_of(raw, index))
        mark = mark_of(object_of(raw, index))
        turned = affine.turns(matrix.a, matrix.b) if matrix.a or matrix.b else 0
        base = affine.b * x.value + affine.d * y.value + affine.f
        if word is not None:
            gap = _gap(word, left, right, base, turned)
            if gap > (_LIKELY_GAP if likely else _GAP) * size or turned != word.turned:
                word, blank = None, True
        likely = False
        if (
            word is not None and word.bold == bold and word.mono == mono and word.mark == mark
            and abs(word.size - size) < 0.1 and abs(word.base - base) < 0.1 * size + 0.1
        ) or (word is not None and turned):  # fmt: skip
            word.text += char
            if spots is not None or _runs_left(code):
                spots = _reordered(word, spots, left, char)
            word.x0, word.x1 = min(word.x0, left), max(word.x1, right)
            word.y0, word.y1 = min(word.y0, top), max(word.y1, bottom)
            continue
        glued = word is not None and not blank
        word = Word(char, left, top, right, bottom, base, size, bold, mono, glued, len(found), mark, turned)
        word.italic = italic
        spots = [(left, char)] if _runs_left(code) else None
        found.append(word)
        blank = False
    return found


def _runs_left(code: int) -> bool:
    return 0x590 <= code <= 0x8FF or 0xFB1D <= code <= 0xFEFC


def _reordered(
    word: Word, spots: list[tuple[float, str]] | None, left: float, char: str
) -> list[tuple[float, str]] | None:
    """Put a letter of a script that runs to the left in its place: files have them in either order."""
    if spots is None:
        return None
    spots.append((left, char))
    if not char.isdigit():
        word.text = "".join(char for _, char in sorted(spots, key=lambda spot: -spot[0]))
    return spots


def _gap(word: Word, left: float, right: float, base: float, turned: int) -> float:
    """Return how far a character is from the word before it, in the direction of reading or against it."""
    if turned:
        return 0.0
    if abs(base - word.base) > 0.8 * word.size:
        return 1000.0
    return max(left - word.x1, word.x0 - right)
