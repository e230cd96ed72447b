"""Removes HTML that its author hid by inline style before the page is read, and records it in
`ingest.hidden_text.report`.

Reads only attributes of elements. Style sheets are not read: a click may show what a class hides, and only a browser
could know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.hidden_text import report

Colour = tuple[int, int, int]

_STYLED = "[style], [hidden], [bgcolor], [color], [text]"
_NUMBER = r"(?:0?\.0*|0+)(?:\.0*)?(?:px|pt|r?em|ex|%|v[wh])?(?:;|!|$)"
_HIDING_STYLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("hidden", re.compile(r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|content-visibility:hidden)")),
    ("transparent", re.compile(rf"(?:^|;)opacity:{_NUMBER}")),
    ("off_page", re.compile(r"(?:^|;)(?:left|right|top|bottom|text-indent|margin-left|margin-top):-\d{3,}")),
    ("off_page", re.compile(r"(?:^|;)(?:clip:rect\(0|clip-path:(?:inset\((?:50|100)%|circle\(0))")),
)
_NO_SIZE = re.compile(r"(?:^|;)(?:font|font-size):(?:[a-z-]+)*(?:0?\.\d+|0|1)(?:\.0*)?(?:px|pt|%|;|/|!|$)")
_SIZE = re.compile(r"(?:^|;)font(?:-size)?:")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_CHANNELS = re.compile(r"rgba?\((\d{1,3}),(\d{1,3}),(\d{1,3})(?:,([\d.]+))?\)")
_NAMED: dict[str, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
_SAME_COLOUR = 12
"""Two colours look the same when each channel differs by at most this many steps of 255."""


@dataclass(frozen=True, slots=True)
class _Appearance:
    """How text looks inside an element, inherited from the elements around it. None: unknown."""

    colour: Colour | None = None
    background: Colour | None = None
    no_size: bool = False
    transparent: bool = False

    @property
    def hidden_by(self) -> str | None:
        """How the text is hidden; None for text that is seen."""
        if self.no_size:
            return "no_size"
        if self.transparent:
            return "transparent"
        alike = (
            self.colour
            and self.background
            and all(abs(a - b) <= _SAME_COLOUR for a, b in zip(self.colour, self.background, strict=True))
        )
        return "same_colour" if alike else None


def remove_hidden(tree: LexborHTMLParser) -> None:
    """Remove from the tree what inline style hides. A page without inline style costs one query."""
    if tree.body is None or tree.css_first(_STYLED) is None:
        return
    white = tree.css_first("style, link[rel~=stylesheet]") is None  # else a style sheet may set the colours
    stack = [
        (tree.body, _Appearance(colour=(0, 0, 0) if white else None, background=(255, 255, 255) if white else None))
    ]
    while stack:
        node, appearance = stack.pop()
        if node.is_text_node:
            if (why := appearance.hidden_by) is not None:
                report.record(why, node.text_content or "")
                node.decompose()
            continue
        if (why := _hidden_by(node)) is not None:
            report.record(why, node.text(deep=True, separator=" "))
            node.decompose()
            continue
        own = _appearance(node, appearance)
        stack.extend((child, own) for child in list(node.iter(include_text=True)))


def _hidden_by(node: LexborNode) -> str | None:
    attributes = node.attributes
    if not attributes:
        return None
    if "hidden" in attributes:
        return "hidden"
    style = _normalised(attributes.get("style"))
    return next((why for why, pattern in _HIDING_STYLES if pattern.search(style)), None) if style else None


def _appearance(node: LexborNode, around: _Appearance) -> _Appearance:
    attributes = node.attributes
    if not attributes:
        return around
    style = _normalised(attributes.get("style"))
    appearance = around
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    given = colour.group(1) if colour else _normalised(attributes.get("color") or attributes.get("text"))
    if given:
        appearance = replace(
            appearance, colour=_colour(given), transparent=given == "transparent" or _is_transparent(given)
        )
    behind = background.group(1) if background else _normalised(attributes.get("bgcolor"))
    if behind and behind not in {"transparent", "none", "inherit"}:
        appearance = replace(appearance, background=_colour(behind))
    if _SIZE.search(style):
        appearance = replace(appearance, no_size=bool(_NO_SIZE.search(style)))
    return appearance


def _normalised(value: str | None) -> str:
    return "".join((value or "").lower().split())


def _colour(text: str) -> Colour | None:
    """Return a colour's channels; None for what is not a plain colour."""
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


def _is_transparent(text: str) -> bool:
    match = _CHANNELS.fullmatch(text)
    return match is not None and match[4] is not None and float(match[4]) < 0.05
