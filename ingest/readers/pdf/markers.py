"""Recognises what stands before an item of a list: a number ("4.", "b)", "1.2.") or a bullet."""

from __future__ import annotations

import re

BULLETS = "•▪◦‣●○■□▶►➢✓✔❖❑➔·∙*\u2043\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf06e\uf0a8\uf071\uf075\ue00c\uf02d–—-\u2212"
BULLET = re.compile(rf"(?:[{re.escape(BULLETS)}]|o)")
NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]")


def is_marker(text: str) -> bool:
    return BULLET.fullmatch(text) is not None or NUMBER.fullmatch(text) is not None


def follows(before: str, number: str) -> bool:
    """Return whether a number is the next after another in the same style."""
    return any(
        a is not None and b is not None and b == a + 1 for a, b in zip(values(before), values(number), strict=True)
    )


def is_first(number: str) -> bool:
    return 1 in values(number)


def values(number: str) -> tuple[int | None, int | None, int | None]:
    """Return what a number may stand for: as a decimal, a letter, a Roman numeral."""
    bare = number.strip("().").split(".")[-1]
    if bare.isdigit():
        return int(bare), None, None
    letter = ord(bare.lower()) - 96 if len(bare) == 1 and bare.isascii() and bare.isalpha() else None
    return None, letter, _roman(bare.lower())


def _roman(text: str) -> int | None:
    digits = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    if not text or any(c not in digits for c in text):
        return None
    total = 0
    for at, char in enumerate(text):
        value = digits[char]
        total += -value if at + 1 < len(text) and digits[text[at + 1]] > value else value
    return total
