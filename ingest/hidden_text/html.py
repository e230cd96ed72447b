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
from ingest.hidden_text.look import Look, expanded, getter, look

_MARKED = "[style], [hidden], [popover], [bgcolor], [color], [text]"
_STYLED = f"style, link[href^='data:'], {_MARKED}"
_NEVER_DRAWN = frozenset({"head", "script", "style", "template", "noscript"})


def remove_hidden(tree: LexborHTMLParser) -> None:
    """Remove from the tree what its reader does not see. A page without style costs one query."""
    root = tree.root
    if root is None or tree.body is None or tree.css_first(_STYLED) is None:
        return
    rules = cascade(tree)
    if not rules.matched and tree.css_first(_MARKED) is None:
        return
    stack: list[tuple[LexborNode, Look, Place]] = [(root, Look(), Place())]
    while stack:
        node, around, place = stack.pop()
        if node.is_text_node:
            if (why := around.hidden_by) is not None:
                _remove(node, why, node.text_content or "")
        elif node.tag not in _NEVER_DRAWN:
            own, place, why = _element(node, around, place, rules)
            if why is not None:
                _remove(node, why, node.text(deep=True, separator=" "))
            else:
                stack.extend((child, own, place) for child in list(node.iter(include_text=True)))


def _element(node: LexborNode, around: Look, place: Place, rules: Cascade) -> tuple[Look, Place, str | None]:
    values = rules.values(node)
    if not values:
        return around, place, None
    values = expanded(values)
    own = look(values, around)
    why, own_place = box_hidden_by(
        getter(values, own), node.tag or "", _around_box(own, around), lambda: node.text(), place
    )
    if node.mem_id in rules.openable:
        return (look({}, around) if own.hidden_by else own), place, None
    return own, own_place, why


def _around_box(own: Look, around: Look) -> Look:
    """Return the own look, with the boxes that are around the element and not its own background."""
    return replace(own, boxed=around.boxed)


def _remove(node: LexborNode, why: str, text: str) -> None:
    report.record(why, text)
    node.decompose()
