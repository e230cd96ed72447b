"""Reads the text of SmartArt: its points, with what is below a point as a list inside it."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.blocks.nodes import Node, item, listing
from ingest.cleaning import one_line
from ingest.readers.office.drawing.text import A, paragraph_text
from ingest.readers.office.parts import Element, Relation

D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
MAX_DEPTH = 20


def diagram_nodes(root: Element, relations: Mapping[str, Relation], page: int | None) -> list[Node]:
    """Return the figure of a diagram's data part."""
    texts, outermost = {}, []
    for point in root.iter(f"{D}pt"):
        identity = point.get("modelId") or ""
        if point.get("type") == "doc":
            outermost.append(identity)
        elif point.get("type", "node") in {"node", "asst"}:
            shown = [paragraph_text(each, relations)[0] for each in point.iter(f"{A}p")]
            texts[identity] = one_line(" ".join(text for text in shown if text))
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iter(f"{D}cxn"):
        if link.get("type", "parOf") == "parOf":
            place = int(link.get("srcOrd") or 0)
            below.setdefault(link.get("srcId") or "", []).append((place, link.get("destId") or ""))
    children = {identity: [each for _, each in sorted(found)] for identity, found in below.items()}
    seen: set[str] = set()
    items = [node for top in outermost for node in _items(top, children, texts, seen, page, 0)]
    items += [item(text, page=page) for identity, text in texts.items() if text and identity not in seen]
    return [Node("figure", children=[listing(items, page)], label="diagram", page=page)] if items else []


def _items(
    identity: str, children: Mapping[str, list[str]], texts: Mapping[str, str], seen: set[str], page: int | None,
    depth: int,
) -> list[Node]:  # fmt: skip
    """Return the items below a point; those of a point without text take its place."""
    found = []
    for child in children.get(identity, []):
        if child in seen or child not in texts or depth > MAX_DEPTH:
            continue
        seen.add(child)
        inner = _items(child, children, texts, seen, page, depth + 1)
        if texts[child]:
            found.append(item(texts[child], children=[listing(inner, page)] if inner else [], page=page))
        else:
            found += inner
    return found
