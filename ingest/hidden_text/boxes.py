"""Says whether a box hides what is in it: not laid out, without size, cut away, or drawn off the page.

There is no layout: widths are estimated from the number of letters, and only what is far off the page counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.hidden_text.lengths import SCREEN_HEIGHT, SCREEN_WIDTH, Transform, length, transform
from ingest.hidden_text.look import Get, Look

_INLINE = frozenset(
    {
        *("span", "a", "b", "i", "em", "strong", "small", "font", "u", "code", "kbd", "sub", "sup", "label", "abbr"),
        *("cite", "q", "s", "mark", "time", "big", "tt", "var", "samp", "del", "ins", "dfn", "bdi", "bdo", "strike"),
    }
)
_DISPLAYS = re.compile(
    r"none|contents|block|inline|flow|flow-root|list-item|(?:inline[- ])?(?:block|flex|grid|table)|run-in|ruby|"
    r"table-[a-z-]+|-webkit-[a-z-]+"
)
_CUTTING = frozenset({"hidden", "clip", "scroll", "auto"})
_NO_ROOM = 2.0
"""Pixels of a box in which no letter can be seen."""
_LETTER = 0.5
"""Mean width of a letter, as a share of the font's size."""
_FAR_RIGHT = 5000.0
"""Pixels to the right of the page, or above it, where nobody scrolls."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element is, as far as it is known: what moved it from where the page would put it."""

    x: float = 0.0
    y: float = 0.0
    anchored: bool = False
    """Whether an element around is positioned, so that its corner is not that of the page."""


def box_hidden_by(get: Get, tag: str, look: Look, text: Callable[[], str], place: Place) -> tuple[str | None, Place]:
    """Return how an element's box hides its text (None: it does not), and where the box is."""
    display = get("display", lambda value: _DISPLAYS.fullmatch(value))
    if display == "none" or get("content-visibility", lambda value: True) == "hidden":
        return "hidden", place
    position = get("position", {"static", "relative", "absolute", "fixed", "sticky"}.__contains__) or "static"
    free = position in {"absolute", "fixed"}
    inline = not free and (display or ("inline" if tag in _INLINE else "block")) in {"inline", "contents"}
    if not inline and _has_no_room(get, look.size):
        return "no_size", place
    if _is_cut_away(get, look.size, free):
        return "off_page", place
    moved = _moved(get, look.size, position, inline, place, text)
    if moved is None:
        return "off_page", place
    return ("same_colour" if _is_under_its_box(get, look, position) else None), moved


def _has_no_room(get: Get, letter: float) -> bool:
    for side, axis, padding in (("height", "y", "bottom"), ("width", "x", "right")):
        cut = get(f"overflow-{axis}", lambda value: True) in _CUTTING
        room = min(
            (size for name in (side, f"max-{side}") if (size := _size(get, name, letter)) is not None), default=None
        )
        least = _size(get, f"min-{side}", letter) or 0.0
        extra = _size(get, f"padding-{padding}", letter) or 0.0
        if cut and room is not None and max(room, least) + extra <= _NO_ROOM:
            return True
    return False


def _size(get: Get, name: str, letter: float) -> float | None:
    value = get(name, lambda text: text in {"auto", "none"} or length(text, letter) is not None)
    return (
        None if value is None or (value.endswith("%") and name in {"height", "min-height"}) else length(value, letter)
    )


def _is_cut_away(get: Get, letter: float, free: bool) -> bool:
    clip = get("clip", lambda value: True) or ""
    if free and (match := re.fullmatch(r"rect\(([^()]*)\)", clip)) is not None:
        sides = [length(part, letter) for part in re.split(r"[\s,]+", match[1].strip())]
        if len(sides) == 4:
            top, right, bottom, left = sides
            if _is_thin(top, bottom) or _is_thin(left, right):
                return True
    return _is_empty_shape(get("clip-path", lambda value: True) or "", letter)


def _is_thin(first: float | None, last: float | None) -> bool:
    return first is not None and last is not None and last - first <= _NO_ROOM


