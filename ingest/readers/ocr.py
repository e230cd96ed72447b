"""Opens pictures of text and says in which languages tesseract reads them; `ingest.readers.scans` reads each page.

tesseract is a program of the system; where it is missing, the error says what to install.
"""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from core.errors import DocumentRejected
from ingest.blocks.nodes import Reading
from ingest.readers.scans.page import Scanned, read_page, told

DPI = 200
MAX_PIXELS = 40_000_000
MAX_FRAMES = 500


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

    def read(self, image: Image.Image, page: int) -> Scanned:
        """Return what is on a picture, with boxes. Raises DocumentRejected when tesseract lacks a language."""
        return read_page(image, page, self.languages, self.advice)

    def warnings(self, pages: Sequence[Scanned]) -> list[str]:
        """Return what there is to say about the pages of a document: left out, or read with little confidence."""
        return told(pages, self.languages)


def read_image(data: bytes, ocr: Ocr) -> Reading:
    """Return the text of a picture, frame by frame. Raises DocumentRejected: damaged, too large, no OCR."""
    if not ocr.available:
        raise DocumentRejected("The file is a picture, and OCR is not installed here.", hint=ocr.advice)
    scans: list[Scanned] = []
    pages = 0
    try:
        with Image.open(io.BytesIO(data)) as image:
            frames = ImageSequence.Iterator(image) if image.format == "TIFF" else [image]
            for pages, frame in enumerate(frames, start=1):
                if pages > MAX_FRAMES:
                    raise DocumentRejected(f"The picture has more than {MAX_FRAMES} pages.", hint="Split it.")
                scans.append(ocr.read(_prepared(frame), pages))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DocumentRejected(
            "The picture is damaged or too large to be read.", hint="Save it again as PNG."
        ) from error
    nodes = tuple(node for scan in scans for node in scan.nodes)
    return Reading(nodes, pages=pages, warnings=tuple(ocr.warnings(scans)))


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
