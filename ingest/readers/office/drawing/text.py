"""Reads the paragraphs of DrawingML, which slides, text boxes, charts and diagrams share.

A paragraph's text has its links with their targets and its raised digits; what is struck out is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.account import left_out
from ingest.blocks.inline import InlineText, superscript
from ingest.blocks.nodes import Inline
from ingest.cleaning import one_line
from ingest.readers.office.parts import RELATION_ID, Element, Relation, local

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_OPEN_TARGETS = ("http://", "https://", "mailto:", "tel:")


def paragraph_text(node: Element, relations: Mapping[str, Relation]) -> tuple[str, tuple[Inline, ...]]:
    """Return the text of an `a:p` in one line, and its links."""
    text = InlineText()
    runs = list(node)
    for place, run in enumerate(runs):
        if local(run) == "br":
            text.add("\n")
        elif local(run) == "m" or run.tag == f"{A}m" or local(run) == "AlternateContent":
            text.add(_math(run))
        elif local(run) in {"r", "fld"}:
            _add_run(text, run, runs[place + 1] if place + 1 < len(runs) else None, relations)
    return text.taken()


def _add_run(text: InlineText, run: Element, following: Element | None, relations: Mapping[str, Relation]) -> None:
    shown = "".join(each.text or "" for each in run.findall(f"{A}t")).replace("\x0b", "\n")
    properties = run.find(f"{A}rPr")
    if properties is None:
        text.add(shown)
        return
    if properties.get("strike") in {"sngStrike", "dblStrike"}:
        left_out("struck", shown)
        return
    raised = properties.get("baseline") or ""
    if raised.rstrip("%").lstrip("-").isdigit() and int(raised.rstrip("%")) > 0:
        shown = superscript(shown, text.parts[-1] if text.parts else "")
    if properties.get("cap") == "none" and not shown:
        return
    start = text.length
    text.add(shown)
    target = link_target(properties, relations)
    if target and link_target(_properties(following), relations) != target:
        _close_link(text, start, target)
    elif target:
        text.marks.append(("link", start, start, target))  # its last run closes it


def _close_link(text: InlineText, start: int, target: str) -> None:
    """Mark a link with its target behind its words; runs of one link count as one."""
    while text.marks and text.marks[-1][1] == text.marks[-1][2] and text.marks[-1][3] == target:
        start = text.marks.pop()[1]
    words = "".join(text.parts)[start:]
    if not words.strip():
        return
    if is_open(target) and not same_target(words, target):
        text.add(f" ({target})")
    text.mark("link", start, target)


def is_open(target: str) -> bool:
    """Return whether a link's target is an address that a person can open."""
    return target.lower().startswith(_OPEN_TARGETS)


def same_target(words: str, target: str) -> bool:
    """Return whether a link's words are its target already."""
    return _bare(words) == _bare(target) or _bare(target) in _bare(words)


def _bare(address: str) -> str:
    bare = one_line(address).lower()
    for start in ("mailto:", "tel:", "https://", "http://", "www."):
        bare = bare.removeprefix(start)
    return bare.rstrip("/")


def _properties(run: Element | None) -> Element | None:
    return run.find(f"{A}rPr") if run is not None else None


def link_target(properties: Element | None, relations: Mapping[str, Relation]) -> str | None:
    """Return the address that a run's or a shape's properties link to; None for places inside the file."""
    link = properties.find(f"{A}hlinkClick") if properties is not None else None
    relation = relations.get(link.get(f"{RELATION_ID}id") or "") if link is not None else None
    return relation.target if relation is not None and relation.outside and is_open(relation.target) else None


def _math(node: Element) -> str:
    choice = next((each for each in node if local(each) in {"Choice", "oMathPara", "oMath"}), node)
    return "".join(each.text or "" for each in choice.iter() if local(each) == "t")
