"""Turns a page of GNOME's help (Mallard XML) into HTML. Knows the elements that those pages have, no more."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree, html
from lxml.html import HtmlElement

BOLD, ITALIC, MONO = {"gui", "app"}, {"em"}, {"file", "cmd", "sys", "code", "input", "output", "key"}
LEFT_OUT = {"info", "media", "links", "comment", "desc", "thumb", "figure", "cite"}
NOTES = {"advanced": "note", "bug": "note", "important": "important", "sidebar": "note", "warning": "warning",
         "tip": "tip", "danger": "warning", "caution": "caution"}  # fmt: skip
Xml = Any
"""An element of XML; lxml's own type says of text and names that they may be bytes, which they are not here."""
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)


def page(path: Path) -> HtmlElement:
    """Return the page as a `body`."""
    root = etree.parse(str(path), PARSER).getroot()
    body = html.Element("body")
    _section(body, root, 1, path.parent)
    return body


def _section(target: HtmlElement, source: Xml, level: int, folder: Path) -> None:
    for child in source:
        name = _name(child)
        if name == "title":
            _inline(etree.SubElement(target, f"h{min(level, 6)}"), child, folder)
        elif name == "section":
            _section(target, child, level + 1, folder)
        else:
            _block(target, child, folder)


def _block(target: HtmlElement, source: Xml, folder: Path) -> None:
    name = _name(source)
    if name in LEFT_OUT or not name or source.get("style") == "hidden":
        return
    if name == "p":
        _inline(etree.SubElement(target, "p"), source, folder)
    elif name in {"steps", "list"}:
        ordered = name == "steps" or source.get("type") == "numbered"
        _titled(target, source, folder)
        made = etree.SubElement(target, "ol" if ordered else "ul")
        for each in source:
            if _name(each) == "item":
                _blocks(etree.SubElement(made, "li"), each, folder)
    elif name == "terms":
        made = etree.SubElement(target, "dl")
        for each in source:
            _term(made, each, folder)
    elif name == "note":
        made = etree.SubElement(target, "div")
        made.set("class", f"note {NOTES.get((source.get('style') or '').split(' ')[0], 'note')}")
        _titled(made, source, folder)
        _blocks(made, source, folder)
    elif name in {"code", "screen"}:
        etree.SubElement(target, "pre").text = "".join(source.itertext()).strip("\n")
    elif name == "table":
        _table(etree.SubElement(target, "table"), source, folder)
    elif name == "choose":
        first = next((each for each in source if _name(each) == "when"), None)
        if first is not None:
            _blocks(target, first, folder)
    else:
        _blocks(target, source, folder)


def _blocks(target: HtmlElement, source: Xml, folder: Path) -> None:
    for child in source:
        if _name(child) != "title":
            _block(target, child, folder)


def _titled(target: HtmlElement, source: Xml, folder: Path) -> None:
    title = next((child for child in source if _name(child) == "title"), None)
    if title is not None:
        made = etree.SubElement(target, "p")
        made.set("class", "title")
        _inline(made, title, folder)


def _term(target: HtmlElement, item: Xml, folder: Path) -> None:
    for child in item:
        if _name(child) == "title":
            _inline(etree.SubElement(target, "dt"), child, folder)
    _blocks(etree.SubElement(target, "dd"), item, folder)


def _table(target: HtmlElement, source: Xml, folder: Path) -> None:
    for child in source:
        name = _name(child)
        if name == "title" and target.tag == "table":
            _inline(etree.SubElement(target, "caption"), child, folder)
        elif name in {"thead", "tbody", "tfoot", "tr"}:
            _table(etree.SubElement(target, name), child, folder)
        elif name in {"td", "th"}:
            head = _name(source.getparent()) == "thead"
            made = etree.SubElement(target, "th" if head else "td")
            for key in ("colspan", "rowspan"):
                if child.get(key):
                    made.set(key, child.get(key))
            _blocks(made, child, folder)


def _inline(target: HtmlElement, source: Xml, folder: Path) -> None:
    _add(target, source.text)
    for child in source:
        _run(target, child, folder)
        _add(target, child.tail)


def _run(target: HtmlElement, child: Xml, folder: Path) -> None:
    name = _name(child)
    if name in LEFT_OUT or not name:
        return
    if name in {"keyseq", "guiseq"}:
        joint = "+" if name == "keyseq" else " ▸ "
        for place, part in enumerate(each for each in child if _name(each)):
            _add(target, joint if place else None)
            _run(target, part, folder)
    elif name == "link" and not "".join(child.itertext()).strip():
        _add(target, _title(folder / f"{(child.get('xref') or '').partition('#')[0]}.page") or child.get("href") or "")
    elif name == "link" and (child.get("href") or "").startswith("http"):
        made = etree.SubElement(target, "a")
        made.set("href", child.get("href"))
        _inline(made, child, folder)
    elif name in BOLD | ITALIC | MONO:
        tag = "b" if name in BOLD else "i" if name in ITALIC else "code"
        _inline(etree.SubElement(target, tag), child, folder)
    else:
        _inline(target, child, folder)


@cache
def _title(path: Path) -> str:
    if not path.is_file():
        return ""
    found = [each for each in etree.parse(str(path), PARSER).getroot() if _name(each) == "title"]
    return " ".join("".join(map(str, found[0].itertext())).split()) if found else ""


def _add(target: HtmlElement, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text


def _name(element: Xml) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
