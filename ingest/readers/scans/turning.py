"""Finds out which way a scanned page lies, and turns it upright.

The page is read as it lies. If that reads well, it lies well. Otherwise tesseract's detection of the orientation is
asked, and where its data (osd.traineddata) is missing, a part of the page is read in all four ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytesseract
from PIL import Image

from core.types import Box
from ingest.readers.scans.words import Word, quality

_TURNS = {
    0: None, 90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270,
}  # fmt: skip
_READS_WELL = 72.0
"""Per cent of confidence from which a page is taken as upright. Measured: text in a language that tesseract was not
told reads with 66 to 89, the same pages upside down with 18 to 44."""
_SAMPLE = 1000
"""Pixels along the side of the part that is read in all four ways."""
_ASKED_SURE = 1.5
_SMALL = 12.0
"""Pixels: words that are not higher are read again in twice the size. Measured: text of 80 dots per inch then reads
with 86 per cent of confidence instead of 67."""
_COARSE = 2_000_000
_MOST_ENLARGED = 6_000_000
"""Pixels of a picture that is read so if it reads badly, and of any that is."""
Read = Callable[[Image.Image, int], list[Word]]
"""Reads a picture with a layout mode of tesseract."""


@dataclass(frozen=True, slots=True)
class Upright:
    """A page turned upright by `turn` degrees counterclockwise, its words, and the script that it seems to be in."""

    image: Image.Image
    words: list[Word]
    turn: int = 0
    script: str | None = None


def upright(image: Image.Image, read: Read) -> Upright:
    """Return the page as it reads best."""
    found = _enlarged(_upright(image, read), read)
    return replace(found, words=_untorn(found.image, found.words, read))


def _enlarged(found: Upright, read: Read) -> Upright:
    """Return a page of small type, such as a picture of a screen, as it reads in twice the size, if that is better."""
    pixels = found.image.width * found.image.height
    heights = sorted(word.y1 - word.y0 for word in found.words if len(word.text) >= 3)
    small = heights and heights[len(heights) // 2] <= _SMALL
    coarse = found.words and quality(found.words) < _READS_WELL and pixels <= _COARSE
    if not (small or coarse) or pixels > _MOST_ENLARGED:
        return found
    size = (found.image.width * 2, found.image.height * 2)
    larger = found.image.resize(size, Image.Resampling.LANCZOS)
    words = read(larger, 3)
    return replace(found, image=larger, words=words) if quality(words) > quality(found.words) else found


def _upright(image: Image.Image, read: Read) -> Upright:
    words = read(image, 3)
    as_it_lies = Upright(image, words)
    standing = _are_standing(words)
    if not words or (quality(words) >= _READS_WELL and not standing):
        return as_it_lies
    turn, script = _asked(image)
    tried = [turn] if turn is not None else []
    if standing:
        tried += [each for each in (90, 270) if each not in tried]
    elif turn is None:
        tried.append(_sampled(image, read))
    best = Upright(image, words, 0, script)
    for each in tried:
        if each == 0:
            continue
        turned = turned_by(image, each)
        found = Upright(turned, read(turned, 3), each, script)
        if _are_standing(best.words) or _score(found.words) > _score(best.words):
            best = found
        if quality(found.words) >= _READS_WELL and not _are_standing(found.words):
            return found
    return best


def _untorn(image: Image.Image, words: list[Word], read: Read) -> list[Word]:
    """Read the page again, as one column, where a word goes through several lines: a list's numbers, taken for one."""
    torn = _torn(words)
    if not torn or quality(words) < _READS_WELL:
        return words
    again = read(image, 4)
    return again if _torn(again) < torn and quality(again) >= quality(words) - 2 else words


def _torn(words: Sequence[Word]) -> int:
    sizes = sorted(word.size for word in words if word.size)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    return sum(word.y1 - word.y0 > 1.6 * max(usual, 10.0) and len(word.text) <= 3 for word in words if word.size)


def turned_by(image: Image.Image, turn: int) -> Image.Image:
    """Return the picture turned counterclockwise by 0, 90, 180 or 270 degrees."""
    how = _TURNS[turn]
    return image if how is None else image.transpose(how)


def turned_back(box: Box, turn: int) -> Box:
    """Return where a box of the turned page is on the page as shown."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if turn == 90:
        x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
    elif turn == 180:
        x0, y0, x1, y1 = 1 - x1, 1 - y1, 1 - x0, 1 - y0
    elif turn == 270:
        x0, y0, x1, y1 = y0, 1 - x1, y1, 1 - x0
    return Box(box.page, round(x0, 4), round(y0, 4), round(x1, 4), round(y1, 4))


def _score(words: Sequence[Word]) -> float:
    return quality(words) * min(sum(len(word.text) for word in words), 200)


def _are_standing(words: Sequence[Word]) -> bool:
    """Return whether the words run down or up the page: tesseract reads one of the two ways by itself."""
    long = [word for word in words if len(word.text) >= 4]
    return len(long) >= 3 and sum(word.y1 - word.y0 > word.x1 - word.x0 for word in long) > 0.6 * len(long)


def _asked(image: Image.Image) -> tuple[int | None, str | None]:
    """Return by how many degrees tesseract's detection would turn the page, and its script; None where it fails."""
    try:
        told = pytesseract.image_to_osd(image, config="--dpi 200", output_type=pytesseract.Output.DICT)
        clockwise, confidence = int(told["rotate"]), float(told["orientation_conf"])
        script = str(told["script"]) if float(told["script_conf"]) >= 2 else None
    except (pytesseract.TesseractError, KeyError, ValueError):  # no data for it, or too few characters
        return None, None
    return ((360 - clockwise) % 360 if confidence >= _ASKED_SURE else None), script


def _sampled(image: Image.Image, read: Read) -> int:
    """Return the turn with which the part with the most ink reads best."""
    sample = _darkest(image)
    return max(_TURNS, key=lambda turn: (_score(_long(read(turned_by(sample, turn), 6))), -turn))


def _long(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if sum(char.isalpha() for char in word.text) >= 3]


def _darkest(image: Image.Image) -> Image.Image:
    if image.width <= _SAMPLE and image.height <= _SAMPLE:
        return image
    step = 50
    small = np.asarray(image.convert("L").reduce(step), dtype=np.float64)
    ink = 255.0 - small
    height, width = min(_SAMPLE // step, ink.shape[0]), min(_SAMPLE // step, ink.shape[1])
    sums = np.pad(ink, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    y, x = np.unravel_index(int(inside.argmax()), inside.shape)
    return image.crop((int(x) * step, int(y) * step, (int(x) + width) * step, (int(y) + height) * step))
