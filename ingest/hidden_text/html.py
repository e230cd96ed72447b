"""Removes HTML that a reader of the page does not see, before the page is read, and records it in
`ingest.hidden_text.report`.

Computes for each element how its text looks (`ingest.hidden_text.look`) and whether its box hides it
(`ingest.hidden_text.boxes`), from all style that the file holds. Scripts do not run, and what a reader can open by a
click stays.
"""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.hidden_text import report
from ingest.hidden_text.boxes import Place, box_hidden_by
from ingest.hidden_text.cascade import Cascade, cascade
from ingest.hidden_text.icons import names_icon
from ingest.hidden_text.look import Look, expanded, getter, look

_MARKED = "[style], [hidden], [popover], [bgcolor], [color], [text]"
_STYLED = f"style, link[href^='data:'], {_MARKED}"
_WITHOUT_ROOM = frozenset({"no_size", "off_page"})
"""How text for screen readers is hidden: what is not laid out at all is not read to anybody."""
_NEVER_DRAWN = frozenset({"head", "script", "style", "template", "noscript"})


def remove_hidden(tree: LexborHTMLParser) -> None:
    """Remove from the tree what its reader does not see. A page without style costs one query."""
    root = tree.root
    if root is None or tree.body is None or tree.css_first(_STYLED) is None:
        return
    rules = cascade(tree)
    if not rules.matched and tree.css_first(_MARKED) is None:
        return
    stack: list[tuple[LexborNode, Look, Place, str | None]] = [(root, Look(), Place(), None)]
    while stack:
        node, around, place, text_hidden_by = stack.pop()
        if node.is_text_node:
            if text_hidden_by is not None:
                _remove(node, text_hidden_by, node.text_content or "")
        elif node.tag not in _NEVER_DRAWN:
            own, place, why = _element(node, around, place, rules)
            if why in _WITHOUT_ROOM and names_icon(node):
                own, why = around, None
            if why is not None:
                _remove(node, why, node.text(deep=True, separator=" "))
                continue
            inside = text_hidden_by if own is around else own.hidden_by
            stack.extend((child, own, place, inside) for child in list(node.iter(include_text=True)))


def _element(node: LexborNode, around: Look, place: Place, rules: Cascade) -> tuple[Look, Place, str | None]:
    """Return how an element's text looks, where it is, and how its box hides it (None: it does not)."""
    values = rules.values(node)
    if not values:
        return around, place, None
    values = expanded(values)
    own = look(values, around)
    if node.mem_id in rules.openable:
        return (around if own.hidden_by else own), place, None
    boxes_around = replace(own, boxed=around.boxed)
    why, moved = box_hidden_by(getter(values, own), node.tag or "", boxes_around, lambda: node.text(), place)
    return own, moved, why


def _remove(node: LexborNode, why: str, text: str) -> None:
    report.record(why, text)
    node.decompose()
