"""Reads colours as CSS writes them, mixes them, and says whether a person can tell two apart."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageColor

_FUNCTION = re.compile(r"(rgb|hsl|hwb)a?\(([^()]*)\)")
_CONTRAST = 1.2
"""Contrast (WCAG 2.2, 1 to 21) below which letters are not seen; pale grey print on a page has about 1.6."""
_CHANNEL = 64
"""Letters of the same brightness are seen when a channel differs by so many steps of 255."""
CLEAR = 0.08
"""Alpha below which nobody sees the ink."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue from 0 to 255, and alpha from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, behind: Colour, opacity: float = 1.0) -> Colour:
        """Return what is seen where this colour is painted on a solid one."""
        share = self.alpha * opacity
        channels = zip(self.channels, behind.channels, strict=True)
        return Colour(*(share * own + (1 - share) * other for own, other in channels))

    @property
    def channels(self) -> tuple[float, float, float]:
        """The three channels without alpha."""
        return self.red, self.green, self.blue

    @property
    def luminance(self) -> float:
        """Relative luminance from 0 to 1 (WCAG 2.2)."""
        red, green, blue = (_linear(channel / 255) for channel in self.channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


WHITE, BLACK = Colour(255, 255, 255), Colour(0, 0, 0)


@lru_cache(maxsize=4096)
def are_alike(one: Colour, other: Colour) -> bool:
    """Return whether letters of one colour cannot be seen on the other; both are solid."""
    bright, dark = sorted((one.luminance, other.luminance), reverse=True)
    step = max(abs(a - b) for a, b in zip(one.channels, other.channels, strict=True))
    return step < _CHANNEL and (bright + 0.05) / (dark + 0.05) < _CONTRAST


def css_colour(text: str) -> Colour | None:
    """Return the colour that a CSS value in small letters writes; None for what is not a colour."""
    text = text.strip()
    if text == "transparent":
        return Colour(0, 0, 0, 0)
    if (match := _FUNCTION.fullmatch(text)) is not None:
        return _function(match[1], re.split(r"[\s,/]+", match[2].strip()))
    if re.fullmatch(r"#[0-9a-f]+|[a-z]+", text) is None:
        return None
    try:
        red, green, blue, *alpha = ImageColor.getrgb(text)
    except ValueError:
        return None
    return Colour(red, green, blue, alpha[0] / 255 if alpha else 1.0)


def css_colours(text: str) -> list[Colour]:
    """Return the colours in a longer value, such as a gradient or a shadow."""
    words = re.findall(r"(?:rgb|hsl|hwb)a?\([^()]*\)|#[0-9a-f]{3,8}\b|\b[a-z]+\b(?!\()", text)
    return [colour for word in words if (colour := css_colour(word)) is not None]


def _function(name: str, parts: Sequence[str]) -> Colour | None:
    try:
        alpha = _share(parts[3], 1.0) if len(parts) > 3 else 1.0
        if name == "rgb":
            return Colour(_share(parts[0], 255.0), _share(parts[1], 255.0), _share(parts[2], 255.0), alpha)
        hue, second, third = _hue(parts[0]), _share(parts[1], 100.0) / 100, _share(parts[2], 100.0) / 100
    except (ValueError, IndexError):
        return None
    if name == "hsl":
        red, green, blue = colorsys.hls_to_rgb(hue, third, second)
    else:
        red, green, blue = (_whitened(channel, second, third) for channel in colorsys.hls_to_rgb(hue, 0.5, 1.0))
    return Colour(255 * red, 255 * green, 255 * blue, alpha)


def _whitened(channel: float, white: float, black: float) -> float:
    return white / (white + black) if white + black >= 1 else channel * (1 - white - black) + white


def _share(text: str, whole: float) -> float:
    """Return a number or a per cent of the whole, from 0 to the whole."""
    value = float(text[:-1]) / 100 * whole if text.endswith("%") else float(text if text != "none" else 0)
    return min(max(value, 0.0), whole)


def _hue(text: str) -> float:
    for unit, turn in (("deg", 360.0), ("grad", 400.0), ("rad", 6.283185307), ("turn", 1.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) / turn % 1
    return float(text) / 360 % 1


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
