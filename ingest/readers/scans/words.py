"""Runs tesseract on a picture and returns the words that it finds, with their places in pixels and their confidence.

How words make lines, columns and tables is not tesseract's business here: see `ingest.readers.scans.order`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytesseract
from lxml import etree
from PIL import Image

from core.errors import DocumentRejected
from ingest.cleaning import one_line

_NUMBERS = re.compile(r"(bbox|x_wconf|x_size|baseline)((?: -?\d+(?:\.\d+)?)+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its box in pixels, tesseract's confidence in per cent, and the height of the type of its line.

    `slope` is how far its line goes down for each pixel to the right; `paragraph` names tesseract's paragraph.
    """

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 0.0
    slope: float = 0.0
    paragraph: str = ""

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def read_words(image: Image.Image, languages: str, advice: str, layout: int = 3) -> list[Word]:
    """Return the words of a picture; `layout` is tesseract's page segmentation mode.

    Raises DocumentRejected when tesseract lacks a language.
    """
    try:
        found = pytesseract.image_to_pdf_or_hocr(
            image, lang=languages, config=f"--psm {layout} --dpi 200", extension="hocr"
        )
    except pytesseract.TesseractError as error:
        raise DocumentRejected(f"OCR failed: {str(error)[:200]}.", hint=advice) from error
    return list(_words(found))


def quality(words: Sequence[Word]) -> float:
    """Return the mean confidence of the characters, in per cent; 0 without words."""
    total = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / total if total else 0.0


def levelled(words: Sequence[Word]) -> list[Word]:
    """Return the words of a page that was scanned a little askew where they would be if it lay straight."""
    weighed = sorted((word.slope, word.x1 - word.x0) for word in words if word.x1 - word.x0 > 2 * (word.y1 - word.y0))
    slope = _median(weighed)
    if abs(slope) < 0.001:
        return list(words)
    by = [slope * (word.x0 + word.x1) / 2 for word in words]
    across = [slope * word.middle for word in words]
    return [
        replace(word, y0=word.y0 - down, y1=word.y1 - down, x0=word.x0 + right, x1=word.x1 + right)
        for word, down, right in zip(words, by, across, strict=True)
    ]


def _median(weighed: Sequence[tuple[float, float]]) -> float:
    half = sum(weight for _, weight in weighed) / 2
    for value, weight in weighed:
        half -= weight
        if half <= 0:
            return value
    return 0.0


def _words(hocr: bytes) -> Iterator[Word]:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(hocr, parser)
    if root is None:
        return
    paragraph, size, slope = "", 0.0, 0.0
    for node in root.iter():
        kind = node.get("class") or ""
        if kind == "ocr_par":
            paragraph = node.get("id") or ""
        elif kind == "ocrx_word":
            text = one_line("".join(str(part) for part in node.itertext()))
            told = _told(node.get("title") or "")
            if text and len(told.get("bbox", ())) == 4:
                confidence = (told.get("x_wconf") or [0.0])[0]
                x0, y0, x1, y1 = told["bbox"]
                yield Word(text, confidence, x0, y0, x1, y1, size, slope, paragraph)
        elif kind.startswith("ocr_") and "x_size" in (node.get("title") or ""):
            told = _told(node.get("title") or "")
            size = told["x_size"][0]
            slope = (told.get("baseline") or [0.0])[0]


def _told(title: str) -> dict[str, list[float]]:
    return {name: [float(number) for number in numbers.split()] for name, numbers in _NUMBERS.findall(title)}
