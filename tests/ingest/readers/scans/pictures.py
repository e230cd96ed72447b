"""Scans: pages set by reportlab, drawn as pictures, laid askew or on their side, blurred and with noise."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

STYLES = getSampleStyleSheet()
WHOLE = ((60, 50, 475, 740),)
COLUMNS = ((50, 50, 230, 740), (315, 50, 230, 740))


def text(words: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(words, STYLES[style])


def scan(
    flow: Sequence[Flowable], frames: Sequence[tuple[int, int, int, int]] = WHOLE, *, turn: int = 0, skew: float = 0.0,
    blur: float = 0.0, noise: float = 0.0,
) -> Image.Image:  # fmt: skip
    """Return the first page of a document as a scanner would have it; `turn` is counterclockwise."""
    buffer = io.BytesIO()
    document = BaseDocTemplate(buffer, pagesize=A4)
    document.addPageTemplates(PageTemplate(frames=[Frame(*frame) for frame in frames]))
    document.build(list(flow))
    page = pypdfium2.PdfDocument(buffer.getvalue())[0]
    image: Image.Image = page.render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    if skew:
        image = image.rotate(skew, fillcolor=255, resample=Image.Resampling.BICUBIC)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        grain = np.random.default_rng(1).normal(0, noise, (image.height, image.width))
        image = Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))
    return image.rotate(turn, expand=True)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def pdf_of(*images: Image.Image) -> bytes:
    """Return a PDF with a page of the same shape for each picture."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for image in images:
        size = (image.width * 72 / 200, image.height * 72 / 200)
        canvas.setPageSize(size)
        canvas.drawImage(ImageReader(image), 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
