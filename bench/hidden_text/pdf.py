"""PDF pages with one doubtful sentence, drawn with reportlab."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from bench.hidden_text.case import DOUBTFUL, ORDINARY, Case

Draw = Callable[[Canvas], None]
Mode = Literal[0, 1, 2, 3, 4, 5, 6, 7]
_X, _Y = 60, 600


def cases() -> Iterator[Case]:
    """Yield every PDF."""
    for seen, drawings in ((False, _HIDDEN), (True, _SEEN)):
        for name, draw in drawings.items():
            yield Case(name, ".pdf", seen, partial(_page, draw))


def _page(draw: Draw) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(_X, 700, ORDINARY[0])
    canvas.saveState()
    draw(canvas)
    canvas.restoreState()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(_X, 400, ORDINARY[1])
    canvas.save()
    return stream.getvalue()


def _write(canvas: Canvas, x: float = _X, y: float = _Y) -> None:
    canvas.drawString(x, y, DOUBTFUL)


def _coloured(red: float, green: float, blue: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(red, green, blue)
        _write(canvas)

    return draw


def _in_mode(mode: Mode, scan: bool = False) -> Draw:
    def draw(canvas: Canvas) -> None:
        if scan:
            canvas.drawImage(_scan(), 30, 530, width=500, height=150)  # its words are at the text's place
        text = canvas.beginText(_X, _Y)
        text.setTextRenderMode(mode)
        text.textOut(DOUBTFUL)
        text.setTextRenderMode(0)
        canvas.drawText(text)

    return draw


def _under_box(red: float, green: float, blue: float, alpha: float = 1, ink: float = 0) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(ink, ink, ink)
        _write(canvas)
        canvas.setFillColorRGB(red, green, blue, alpha)
        canvas.rect(50, 590, 300, 30, fill=1, stroke=0)

    return draw


def _on_box(box: float, ink: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillGray(box)
        canvas.rect(50, 590, 300, 30, fill=1, stroke=0)
        canvas.setFillGray(ink)
        _write(canvas)

    return draw


def _sized(size: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        _write(canvas)

    return draw


def _clipped(x: float, y: float, width: float, height: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        path = canvas.beginPath()
        path.rect(x, y, width, height)
        canvas.clipPath(path, stroke=0, fill=0)
        _write(canvas)

    return draw


def _clear(alpha: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillAlpha(alpha)
        _write(canvas)

    return draw


def _picture(colour: str, text: str = "") -> ImageReader:
    image = Image.new("RGB", (1000, 300), colour)
    ImageDraw.Draw(image).text((60, 100), text, fill="black", font=ImageFont.load_default(size=40))
    return ImageReader(image)


def _scan() -> ImageReader:
    return _picture("white", DOUBTFUL)


def _under_picture(canvas: Canvas) -> None:
    _write(canvas)
    canvas.drawImage(_picture("white"), 40, 560, width=500, height=80)


def _white_on_white_picture(canvas: Canvas) -> None:
    canvas.drawImage(_picture("white"), 40, 560, width=500, height=80)
    canvas.setFillGray(1)
    _write(canvas)


def _white_on_dark_picture(canvas: Canvas) -> None:
    canvas.drawImage(_picture("navy"), 40, 560, width=500, height=80)
    canvas.setFillGray(1)
    _write(canvas)


def _scaled_away(canvas: Canvas) -> None:
    canvas.scale(0.05, 0.05)
    canvas.drawString(_X * 20, _Y * 20, DOUBTFUL)


def _flat(canvas: Canvas) -> None:
    canvas.translate(_X, _Y)
    canvas.scale(1, 0.001)
    canvas.drawString(0, 0, DOUBTFUL)


def _outside_crop(canvas: Canvas) -> None:
    canvas.setCropBox((0, 300, 595, 750))
    _write(canvas, y=200)


def _form(hidden: bool, scale: float = 1) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("f")
        canvas.setFont("Helvetica", 11)
        canvas.setFillGray(1 if hidden else 0)
        canvas.drawString(_X, _Y, DOUBTFUL)
        canvas.endForm()
        if scale != 1:
            canvas.translate(_X, _Y)
            canvas.scale(scale, scale)
        canvas.doForm("f")

    return draw


def _gradient(canvas: Canvas) -> None:
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(50, 590, 300, 30)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.linearGradient(50, 590, 350, 590, ((0, 0, 0.3), (0, 0.2, 0.4)))
    canvas.restoreState()
    canvas.setFillGray(1)
    _write(canvas)


def _under_gradient(canvas: Canvas) -> None:
    _write(canvas)
    path = canvas.beginPath()
    path.rect(50, 590, 300, 30)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.linearGradient(50, 590, 350, 590, ((1, 1, 1), (1, 0.99, 1)))


def _under_thick_line(canvas: Canvas) -> None:
    _write(canvas)
    canvas.setStrokeGray(1)
    canvas.setLineWidth(30)
    canvas.line(40, 603, 400, 603)


def _struck(canvas: Canvas) -> None:
    _write(canvas)
    canvas.line(_X, 604, 230, 604)


def _outlined(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.setStrokeGray(0)
    text = canvas.beginText(_X, _Y)
    text.setFont("Helvetica", 24)
    text.setTextRenderMode(2)
    text.textOut(DOUBTFUL)
    text.setTextRenderMode(0)
    canvas.drawText(text)


def _white_outline(canvas: Canvas) -> None:
    canvas.setStrokeGray(1)
    _in_mode(1)(canvas)


def _rotated(canvas: Canvas) -> None:
    canvas.translate(300, 500)
    canvas.rotate(90)
    canvas.drawString(0, 0, DOUBTFUL)


def _cmyk(canvas: Canvas) -> None:
    canvas.setFillColorCMYK(0, 0, 0, 0)
    _write(canvas)


_HIDDEN: dict[str, Draw] = {
    "white": _coloured(1, 1, 1),
    "nearly white": _coloured(0.97, 0.97, 0.97),
    "pale yellow": _coloured(1, 1, 0.88),
    "white by CMYK": _cmyk,
    "under a white box": _under_box(1, 1, 1),
    "under a grey box": _under_box(0.8, 0.8, 0.8),
    "under a black box": _under_box(0, 0, 0),
    "dark grey under a black box": _under_box(0, 0, 0, ink=0.2),
    "under a nearly solid box": _under_box(1, 1, 1, alpha=0.98),
    "black on black": _on_box(0, 0),
    "nearly black on black": _on_box(0, 0.05),
    "grey on grey": _on_box(0.5, 0.52),
    "printed invisibly": _in_mode(3),
    "clipping mode": _in_mode(7),
    "white outline": _white_outline,
    "clear": _clear(0),
    "nearly clear": _clear(0.05),
    "half a point": _sized(0.5),
    "1.6 points": _sized(1.6),
    "scaled small": _scaled_away,
    "flat": _flat,
    "clipped away": _clipped(0, 0, 5, 5),
    "clipped to nothing": _clipped(_X, _Y, 0, 0),
    "clipped to a hair": _clipped(_X, _Y, 400, 0.3),
    "off the page, above": lambda canvas: _write(canvas, y=2000),
    "off the page, left": lambda canvas: _write(canvas, x=-900),
    "outside the crop box": _outside_crop,
    "under a picture": _under_picture,
    "white on a white picture": _white_on_white_picture,
    "white in a form": _form(hidden=True),
    "tiny in a form": _form(hidden=False, scale=0.05),
    "under a gradient": _under_gradient,
    "under a thick line": _under_thick_line,
}
_SEEN: dict[str, Draw] = {
    "text of a scan": _in_mode(3, scan=True),
    "white on black": _on_box(0, 1),
    "black on white box": _on_box(1, 0),
    "white on a dark picture": _white_on_dark_picture,
    "white on a gradient": _gradient,
    "grey": _coloured(0.6, 0.6, 0.6),
    "yellow": _coloured(1, 0.9, 0),
    "highlighted above": _under_box(1, 1, 0, alpha=0.4),
    "small print": _sized(5),
    "struck out": _struck,
    "outlined": _outlined,
    "outline only": _in_mode(1),
    "in a form": _form(hidden=False),
    "rotated": _rotated,
    "clipped to its box": _clipped(50, 590, 300, 30),
    "half clear": _clear(0.4),
}
