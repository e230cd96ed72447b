"""Brings a manual's page into plain HTML: headings, paragraphs, lists, tables, code and notes, nothing else.

Knows the wrappers of DocBook's, LibreOffice's and GIMP's help pages. Pictures, navigation and scripts are left out, so
that what the page says is what a print of it shows. Tables that only place things become what is in them.
"""

from __future__ import annotations

from html import escape

from lxml import etree, html
from lxml.html import HtmlElement

DROPPED = {
    "script", "style", "nav", "noscript", "img", "svg", "header", "footer", "aside", "input", "button", "label", "meta",
    "link", "hr", "colgroup", "iframe", "object", "video", "audio", "map", "form", "template", "head", "title",
}  # fmt: skip
DROPPED_CLASSES = {
    "navheader", "navfooter", "toc", "mediaobject", "noteicon", "debug", "bug", "indexterm", "reportbug",
    "figure", "informalfigure", "footnotes", "footnote", "inlinemediaobject", "caption", "iconcell",
}  # fmt: skip
NOTES = ("note", "tip", "warning", "caution", "important")
BLOCKS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody",
    "tfoot", "tr", "th", "td", "pre", "blockquote",
}  # fmt: skip
INLINE = {"code": "code", "tt": "code", "kbd": "code", "samp": "code", "b": "b", "strong": "b", "i": "i", "em": "i",
          "sup": "sup", "sub": "sub", "br": "br", "var": "i", "cite": "i"}  # fmt: skip
KEPT = ("colspan", "rowspan", "type", "start", "value", "scope")
BULLETS = ("•", "◦", "▪", "■", "●", "‣")
PARENTS = {"li": ("ul", "ol"), "dt": ("dl",), "dd": ("dl",), "td": ("tr",), "th": ("tr",)}


def cleaned(root: HtmlElement) -> HtmlElement:
    """Return a `body` with the plain form of what is in `root`."""
    body = html.Element("body")
    _into(body, root)
    for found in list(body.iter("table")):
        _flattened(found)
    _leveled(body)
    _grouped(body)
    _without_empty(body)
    return body


def bulleted(body: HtmlElement) -> HtmlElement:
    """Return the page with lists of what are paragraphs that begin with a bullet: a print shows the same of both."""
    before: HtmlElement | None = None
    for found in list(body.iter("p")):
        text = (found.text or "").lstrip()
        if not text.startswith(BULLETS) or any(True for _ in found.iterancestors("li", "td", "th")):
            continue
        found.text = text[1:].lstrip()
        found.tag = "li"
        made = before if before is not None and found.getprevious() is before else html.Element("ul")
        if made is not before:
            found.addprevious(made)
            made.tail = None
        tail, found.tail = found.tail, None
        made.append(found)
        made.tail = tail
        before = made
    return body


def shown(element: HtmlElement) -> str:
    """Return the text as a reader sees it: in one line, with blanks where blocks and line breaks part it."""
    parts: list[str] = []
    _shown(element, parts)
    return " ".join("".join(parts).split())


def _shown(element: HtmlElement, parts: list[str]) -> None:
    apart = " " if element.tag in BLOCKS or element.tag in {"br", "div"} else ""
    parts.extend((apart, element.text or ""))
    for child in element:
        _shown(child, parts)
        parts.append(child.tail or "")
    parts.append(apart)


def words(element: HtmlElement) -> str:
    """Return the text with blanks between all elements: to tell whether there is any, and how much."""
    return " ".join(" ".join(element.itertext()).split())


def written(body: HtmlElement, title: str, style: str) -> str:
    """Return the whole page with a style sheet."""
    inner = (body.text or "") + "".join(html.tostring(child, encoding="unicode") for child in body)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>\n{style}\n</style>\n</head>\n<body>\n{inner.strip()}\n</body>\n</html>\n"
    )


def _into(target: HtmlElement, source: HtmlElement) -> None:
    """Append the plain form of what is in `source` to `target`."""
    _text(target, source.text)
    for child in source:
        if isinstance(child.tag, str):
            _child(target, child)
        _text(target, child.tail)


