"""Says what of a page is left out, and why: menus, controls, scripts, and marks that only decorate.

A button stays where the text needs it ("Choose Apply to finish") or where it names what it opens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

_TAGS = {
    **dict.fromkeys(("script", "style", "head", "template", "noscript"), ""),
    **dict.fromkeys(("iframe", "object", "embed", "canvas", "video", "audio", "map"), "fallback"),
    **dict.fromkeys(("select", "textarea", "datalist", "meter", "progress", "dialog"), "control"),
    "nav": "navigation",
}
_ROLES = {"navigation": "navigation", "menu": "navigation", "menubar": "navigation", "search": "control"}
_KEPT_AT_LAST = frozenset({"nav", "dialog", "noscript", "object"})
"""What is read after all from a page that has nothing else."""
_COPIES = re.compile(
    r"katex-html|mathjax|\bmjx|material-(?:icons|symbols)|\bicons?\b|\bfa[bsrl]?\b|glyphicon|emoji", re.IGNORECASE
)
_BACK = re.compile(r"footnote-?back|backref|reversefootnote|backlink", re.IGNORECASE)
_MARKER = re.compile(r"[¶§#🔗⚓↩↑↵^\ufe0e\ufe0f\s]*")
_STRUCTURE = "p, li, td, h1, h2, h3, h4, pre"


def reason_to_drop(
    node: LexborNode, tag: str, attributes: Mapping[str, str | None], *, everything: bool = False
) -> str | None:
    """Return why an element is left out (a reason of `ingest.account`, "" for marks without words); None: it stays.

    `everything`: keep menus and the like, because the page has nothing else.
    """
    if (reason := _TAGS.get(tag)) is not None:
        kept = (everything and tag in _KEPT_AT_LAST) or (tag == "dialog" and "open" in attributes)
        return None if kept else reason
    if tag == "button":
        return None if _is_needed(node, attributes) else "control"
    if tag == "a":
        return "" if _is_mark(node, attributes) else None
    if not attributes:
        return None
    if (reason := _ROLES.get(attributes.get("role") or "")) is not None:
        return None if everything else reason
    if attributes.get("aria-hidden") == "true":
        return "decoration" if _decorates(node, attributes) else None
    return None


def _is_needed(button: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Return whether a button's label is a part of the text, or the title of what it opens."""
    if attributes.get("role") == "tab" or "aria-expanded" in attributes or "aria-controls" in attributes:
        return True
    parent = button.parent
    if parent is None or parent.tag in {"h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"}:
        return True
    return any(
        any(char.isalnum() for char in child.text_content or "")
        for child in parent.iter(include_text=True)
        if child.tag == "-text"
    )


def _is_mark(link: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Return whether a link only leads to its own heading, or back from a footnote."""
    if attributes.get("role") == "doc-backlink" or _BACK.search(attributes.get("class") or ""):
        return True
    if not (attributes.get("href") or "").startswith("#"):
        return False
    return link.css_first("img, svg, math, input") is None and _MARKER.fullmatch(link.text()) is not None


def _decorates(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Return whether what screen readers skip says nothing else: an icon, or a copy of text beside it."""
    text = " ".join(node.text(separator=" ").split())
    if not any(char.isalnum() for char in text) or _COPIES.search(attributes.get("class") or ""):
        return True
    if len(text) > 200 or node.css_first(_STRUCTURE) is not None:
        return False
    parent = node.parent
    around = " ".join(parent.text(separator=" ").split()) if parent is not None else ""
    return len(around) < 10_000 and around.count(text) > 1


def menus(outside: list[LexborNode]) -> frozenset[int]:
    """Return the elements beside a page's main part that are mostly links, by `mem_id`."""
    found = set()
    for node in outside:
        links = node.css("a[href]")
        length = len("".join(node.text().split()))
        if len(links) >= 3 and sum(len("".join(link.text().split())) for link in links) > 0.5 * length:
            found.add(node.mem_id)
    return frozenset(found)
