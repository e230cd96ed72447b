"""HTML that its author hid by inline style: taken out before a page is read, and noted (`ingest.hidden_text.report`).

Knows the attributes of elements and colours that stand in them. Style sheets are not read: what a class hides, a click
may show, and only a browser could tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.hidden_text import report

Colour = tuple[int, int, int]

_STYLED = "[style], [hidden], [bgcolor], [color], [text]"
_NUMBER = r"(?:0?\.0*|0+)(?:\.0*)?(?:px|pt|r?em|ex|%|v[wh])?(?:;|!|$)"
_NOT_SHOWN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("hidden", re.compile(r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|content-visibility:hidden)")),
    ("transparent", re.compile(rf"(?:^|;)opacity:{_NUMBER}")),
    ("off_page", re.compile(r"(?:^|;)(?:left|right|top|bottom|text-indent|margin-left|margin-top):-\d{3,}")),
    ("off_page", re.compile(r"(?:^|;)(?:clip:rect\(0|clip-path:(?:inset\((?:50|100)%|circle\(0))")),
)
_NO_SIZE = re.compile(r"(?:^|;)(?:font|font-size):(?:[a-z-]+)*(?:0?\.\d+|0|1)(?:\.0*)?(?:px|pt|%|;|/|!|$)")
_SIZE = re.compile(r"(?:^|;)font(?:-size)?:")
_INK = re.compile(r"(?:^|;)color:([^;!]+)")
_PAPER = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_CHANNELS = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,([\d.]+))?\)")
_NAMED: dict[str, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
_ALIKE = 12
"""Steps of 255 that two colours may differ by in each channel and still be one to the eye."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks here: inherited from the elements around. None: nobody knows."""

    ink: Colour | None = None
    paper: Colour | None = None
    no_size: bool = False
    clear: bool = False

    @property
    def unseen(self) -> str | None:
        if self.no_size:
            return "no_size"
        if self.clear:
            return "transparent"
        alike = self.ink and self.paper and all(abs(a - b) <= _ALIKE for a, b in zip(self.ink, self.paper, strict=True))
        return "same_colour" if alike else None


def strip(tree: LexborHTMLParser) -> None:
    """Take out of the tree whatever inline style hides. A page that styles nothing inline costs one look."""
    if tree.body is None or tree.css_first(_STYLED) is None:
        return
    white = tree.css_first("style, link[rel~=stylesheet]") is None  # else the sheet may have painted it
    stack = [(tree.body, _Look(ink=(0, 0, 0) if white else None, paper=(255, 255, 255) if white else None))]
    while stack:
        node, look = stack.pop()
        if node.is_text_node:
            if (why := look.unseen) is not None:
                report.note(why, node.text_content or "")
                node.decompose()
            continue
        if (why := _hides(node)) is not None:
            report.note(why, node.text(deep=True, separator=" "))
            node.decompose()
            continue
        own = _look(node, look)
        stack.extend((child, own) for child in list(node.iter(include_text=True)))


def _hides(node: LexborNode) -> str | None:
    attributes = node.attributes
    if not attributes:
        return None
    if "hidden" in attributes:
        return "hidden"
    style = _style(attributes.get("style"))
    return next((why for why, pattern in _NOT_SHOWN if pattern.search(style)), None) if style else None


def _look(node: LexborNode, around: _Look) -> _Look:
    attributes = node.attributes
    if not attributes:
        return around
    style = _style(attributes.get("style"))
    look = around
    ink, paper = _INK.search(style), _PAPER.search(style)
    given = ink.group(1) if ink else _style(attributes.get("color") or attributes.get("text"))
    if given:
        look = replace(look, ink=_colour(given), clear=given == "transparent" or _faint(given))
    behind = paper.group(1) if paper else _style(attributes.get("bgcolor"))
    if behind and behind not in {"transparent", "none", "inherit"}:
        look = replace(look, paper=_colour(behind))
    if _SIZE.search(style):
        look = replace(look, no_size=bool(_NO_SIZE.search(style)))
    return look


def _style(value: str | None) -> str:
    return "".join((value or "").lower().split())


def _colour(text: str) -> Colour | None:
    """Return a colour's channels; None for one that is not a plain colour."""
    if text in _NAMED:
        return _NAMED[text]
    if (match := _CHANNELS.fullmatch(text)) is not None:
        return (int(match[1]), int(match[2]), int(match[3]))
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if len(digits) != 6 or not re.fullmatch("[0-9a-f]{6}", digits):
        return None
    return (int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))


def _faint(text: str) -> bool:
    match = _CHANNELS.fullmatch(text)
    return match is not None and match[4] is not None and float(match[4]) < 0.05