def _child(target: HtmlElement, child: HtmlElement) -> None:
    tag, classes = str(child.tag).rpartition("}")[2], set((child.get("class") or "").split())
    if tag in DROPPED or classes & DROPPED_CLASSES or (child.get("style") or "").replace(" ", "") == "display:none":
        return
    kind = next((name for name in NOTES if name in classes), None)
    if tag == "div" and kind:
        _note(target, child, kind)
    elif tag in BLOCKS:
        made = etree.SubElement(target, tag)
        for name in KEPT:
            if (child.get(name) or "").strip():
                made.set(name, child.get(name))
        _into(made, child)
    elif tag in INLINE:
        _into(etree.SubElement(target, INLINE[tag]), child)
    elif tag == "a" and (child.get("href") or "").startswith(("http://", "https://")) and words(child):
        made = etree.SubElement(target, "a")
        made.set("href", child.get("href"))
        _into(made, child)
    else:
        block = tag in {"div", "section", "main", "article", "dialog"}
        if block and _is_run(child):
            made = etree.SubElement(target, "p")
            _into(made, child)
        else:
            _into(target, child)


def _is_run(element: HtmlElement) -> bool:
    """Return whether a wrapper holds text and no blocks, so that it reads as a paragraph."""
    inner = {str(each.tag).rpartition("}")[2] for each in element.iter() if each is not element}
    return bool(words(element)) and not inner & (BLOCKS | {"div"})


def _note(target: HtmlElement, source: HtmlElement, kind: str) -> None:
    """Append a note; its picture and the table that places the picture are left out, its title is a paragraph."""
    made = etree.SubElement(target, "div")
    made.set("class", f"note {kind}")
    _into(made, source)
    for found in list(made.iter("table", "h1", "h2", "h3", "h4", "h5", "h6")):
        if found.tag == "table":
            _unwrapped(found)
        else:
            found.tag = "p"
            found.set("class", "title")
    for cell in list(made.iter("th", "td", "tr", "tbody", "thead")):
        _dissolved(cell)
    if not len(made) and words(made):
        inner = html.Element("p")
        inner.text, made.text = made.text, None
        made.append(inner)


def _flattened(table: HtmlElement) -> None:
    """Take a table apart that has one row or one column, or a table inside it."""
    rows = [row for row in table.iter("tr") if words(row)]
    widest = max((sum(bool(words(cell)) for cell in row) for row in rows), default=0)
    inside = any(parent.tag in {"td", "th"} for parent in table.iterancestors())
    if inside or len(rows) < 2 or widest < 2 or any(True for _ in table.iterdescendants("table")):
        for cell in list(table.iter("td", "th")):
            if words(cell) and _is_run(cell):
                cell.tag = "p"
                cell.attrib.clear()
            else:
                _dissolved(cell)
        _unwrapped(table)


def _unwrapped(table: HtmlElement) -> None:
    for part in list(table.iterdescendants("tr", "tbody", "thead", "tfoot", "caption")):
        _dissolved(part)
    _dissolved(table)


def _dissolved(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tag()


def _leveled(body: HtmlElement) -> None:
    """Let the headings begin at h1 and leave out no level."""
    levels = sorted({int(str(found.tag)[1]) for found in body.iter() if _is_heading(found)})
    for found in list(body.iter()):
        if _is_heading(found):
            found.tag = f"h{levels.index(int(str(found.tag)[1])) + 1}"


def _is_heading(element: HtmlElement) -> bool:
    return isinstance(element.tag, str) and len(element.tag) == 2 and element.tag[0] == "h" and element.tag[1].isdigit()


def _grouped(body: HtmlElement) -> None:
    """Put loose text of the body and of notes into paragraphs, and parts without their parent out of their tag."""
    for found in list(body.iter(*PARENTS)):
        parent = found.getparent()
        if parent is not None and parent.tag not in PARENTS[str(found.tag)]:
            found.tag = "p"
            found.attrib.clear()
    for holder in [body, *body.iter("div", "blockquote")]:
        _paragraphs(holder)


def _paragraphs(holder: HtmlElement) -> None:
    children = list(holder)
    first = _run(holder.text)
    holder.text = None
    holder[:] = []
    open_ = first
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag in BLOCKS or child.tag == "div":
            if open_ is not None:
                holder.append(open_)
            holder.append(child)
            open_ = _run(tail)
        else:
            if open_ is None:
                open_ = html.Element("p")
            open_.append(child)
            child.tail = tail
    if open_ is not None:
        holder.append(open_)


def _run(text: str | None) -> HtmlElement | None:
    if not (text or "").strip():
        return None
    made = html.Element("p")
    made.text = text
    return made


def _without_empty(body: HtmlElement) -> None:
    kept = {"td", "th", "br"}
    for found in reversed(list(body.iter())):
        if found is not body and found.tag not in kept and not words(found) and found.getparent() is not None:
            found.drop_tree()
    for row in list(body.iter("tr")):
        if not words(row):
            row.drop_tree()


def _text(target: HtmlElement, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
