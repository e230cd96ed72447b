"""Reads once more what tesseract left out: cells of ruled tables, and ink that is in no word's box.

Its search for columns drops whole columns of short cells when the page lies askew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from ingest.readers.scans.rules import MAX_PIXELS, Area, Grid, Mask
from ingest.readers.scans.tables import in_cells, is_filled
from ingest.readers.scans.turning import Read
from ingest.readers.scans.words import Word, levelled

_LEAST_INK = 12
"""Dark pixels at 200 dpi that may be a character."""
_MOST_PLACES = 300
_MOST_BLOCKS = 30_000
_SURE = 50.0
_BETWEEN = 24
_BLOCK = 8
Place = tuple[int, int, int, int]


def missed_words(image: Image.Image, grids: Sequence[Grid], words: Sequence[Word], read: Read) -> list[Word]:
    """Return words that are on the picture (without its ruled lines) but not among those found."""
    if image.width * image.height > MAX_PIXELS:
        return []
    pixels = np.asarray(image.convert("L"))
    dark: Mask = pixels < 0.6 * float(np.percentile(pixels[::7, ::7], 90))
    found: list[Word] = []
    straight = levelled(words)
    for grid in grids:
        cells = in_cells(grid, straight)
        if is_filled(cells):
            found += _in_cells(image, dark, grid, [cell for cell, some in cells.items() if not some], read)
    return found + _elsewhere(image, dark, grids, [*words, *found], read)


def _in_cells(image: Image.Image, dark: Mask, grid: Grid, empty: Sequence[Area], read: Read) -> list[Word]:
    """Read the cells with ink and without words."""
    places = [_place(cell, grid, image.size) for cell in empty[:_MOST_PLACES]]
    return _on_a_sheet(image, [each for each in places if _is_large(each) and _ink(dark, each) >= _LEAST_INK], read)


def _on_a_sheet(image: Image.Image, places: Sequence[Place], read: Read) -> list[Word]:
    """Read rectangles of the picture below one another, as a page of their own."""
    if not places:
        return []
    width = max(x1 - x0 for x0, _, x1, _ in places) + 2 * _BETWEEN
    height = sum(y1 - y0 + _BETWEEN for _, y0, _, y1 in places) + _BETWEEN
    if width * height > MAX_PIXELS:
        return []
    sheet = Image.new("L", (width, height), 255)
    tops = []
    top = _BETWEEN
    for place in places:
        sheet.paste(image.crop(place), (_BETWEEN, top))
        tops.append(top)
        top += place[3] - place[1] + _BETWEEN
    found = []
    for word in read(sheet, 6):
        at = max((n for n, y in enumerate(tops) if y <= word.middle), default=0)
        right, down = places[at][0] - _BETWEEN, places[at][1] - tops[at]
        if any(char.isalnum() for char in word.text) and word.confidence >= _SURE:
            x0, y0, x1, y1 = word.x0 + right, word.y0 + down, word.x1 + right, word.y1 + down
            found.append(replace(word, x0=x0, y0=y0, x1=x1, y1=y1, paragraph=""))
    return found


def _place(cell: Area, grid: Grid, size: tuple[int, int]) -> Place:
    """Return a cell's rectangle on the picture, which may lie askew, without its edges."""
    x, y = (cell.x0 + cell.x1) / 2, (cell.y0 + cell.y1) / 2
    right, down = -grid.slope * y, grid.slope * x
    x0, x1 = cell.x0 + right + 4, cell.x1 + right - 3
    y0, y1 = cell.y0 + down + 4, cell.y1 + down - 3
    return max(0, int(x0)), max(0, int(y0)), min(size[0], int(x1)), min(size[1], int(y1))


def _ink(dark: Mask, place: Place) -> int:
    x0, y0, x1, y1 = place
    return int(dark[y0:y1, x0:x1].sum())


def _is_large(place: Place) -> bool:
    return place[2] - place[0] > 8 and place[3] - place[1] > 8


def _elsewhere(image: Image.Image, dark: Mask, grids: Sequence[Grid], words: Sequence[Word], read: Read) -> list[Word]:
    """Read what is left when known words and tables are taken out, where it is as high as the type is."""
    left = dark.copy()
    sizes = sorted(word.size for word in words if word.size)
    if not sizes:
        return []
    size = sizes[len(sizes) // 2]
    covered = [(word.x0, word.y0, word.x1, word.y1) for word in words]
    for grid in grids:
        askew = abs(grid.slope) * grid.x1
        covered.append((grid.x0 - askew, grid.y0 - askew, grid.x1 + askew, grid.y1 + askew))
    for x0, y0, x1, y1 in covered:
        left[max(0, int(y0) - 4) : int(y1) + 5, max(0, int(x0) - 4) : int(x1) + 5] = False
    spots = _spots(left)
    low, high = 0.45 * size, 2.2 * size
    likely = [
        spot
        for spot in spots
        if low <= spot[3] - spot[1] <= high and _ink(left, spot) >= _LEAST_INK and not _touches(spot, words, size)
    ]
    if not likely or len(likely) > _MOST_PLACES or len(spots) > 10 * _MOST_PLACES:
        return []
    grown = [(max(0, x0 - 3), max(0, y0 - 3), x1 + 3, y1 + 3) for x0, y0, x1, y1 in likely]
    return _on_a_sheet(image, grown, read)


def _touches(spot: Place, words: Sequence[Word], size: float) -> bool:
    """Return whether a word is right beside the ink: then it is a piece of that word whose box is too small."""
    x0, y0, x1, y1 = spot
    return any(
        word.x0 - size < x1 and x0 < word.x1 + size and min(y1, word.y1) - max(y0, word.y0) > -0.3 * size
        for word in words
    )


def _spots(left: Mask) -> list[Place]:
    """Return the rectangles around ink that is near together, as near as the characters of a word."""
    height, width = (left.shape[0] // _BLOCK) * _BLOCK, (left.shape[1] // _BLOCK) * _BLOCK
    blocks = left[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).any(axis=(1, 3))
    waiting = {(int(y), int(x)) for y, x in np.argwhere(blocks)}
    if len(waiting) > _MOST_BLOCKS:
        return []
    spots = []
    while waiting:
        stack = [waiting.pop()]
        ys, xs = [stack[0][0]], [stack[0][1]]
        while stack:
            y, x = stack.pop()
            near = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-2, -1, 0, 1, 2)]
            for each in near:
                if each in waiting:
                    waiting.remove(each)
                    stack.append(each)
                    ys.append(each[0])
                    xs.append(each[1])
        spots.append((min(xs) * _BLOCK, min(ys) * _BLOCK, (max(xs) + 1) * _BLOCK, (max(ys) + 1) * _BLOCK))
    return spots
