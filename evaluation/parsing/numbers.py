"""Computes the number that a list of HTML shows before each item, from the attributes of the list and its items."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

_STYLES = {
    "decimal": "1", "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i",
    "upper-roman": "I", "none": "", "disc": "", "circle": "", "square": "",
}  # fmt: skip
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(slots=True)
class Counter:
    """The numbers of a list; `style` is "1", "a", "A", "i", "I", or "" for a list whose items have bullets."""

    style: str
    value: int = 1
    step: int = 1

    def next(self, item: LexborNode) -> str:
        """Return the number of the next item."""
        self.value = _integer(item.attributes.get("value"), self.value)
        shown, self.value = written(self.value, self.style), self.value + self.step
        return shown


def counter(node: LexborNode) -> Counter:
    """Return the counter of a list."""
    if node.tag != "ol":
        return Counter("")
    attributes = node.attributes
    style = attributes.get("type") or "1"
    named = re.search(r"list-style(?:-type)?\s*:[^;]*?([a-z]+(?:-[a-z]+)?)\s*(?:;|$)", attributes.get("style") or "")
    style = _STYLES.get(named[1], style) if named else style
    back = "reversed" in attributes
    items = sum(child.tag == "li" for child in node.iter())
    return Counter(style, _integer(attributes.get("start"), items if back else 1), -1 if back else 1)


def written(value: int, style: str) -> str:
    """Return a number in a style."""
    if not style:
        return ""
    if style in "aA" and value > 0:
        text = ""
        while value > 0:
            value, place = divmod(value - 1, 26)
            text = chr(ord("a") + place) + text
    elif style in "iI" and 0 < value < 4000:
        text = ""
        for worth, letters in _ROMAN:
            count, value = divmod(value, worth)
            text += letters * count
    else:
        return str(value)
    return text.upper() if style in "AI" else text


def _integer(value: str | None, default: int) -> int:
    found = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", value or "")
    return int(found[1]) if found else default
