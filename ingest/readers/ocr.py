"""Reads pictures of text with tesseract: words with boxes, grouped into the paragraphs that tesseract finds.

tesseract is a program of the system; where it is missing, the error says what to install.
"""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pytesseract
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from core.errors import DocumentRejected
from core.types import Box, Json
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.readers.pdf_layout import BULLET

DPI = 200
MAX_PIXELS = 40_000_000
MAX_FRAMES = 500
MIN_CONFIDENCE = 30.0
"""A word with less than this confidence, in tesseract's per cent, is noise (a speck, a line of a drawing)."""


@dataclass(frozen=True, slots=True)
class Ocr:
    """Reads pictures in the given tesseract languages ("eng+deu")."""

    languages: str = "eng"

    @property
    def available(self) -> bool:
        return shutil.which("tesseract") is not None

    @property
    def advice(self) -> str:
        """What to do where OCR is not installed."""
        names = " ".join(f"tesseract-ocr-{code.replace('_', '-')}" for code in self.languages.split("+"))
        return f"Install tesseract (Debian: apt install tesseract-ocr {names}) or upload a file with text."

    def scale(self, width: float, height: float) -> float:
        """Return the factor from points to pixels: 200 dpi, less where a page is huge."""
        wanted = DPI / 72
        return min(wanted, math.sqrt(MAX_PIXELS / max(width * height, 1.0)))

    def read(self, image: Image.Image, page: int) -> list[Node]:
        """Return the paragraphs on a picture with boxes. Raises DocumentRejected when tesseract lacks a language."""
        try:
            data = pytesseract.image_to_data(image, lang=self.languages, output_type=pytesseract.Output.DICT)
        except pytesseract.TesseractError as error:
            raise DocumentRejected(f"OCR failed: {str(error)[:200]}.", hint=self.advice) from error
        return list(_paragraphs(data, image.size, page))


def read_image(data: bytes, ocr: Ocr) -> Reading:
    """Return the text of a picture, frame by frame. Raises DocumentRejected: damaged, too large, no OCR."""
    if not ocr.available:
        raise DocumentRejected("The file is a picture, and OCR is not installed here.", hint=ocr.advice)
    elements: list[Node] = []
    pages = 0
    try:
        with Image.open(io.BytesIO(data)) as image:
            frames = ImageSequence.Iterator(image) if image.format == "TIFF" else [image]
            for pages, frame in enumerate(frames, start=1):
                if pages > MAX_FRAMES:
                    raise DocumentRejected(f"The picture has more than {MAX_FRAMES} pages.", hint="Split it.")
                elements.extend(ocr.read(_prepared(frame), pages))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DocumentRejected(
            "The picture is damaged or too large to be read.", hint="Save it again as PNG."
        ) from error
    return Reading(tuple(elements), pages=pages)


def _prepared(frame: Image.Image) -> Image.Image:
    if frame.width * frame.height > MAX_PIXELS:
        raise DocumentRejected(
            f"The picture has {frame.width * frame.height // 1_000_000} megapixels; "
            f"at most {MAX_PIXELS // 1_000_000} are read.",
            hint="Save it smaller.",
        )
    upright = ImageOps.exif_transpose(frame)
    if upright.mode in {"RGBA", "LA", "PA", "P"}:
        on_white = Image.new("RGB", upright.size, "white")
        rgba = upright.convert("RGBA")
        on_white.paste(rgba, mask=rgba.getchannel("A"))
        upright = on_white
    return upright.convert("L")


def _paragraphs(data: Mapping[str, Sequence[Json]], size: tuple[int, int], page: int) -> Iterator[Node]:
    """Group words by tesseract's blocks and paragraphs; a line that starts with a bullet starts a list item."""
    kept = [
        index
        for index, word in enumerate(data["text"])
        if str(word).strip() and float(data["conf"][index]) >= MIN_CONFIDENCE
    ]
    for _, group in groupby(kept, key=lambda i: (data["block_num"][i], data["par_num"][i])):
        lines = [list(line) for _, line in groupby(group, key=lambda i: data["line_num"][i])]
        for block in _parted(lines, data):
            text = one_line(_joined([" ".join(str(data["text"][i]) for i in line) for line in block]))
            if sum(c.isalnum() for c in text) < 2:
                continue
            kind = "list_item" if BULLET.match(text) else "text"
            yield flat(kind, text, page, (_box([i for line in block for i in line], data, size, page),))


def _parted(lines: list[list[int]], data: Mapping[str, Sequence[Json]]) -> Iterator[list[list[int]]]:
    block: list[list[int]] = []
    for line in lines:
        if block and BULLET.match(" ".join(str(data["text"][i]) for i in line)):
            yield block
            block = []
        block.append(line)
    yield block


def _joined(lines: Sequence[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        text = text[:-1] + line if text.endswith("-") and line[:1].islower() else f"{text} {line}"
    return text


def _box(indexes: Sequence[int], data: Mapping[str, Sequence[Json]], size: tuple[int, int], page: int) -> Box:
    width, height = size
    left, top = data["left"], data["top"]
    return Box(
        page,
        round(min(left[i] for i in indexes) / width, 4),
        round(min(top[i] for i in indexes) / height, 4),
        round(max(left[i] + data["width"][i] for i in indexes) / width, 4),
        round(max(top[i] + data["height"][i] for i in indexes) / height, 4),
    )
