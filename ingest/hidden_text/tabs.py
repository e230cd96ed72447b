"""Finds the tabs of a page: parts of which one is shown at a time, and the name by which a reader opens each.

Knows the roles of ARIA and the tabs of MkDocs. Parts that cannot be paired with names are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_NAME = 100
_PANEL = "[role=tabpanel]"


@dataclass(slots=True)
class Tabs:
    """The names of parts, and the elements that only show the names: both by `mem_id`."""

    names: dict[int, str] = field(default_factory=dict)
    lists: set[int] = field(default_factory=set)


def find_tabs(tree: LexborHTMLParser) -> Tabs:
    """Return the tabs of a page whose parts all have a name."""
    found = Tabs()
    if tree.css_first(f"{_PANEL}, .tabbed-set") is None:
        return found
    by_id = {name: node for node in tree.css("[id]") if (name := node.attributes.get("id"))}
    for shown in tree.css("[role=tablist]"):
        tabs = shown.css("[role=tab]")
        _pair(found, shown, tabs, _linked(tree, tabs, by_id) or _beside(shown))
    for around in tree.css(".tabbed-set"):
        heads = [child for child in around.iter() if _is(child, "tabbed-labels")]
        parts = [part for child in around.iter() if _is(child, "tabbed-content") for part in child.iter()]
        if len(heads) == 1 and _pair(found, heads[0], heads[0].css("label"), parts):
            found.lists |= {child.mem_id for child in around.iter() if child.tag == "input"}
    return found


def _pair(found: Tabs, shown: LexborNode, tabs: list[LexborNode], panels: list[LexborNode]) -> bool:
    names = [" ".join(tab.text(separator=" ").split()) for tab in tabs]
    if len(tabs) != len(panels) or not all(0 < len(name) <= MAX_NAME for name in names):
        return False
    found.lists.add(shown.mem_id)
    found.names.update({panel.mem_id: name for panel, name in zip(panels, names, strict=True)})
    return bool(names)


def _linked(tree: LexborHTMLParser, tabs: list[LexborNode], by_id: dict[str, LexborNode]) -> list[LexborNode]:
    """Return the parts to which tabs are linked, in the order of the tabs; none if one is not."""
    labelled = {panel.attributes.get("aria-labelledby"): panel for panel in tree.css(_PANEL)}
    panels = []
    for tab in tabs:
        panel = by_id.get(tab.attributes.get("aria-controls") or "") or labelled.get(tab.attributes.get("id") or "?")
        if panel is None or panel.attributes.get("role") != "tabpanel":
            return []
        panels.append(panel)
    return panels


def _beside(shown: LexborNode) -> list[LexborNode]:
    """Return the parts that stand behind a list of tabs, without those in them."""
    return list(_outermost(shown.parent)) if shown.parent is not None else []


def _outermost(node: LexborNode) -> Iterator[LexborNode]:
    stack = list(node.iter())[::-1]
    while stack:
        child = stack.pop()
        if child.attributes.get("role") == "tabpanel":
            yield child
        else:
            stack.extend(list(child.iter())[::-1])


def _is(node: LexborNode, name: str) -> bool:
    return name in (node.attributes.get("class") or "").split()
