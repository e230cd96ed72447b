"""Renders one page of a PDF, or of an uploaded picture, as an image. Runs inside the sandbox's child.

The image shows the original, also what was redacted in its text; `service.originals` decides who may see it.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps, ImageSequence

from core.errors import DocumentRejected, NotFound
from ingest.formats.media import PDF

MAX_PIXELS = 4_000_000
"""Of one image: about an A4 page at 200 dots per inch."""


def picture(data: bytes, media_type: str, page: int, width: int) -> bytes:
    """Return page `page` (from 1) as a PNG at most `width` pixels wide.

    Raises NotFound for a page that does not exist, DocumentRejected for a file that cannot be opened.
    """
    shown = _of_pdf(data, page, width) if media_type == PDF else _of_picture(data, page)
    shown.thumbnail((width, MAX_PIXELS // width))
    stream = io.BytesIO()
    shown.convert("RGB").save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def _of_pdf(data: bytes, number: int, width: int) -> Image.Image:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise DocumentRejected("The PDF cannot be opened.") from error
    try:
        if not 1 <= number <= len(document):
            raise NotFound(f"The document has no page {number}.")
        page = document[number - 1]
        across, down = page.get_size()
        scale = min(width / max(across, 1), (MAX_PIXELS / max(across * down, 1)) ** 0.5)
        shown: Image.Image = page.render(scale=scale).to_pil()
        return shown
    except pypdfium2.PdfiumError as error:
        raise NotFound(f"Page {number} is damaged.") from error
    finally:
        document.close()


def _of_picture(data: bytes, number: int) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        for at, frame in enumerate(ImageSequence.Iterator(opened), start=1):
            if at == number:
                return ImageOps.exif_transpose(frame.copy())
    raise NotFound(f"The document has no page {number}.")
