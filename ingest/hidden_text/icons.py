"""Finds text that only screen readers say because a sighted reader sees an icon in its place: "✓" with "Included".

It is what the icon means, so it is text of the page like the alternative text of a picture.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from core.marks import addresses_model

MAX_NAME = 40
"""Characters of an icon's name; longer text is not what an icon says."""
_FOR_SCREEN_READERS = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "assistive-text"}
)
_CELLS = frozenset({"td", "th"})
_ICONS = frozenset({"svg", "img", "i"})


def names_icon(node: LexborNode) -> bool:
    """Return whether an element that is drawn without room is all the text of what shows an icon."""
    text = " ".join(node.text(separator=" ").split())
    around = node.parent
    if not text or len(text) > MAX_NAME or around is None or addresses_model(text):
        return False
    if len(around.html or "") > 4000 or " ".join(around.text(separator=" ").split()) != text:
        return False
    named = _FOR_SCREEN_READERS & set((node.attributes.get("class") or "").lower().split())
    if around.tag in _CELLS and named:
        return True
    return any(child.mem_id != node.mem_id and _is_icon(child) for child in around.iter())


def _is_icon(node: LexborNode) -> bool:
    """Return whether an element without text shows something all the same."""
    if node.tag == "img" and (node.attributes.get("alt") or "").strip():
        return False
    return node.tag in _ICONS or (node.attributes.get("aria-hidden") == "true" and bool(node.attributes.get("class")))
