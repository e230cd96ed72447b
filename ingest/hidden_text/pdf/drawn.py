"""Decides from images of a PDF page which of its doubtful characters a reader sees.

Draws the page with and without the doubtful texts. A character is seen if the page changes where it is. First at a low
resolution; what then seems hidden is drawn again, larger, because thin letters are pale in a small image.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ingest.hidden_text.pdf.objects import DEPTH, Bounds, TextObject, address

Image = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
_SCALE = 1.5
_CLOSER = 4.0
_LARGE = 9.0
"""Size in points from which a letter at `_SCALE` is as dark as on paper."""
_MAX_PIXELS = 8_000_000
_VISIBLE_GREY = 24
"""A character is seen when it changes the brightness of the page by at least this many steps of 255."""
_VISIBLE_COLOUR = 64
"""Or when it changes one channel by so many: red letters on green are seen, pale yellow ones on white are not."""
_WEIGHTS = np.array([0.114, 0.587, 0.299], dtype=np.float32)
"""What blue, green and red add to brightness (ITU-R BT.601)."""
_MOST = 0.9
"""The share of a text's characters from which all of it counts as seen, or as hidden."""
_RUN = 3
"""Characters in a row that must be hidden where the rest of the text is seen."""
_SEEN_SIDE = 0.4
"""The share of a character's height, and of its width, that must be seen."""
_ROUNDS = 6
"""Texts that overlap are taken away one after another, at most so many times."""
Characters = Mapping[int, list[tuple[int, Bounds]]]
"""The characters of each text object, by address: index in the text layer, and box on the page."""


def hidden_characters(
    page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, index: int, doubtful: Sequence[TextObject]
) -> dict[int, set[int]]:
    """Return the characters that nobody sees, by the address of their text object."""
    characters = _characters(text, {each.address for each in doubtful})
    left = [each for each in doubtful if each.address in characters]
    copy = page.pdf[index]
    try:
        hidden = _hidden_at(copy, left, characters, _SCALE) if left else {}
        if thin := [each for each in left if each.address in hidden and each.size < _LARGE]:
            closer = _hidden_at(copy, thin, characters, _CLOSER)
            hidden = {of: part for of, part in hidden.items() if of not in {each.address for each in thin}} | closer
    finally:
        copy.close()
    return hidden


def flat(page: pypdfium2.PdfPage, texts: Sequence[TextObject]) -> set[int]:
    """Return the addresses of texts near which the page, as drawn, has one colour: nothing can be read there."""
    image = _image(page, _SCALE)
    return {each.address for each in texts if _is_flat(image[_part(page, image, _around(each.bounds))])}


def _around(box: Bounds) -> Bounds:
    """Return a box larger by a line: the text layer of a scan lies a little beside the words of the picture."""
    more = min(box[2] - box[0], box[3] - box[1])
    return box[0] - more, box[1] - more, box[2] + more, box[3] + more


def _is_flat(part: Image) -> bool:
    return part.size == 0 or not bool(_differs(part.max(axis=(0, 1)) - part.min(axis=(0, 1))))


def _differs(steps: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return where a person sees a difference of so many steps in blue, green and red."""
    seen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (steps @ _WEIGHTS >= _VISIBLE_GREY) | (
        steps.max(axis=-1) >= _VISIBLE_COLOUR
    )
    return seen


def _hidden_at(
    page: pypdfium2.PdfPage, texts: Sequence[TextObject], characters: Characters, scale: float
) -> dict[int, set[int]]:
    whole = _image(page, scale)
    handles = {
        order: item.raw
        for order, item in enumerate(page.get_objects(max_depth=DEPTH))
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT
    }
    hidden: dict[int, set[int]] = {}
    for together in _rounds(texts):
        for each in together:
            pdfium.FPDFPageObj_SetIsActive(handles[each.order], False)
        without = _image(page, scale)
        for each in together:
            pdfium.FPDFPageObj_SetIsActive(handles[each.order], True)
            if unseen := _unseen(page, whole, without, characters[each.address]):
                hidden[each.address] = unseen
    return hidden


def _rounds(texts: Sequence[TextObject]) -> Iterator[list[TextObject]]:
    """Yield groups of texts that do not overlap, so that a text is not seen through the absence of another."""
    rounds: list[list[TextObject]] = [[] for _ in range(_ROUNDS)]
    for text in texts:
        free = (each for each in rounds if not any(_overlap(text.bounds, other.bounds) for other in each))
        next(free, rounds[-1]).append(text)
    yield from (each for each in rounds if each)


def _overlap(one: Bounds, other: Bounds) -> bool:
    """Return whether two boxes share more than their edges: lines of a paragraph touch."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 0 and height > 0.4 * min(one[3] - one[1], other[3] - other[1])


def _unseen(
    page: pypdfium2.PdfPage, whole: Image, without: Image, characters: Sequence[tuple[int, Bounds]]
) -> set[int]:
    seen = [_is_seen(whole[part], without[part]) for _, box in characters for part in [_part(page, whole, box)]]
    share = sum(seen) / len(seen)
    if share >= _MOST:
        return set()
    if share <= 1 - _MOST:
        return {index for index, _ in characters}
    return {characters[at][0] for first, end in _hidden_runs(seen) for at in range(first, end)}


def _hidden_runs(seen: Sequence[bool]) -> Iterator[tuple[int, int]]:
    first = 0
    for at in range(len(seen) + 1):
        if at == len(seen) or seen[at]:
            if at - first >= _RUN:
                yield first, at
            first = at + 1


def _is_seen(whole: Image, without: Image) -> bool:
    """Return whether enough of a character's part of the page differs between the two images."""
    if whole.size == 0:
        return False
    changed = _differs(np.maximum(whole, without) - np.minimum(whole, without))
    height, width = changed.shape
    rows, columns = int(changed.any(axis=1).sum()), int(changed.any(axis=0).sum())
    return bool(rows >= _SEEN_SIDE * (height - 2) and columns >= _SEEN_SIDE * (width - 2))


def _characters(text: pypdfium2.PdfTextPage, wanted: set[int]) -> dict[int, list[tuple[int, Bounds]]]:
    found: dict[int, list[tuple[int, Bounds]]] = {}
    for index in range(text.count_chars()):
        of = address(pdfium.FPDFText_GetTextObject(text.raw, index))
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        if of in wanted and code and not chr(min(code, 0x10FFFF)).isspace():
            found.setdefault(of, []).append((index, text.get_charbox(index)))
    return found


def _image(page: pypdfium2.PdfPage, scale: float) -> Image:
    width, height = page.get_size()
    scale = min(scale, (_MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    shown: Image = page.render(scale=scale, prefer_bgrx=False).to_numpy()
    return shown[:, :, :3].copy()


def _part(
    page: pypdfium2.PdfPage, image: np.ndarray[tuple[int, ...], np.dtype[np.generic]], box: Bounds
) -> tuple[slice, slice]:
    """Return the part of an image where a box of the page is, one pixel more on each side."""
    height, width = image.shape[:2]
    across, down = ctypes.c_int(), ctypes.c_int()
    columns, rows = [], []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, across, down)
        columns.append(across.value)
        rows.append(down.value)
    return (
        slice(max(min(rows) - 1, 0), max(max(rows) + 2, 0)),
        slice(max(min(columns) - 1, 0), max(max(columns) + 2, 0)),
    )
