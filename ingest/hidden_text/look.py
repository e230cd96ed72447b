"""Computes how the text of an element looks: its inks, what is behind it, its size, and whether it is drawn at all.

A look is inherited from the element around. Values are those of `ingest.hidden_text.cascade`; whether a box hides what
is in it (its size, place and cuts) is decided in `ingest.hidden_text.boxes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.hidden_text.cascade import Values
from ingest.hidden_text.colours import BLACK, CLEAR, WHITE, Colour, are_alike, css_colour, css_colours
from ingest.hidden_text.lengths import length, transform

_TINY = 2.5
"""Pixels of the font's size below which nobody can read it."""
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}
_SIZES |= {"xx-large": 32.0, "xxx-large": 48.0}
_FROM_PARENT = frozenset({"inherit", "unset", "revert", "revert-layer"})
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_FONT_SIZE = re.compile(r"(?:^|\s)((?:[\d.]+(?:[a-z]+|%)|0|calc\([^/]*\)|(?:xx?-)?(?:small|large)|medium))(?:\s*/|\s)")
_PICTURE = re.compile(r"url\(|image-set\(|image\(|element\(|paint\(")
_OPACITY = re.compile(r"opacity\(\s*([\d.]+%?)\s*\)")
_WORD = re.compile(r"(?:[^\s()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+")
_SIDES = ("top", "right", "bottom", "left")
_MOST_VARIABLES = 8
_MOST_COLOURS = 16


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks in an element."""

    colour: Colour = BLACK
    fill: Colour | None = None
    """The colour of the letters where it is not `colour`."""
    painted: tuple[Colour, ...] = ()
    """Colours of shadows, outlines and backgrounds cut to the letters, each of which can make them seen."""
    behind: tuple[Colour, ...] = (WHITE,)
    """The solid colours that may be behind the text; empty behind a picture."""
    size: float = 16.0
    scale: float = 1.0
    opacity: float = 1.0
    visible: bool = True
    boxed: bool = False
    """Whether an element around, below the page, has a background of its own."""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden_by(self) -> str | None:
        """How text with this look is hidden; None for text that is seen."""
        if not self.visible:
            return "hidden"
        if self.size * self.scale < _TINY:
            return "no_size"
        inks = (self.fill or self.colour, *self.painted)
        if all(ink.alpha * self.opacity < CLEAR for ink in inks):
            return "transparent"
        gone = self.behind and all(
            are_alike(ink.over(behind, self.opacity), behind) for ink in inks for behind in self.behind
        )
        return "same_colour" if gone else None


def look(values: Values, around: Look) -> Look:
    """Return how text looks in an element with these values, inside one that looks like `around`."""
    if not values:
        return around
    own = replace(around, variables=_variables(values, around.variables))
    get = _getter(values, own.variables)
    own = replace(own, size=_size(get, around.size), visible=_visible(get, around.visible))
    own = replace(own, opacity=around.opacity * _opacity(get), scale=around.scale * _scale(get, own.size))
    return _background(get, _with_inks(get, own))


Get = Callable[[str, Callable[[str], object]], str | None]
"""Returns the strongest value of a property that a check accepts."""


def getter(values: Values, look: Look) -> Get:
    """Return a function that finds the strongest valid value of a property."""
    return _getter(values, look.variables)


def _getter(values: Values, variables: Mapping[str, str]) -> Get:
    def get(name: str, is_valid: Callable[[str], object]) -> str | None:
        for value in reversed(values.get(name, ())):
            resolved = _resolved(value, variables)
            if resolved is not None and (resolved in _FROM_PARENT or resolved == "initial" or is_valid(resolved)):
                return resolved
        return None

    return get


def _variables(values: Values, around: Mapping[str, str]) -> Mapping[str, str]:
    own = {name: given[-1] for name, given in values.items() if name.startswith("--")}
    return {**around, **own} if own else around


def _resolved(value: str, variables: Mapping[str, str]) -> str | None:
    """Return a value with its variables replaced; None where one is not defined."""
    for _ in range(_MOST_VARIABLES):
        match = _VARIABLE.search(value)
        if match is None:
            return value
        given = variables.get(match[1], match[2])
        if given is None or len(value) > 10_000:
            return None
        value = f"{value[: match.start()]}{given.strip().lower()}{value[match.end() :]}".strip()
    return None


def _size(get: Get, around: float) -> float:
    def pixels(value: str) -> float | None:
        if value in _SIZES:
            return _SIZES[value]
        if value in {"smaller", "larger"}:
            return around * (1 / 1.2 if value == "smaller" else 1.2)
        found = length(value, around, around)
        return found if found is not None and found >= 0 else None

    value = get("font-size", lambda text: pixels(text) is not None)
    if value == "initial":
        return 16.0
    found = pixels(value) if value is not None else None
    return around if found is None else found


def _visible(get: Get, around: bool) -> bool:
    value = get("visibility", {"visible", "hidden", "collapse"}.__contains__)
    return around if value is None or value in _FROM_PARENT else value in {"visible", "initial"}


def _opacity(get: Get) -> float:
    own = _share(get("opacity", lambda text: _share(text) is not None))
    filters = _OPACITY.findall(get("filter", lambda text: True) or "")
    product = 1.0 if own is None else own
    for each in filters:
        product *= min(_share(each) or 0.0, 1.0)
    return product


def _share(text: str | None) -> float | None:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1) if text else None
    except ValueError:
        return None
    return None if value is None else min(max(value, 0.0), 1.0)


def _scale(get: Get, letter: float) -> float:
    """Return by how much letters shrink in their smaller direction."""
    zoom = length(value, letter, 1.0) if (value := get("zoom", lambda text: True)) and "%" in value else None
    zoom = _number(value) if zoom is None else zoom
    transforms = [get("transform", lambda text: "(" in text) or "", f"scale({_listed(get('scale', _number_list))})"]
    found = [transform(each, letter) for each in transforms]
    across, down = (found[0].across * found[1].across, found[0].down * found[1].down)
    return (1.0 if zoom is None or zoom == 0 else zoom) * min(across, down)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _number_list(text: str) -> bool:
    return all(_number(part.removesuffix("%")) is not None for part in text.split())


def _listed(text: str | None) -> str:
    return ",".join(text.split()) if text and text not in _FROM_PARENT | {"initial"} else "1"


def _with_inks(get: Get, own: Look) -> Look:
    value = get("color", _is_colour)
    if value is not None and value not in _FROM_PARENT | {"currentcolor"}:
        own = replace(own, colour=css_colour(value) or BLACK)
    value = get("-webkit-text-fill-color", _is_colour)
    if value is not None and value not in _FROM_PARENT:
        own = replace(own, fill=css_colour(value))
    painted = [get(name, lambda text: True) for name in ("text-shadow", "-webkit-text-stroke")]
    if any(value is not None for value in painted):
        own = replace(own, painted=tuple(colour for value in painted if value for colour in css_colours(value)))
    return own


def _is_colour(text: str) -> bool:
    return text == "currentcolor" or css_colour(text) is not None


def _background(get: Get, own: Look) -> Look:
    value = get("background-color", _is_colour) or ""
    solid = own.colour if value == "currentcolor" else css_colour(value)
    image = get("background-image", lambda text: True) or ""
    clip = get("background-clip", lambda text: True) or get("-webkit-background-clip", lambda text: True) or ""
    layers = [[solid]] if solid is not None and solid.alpha > 0 else []
    layers += [css_colours(image)] if "gradient" in image else []
    if "text" in clip:
        return replace(own, painted=(*own.painted, *(layers[-1] if layers else ())))
    if _PICTURE.search(image):
        return replace(own, behind=(), boxed=True)
    behind = own.behind
    for layer in layers:
        behind = _over(layer, behind, own.opacity)
    opaque = any(colour.alpha >= 1 for layer in layers for colour in layer)
    return replace(own, behind=behind, boxed=own.boxed or opaque)


def _over(layer: Sequence[Colour], behind: Sequence[Colour], opacity: float) -> tuple[Colour, ...]:
    """Return the colours that are seen where a layer is painted; none over an unknown picture, unless it is solid."""
    if not behind and any(colour.alpha < 1 for colour in layer):
        return ()
    return tuple(colour.over(under, opacity) for colour in layer for under in behind or (WHITE,))[:_MOST_COLOURS]


def expanded(values: Values) -> Values:
    """Return the values with the shorthands that matter written out."""
    found: Values = {}
    for name, given in values.items():
        for value in given:
            for long, part in _longhands(name, value):
                found.setdefault(long, []).append(part)
    return found


def _longhands(name: str, value: str) -> list[tuple[str, str]]:
    if name == "background":
        return _background_parts(value)
    if name == "font":
        match = _FONT_SIZE.search(f"{value} ")
        return [("font-size", match[1])] if match else []
    parts = _WORD.findall(value)
    if name == "overflow" and parts:
        return [("overflow-x", parts[0]), ("overflow-y", parts[-1])]
    if name in {"inset", "margin", "padding"} and parts:
        sides = (parts * 4)[:4] if len(parts) in {1, 2, 4} else [*parts[:3], parts[1]]
        prefix = "" if name == "inset" else f"{name}-"
        return [(f"{prefix}{side}", part) for side, part in zip(_SIDES, sides, strict=True)]
    return [(name, value)]


def _background_parts(value: str) -> list[tuple[str, str]]:
    """Return a background's colour, which is the one word outside its pictures that is a colour, and its picture."""
    words = _WORD.findall(value)
    colour = next((word for word in words if css_colour(word) is not None or word.startswith("var(")), "transparent")
    clip = [("background-clip", "text")] if "text" in words else []
    return [("background-color", colour), ("background-image", value), *clip]