def _is_empty_shape(shape: str, letter: float) -> bool:
    match = re.match(r"(inset|circle|ellipse|polygon|rect|xywh)\(([^()]*)\)", shape)
    if match is None:
        return False
    name, inside = match.groups()
    if name == "inset":
        parts = re.split(r"\s+", inside.split("round")[0].strip())
        shares = [length(part, letter, 100.0) if part.endswith("%") else 0.0 for part in parts]
        top, right, bottom, left = (shares * 4)[:4] if len(shares) in {1, 2, 4} else (*shares, shares[1])[:4]
        return (top or 0) + (bottom or 0) >= 100 or (left or 0) + (right or 0) >= 100
    if name in {"circle", "ellipse"}:
        radii = [length(part, letter) for part in inside.split("at")[0].split()]
        return any(radius is not None and radius <= _NO_ROOM / 2 for radius in radii)
    if name == "polygon":
        points = [[length(part, letter) or 0.0 for part in point.split()] for point in inside.split(",")]
        points = [point for point in points if len(point) == 2]
        return bool(points) and any(max(p[axis] for p in points) - min(p[axis] for p in points) < 1 for axis in (0, 1))
    return False


def _moved(get: Get, letter: float, position: str, inline: bool, place: Place, text: Callable[[], str]) -> Place | None:
    """Return where the box is; None where all of it is off the page."""
    free = position in {"absolute", "fixed"}
    x, y = (0.0, 0.0) if free and not place.anchored else (place.x, place.y)
    shifts = Transform() if inline else _transforms(get, letter)
    left, right, top, bottom = (
        _offset(get, side, letter) if position != "static" else None for side in ("left", "right", "top", "bottom")
    )
    x += (left or 0.0) + (_offset(get, "margin-left", letter) or 0.0) + shifts.x
    y += (top or 0.0) + (0.0 if inline else _offset(get, "margin-top", letter) or 0.0) + shifts.y
    x -= right if right is not None and left is None else 0.0
    y -= bottom if bottom is not None and top is None else 0.0
    indent = 0.0 if inline else _offset(get, "text-indent", letter) or 0.0
    if (x, y, shifts.own_x, shifts.own_y, indent) == (place.x, place.y, 0.0, 0.0, 0.0):
        return Place(x, y, place.anchored or position != "static")
    letters = len(" ".join(text().split()))
    wide = letters * _LETTER * letter
    width = min(_size(get, "width", letter) or SCREEN_WIDTH, SCREEN_WIDTH)
    if free:
        width = min(width, wide)
    height = math.ceil(wide / SCREEN_WIDTH) * 1.5 * letter
    x, y = x + shifts.own_x * width, y + shifts.own_y * height
    known = free and not place.anchored and left is not None
    if x + (width if known else SCREEN_WIDTH) <= 0 or abs(x) >= _FAR_RIGHT:
        return None
    above = free and not place.anchored and top is not None
    if (above and y + height <= 0) or abs(y) >= _FAR_RIGHT + SCREEN_HEIGHT:
        return None
    if indent < 0 and wide + indent <= 0 and indent <= -SCREEN_WIDTH / 2:
        return None
    cut = get("overflow-x", lambda value: True) in _CUTTING
    if indent >= SCREEN_WIDTH and (cut or indent >= _FAR_RIGHT):
        return None
    return Place(x, y, place.anchored or position != "static")


def _transforms(get: Get, letter: float) -> Transform:
    first = transform(get("transform", lambda value: "(" in value) or "", letter)
    own = get("translate", lambda value: value != "none")
    if own is None:
        return first
    second = transform(f"translate({','.join(own.split())})", letter)
    return Transform(
        x=first.x + second.x, y=first.y + second.y, own_x=first.own_x + second.own_x, own_y=first.own_y + second.own_y
    )


def _offset(get: Get, name: str, letter: float) -> float | None:
    whole = SCREEN_HEIGHT if name in {"top", "bottom"} else SCREEN_WIDTH
    value = get(name, lambda text: text == "auto" or length(text, letter) is not None)
    return None if value is None else length(value, letter, whole)


def _is_under_its_box(get: Get, look: Look, position: str) -> bool:
    """Return whether the text is drawn before the background of a box around it."""
    level = get("z-index", lambda value: re.fullmatch(r"-?\d+|auto", value)) or "auto"
    return position != "static" and level.startswith("-") and look.boxed
