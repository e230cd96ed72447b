"""Reads the colours of an Office theme, and the changes that a file makes to them (tint, shade, luminance)."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from typing import Any

from ingest.hidden_text.colours import Colour

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_USUAL = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "44546A",
    "lt2": "E7E6E6",
    "accent1": "4472C4",
    "accent2": "ED7D31",
    "accent3": "A5A5A5",
    "accent4": "FFC000",
    "accent5": "5B9BD5",
    "accent6": "70AD47",
    "hlink": "0563C1",
    "folHlink": "954F72",
}
_NAMES = {
    "text1": "dk1",
    "dark1": "dk1",
    "tx1": "dk1",
    "background1": "lt1",
    "light1": "lt1",
    "bg1": "lt1",
    "text2": "dk2",
    "dark2": "dk2",
    "tx2": "dk2",
    "background2": "lt2",
    "light2": "lt2",
    "bg2": "lt2",
    "hyperlink": "hlink",
    "followedhyperlink": "folHlink",
}
EXCEL_ORDER = ("lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6")
"""The theme colours by the number that a cell writes."""
Element = Any
"""An lxml element: the Office libraries do not type theirs."""


def hex_colour(text: str | None) -> Colour | None:
    """Return the colour of six hexadecimal digits, or of the last six of eight; None for anything else."""
    digits = (text or "")[-6:]
    try:
        return Colour(*(int(digits[at : at + 2], 16) for at in (0, 2, 4))) if len(digits) == 6 else None
    except ValueError:
        return None


def theme_colours(root: Element | None) -> dict[str, Colour]:
    """Return the colours of a theme part by their short name; the usual ones where it has none."""
    colours = {name: hex_colour(digits) or Colour(0, 0, 0) for name, digits in _USUAL.items()}
    scheme = root.find(f".//{_A}clrScheme") if root is not None else None
    for slot in scheme if scheme is not None else ():
        if len(slot) and isinstance(slot.tag, str):
            found = hex_colour(slot[0].get("lastClr") or slot[0].get("val"))
            if found is not None:
                colours[slot.tag.rpartition("}")[2]] = found
    return colours


def named(colours: Mapping[str, Colour], name: str) -> Colour | None:
    """Return a theme colour by any of the names that Word and PowerPoint use for it."""
    return colours.get(name) or colours.get(_NAMES.get(name.lower(), name))


def tinted(colour: Colour, share: float) -> Colour:
    """Return the colour mixed with white, so that `share` of it is left."""
    return Colour(*(255 - (255 - channel) * share for channel in colour.channels))


def shaded(colour: Colour, share: float) -> Colour:
    """Return the colour mixed with black, so that `share` of it is left."""
    return Colour(*(channel * share for channel in colour.channels))


def lightened(colour: Colour, factor: float, offset: float) -> Colour:
    """Return the colour with its lightness (HSL, 0 to 1) multiplied and moved."""
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour.channels))
    light = min(max(light * factor + offset, 0.0), 1.0)
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return Colour(255 * red, 255 * green, 255 * blue, colour.alpha)


def drawn_colour(parent: Element | None, colours: Mapping[str, Colour]) -> Colour | None:
    """Return the colour of a solid fill in DrawingML, with its alpha; None where it is not a plain colour."""
    node = parent.find(f"{_A}solidFill") if parent is not None else None
    if node is None or not len(node):
        return None
    kind = node[0].tag.rpartition("}")[2]
    if kind == "schemeClr":
        found = named(colours, node[0].get("val") or "")
    else:
        found = hex_colour(node[0].get("lastClr") or node[0].get("val")) if kind in {"srgbClr", "sysClr"} else None
    for change in node[0] if found is not None else ():
        found = _changed(found, change.tag.rpartition("}")[2], int(change.get("val") or 100000) / 100000)
    return found


def _changed(colour: Colour | None, change: str, value: float) -> Colour | None:
    if colour is None:
        return None
    if change == "alpha":
        return Colour(*colour.channels, value)
    if change in {"tint", "shade"}:
        return tinted(colour, value) if change == "tint" else shaded(colour, value)
    if change in {"lumMod", "lumOff"}:
        return lightened(colour, *((value, 0.0) if change == "lumMod" else (1.0, value)))
    return colour
