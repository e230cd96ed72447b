"""Computes the number of each item of an ordered list as a browser shows it: start, reversed, values, styles.

Numbers that a style sheet makes with counters are not known; such lists count from one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Attributes = Mapping[str, str | None]

BULLETS = frozenset({"disc", "circle", "square", "disclosure-open", "disclosure-closed", "none", ""})
_TYPES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_DIGITS = {"arabic-indic": 0x660, "persian": 0x6F0, "devanagari": 0x966, "bengali": 0x9E6, "thai": 0xE50}
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(slots=True)
class Counter:
    """The numbering of one list: the number of its next item, and how numbers are written."""

    ordered: bool
    style: str
    value: int = 1
    step: int = 1

    def next(self, attributes: Attributes, style: str | None) -> str | None:
        """Return the number of the next item as shown, None for one that shows a bullet or nothing."""
        own = whole(attributes.get("value")) if self.ordered else None
        value = self.value if own is None else own
        self.value = value + self.step
        shown = _TYPES.get((attributes.get("type") or "").strip()) or style or self.style
        return None if shown in BULLETS or shown.startswith(("'", '"')) else f"{written(value, shown)}."


def counter(attributes: Attributes, *, ordered: bool, items: int, style: str | None) -> Counter:
    """Return the numbering of a list with so many items; `style` is its `list-style-type` where one is set."""
    given = (attributes.get("type") or "").strip()
    shown = style or _TYPES.get(given, "decimal" if ordered else "disc")
    if not ordered:
        return Counter(False, shown)
    step = -1 if "reversed" in attributes else 1
    start = whole(attributes.get("start"))
    return Counter(True, shown, start if start is not None else items if step < 0 else 1, step)


def whole(text: str | None) -> int | None:
    """Return the whole number that an attribute begins with."""
    digits = (text or "").strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    length = next((at for at, char in enumerate(digits) if not char.isascii() or not char.isdigit()), len(digits))
    return sign * int(digits[: min(length, 9)]) if length else None


def written(value: int, style: str) -> str:
    """Return a number in a counter style of CSS; decimal where the style does not reach or is not known."""
    if style.endswith(("alpha", "latin")) and value > 0:
        letters = ""
        while value:
            value, rest = divmod(value - 1, 26)
            letters = chr(ord("a") + rest) + letters
        return letters.upper() if style.startswith("upper") else letters
    if style.endswith("roman") and 0 < value < 4000:
        roman = ""
        for worth, letter in _ROMAN:
            count, value = divmod(value, worth)
            roman += letter * count
        return roman.upper() if style.startswith("upper") else roman
    if style == "lower-greek" and 0 < value <= len(_GREEK):
        return _GREEK[value - 1]
    if style == "decimal-leading-zero":
        return f"{value:02d}"
    if style in _DIGITS and value >= 0:
        return "".join(chr(_DIGITS[style] + int(digit)) for digit in str(value))
    return str(value)
