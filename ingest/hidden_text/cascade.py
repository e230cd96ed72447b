"""Finds the values that the style sheets of a page, its attributes and the browser's own style give an element.

Values of one property are in the order of the cascade (CSS Cascade 5): the last valid one counts. Style sheets that the
file does not hold are not loaded: the page is taken as its file shows it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from ingest.hidden_text.css import Declaration, Rule, declarations, on_screen, rules, without_declarations
from ingest.hidden_text.tabs import find_tabs

PROPERTIES = frozenset(
    {
        *("display", "visibility", "content-visibility", "opacity", "filter", "color", "-webkit-text-fill-color"),
        *("text-shadow", "-webkit-text-stroke", "background", "background-color", "background-image"),
        *("background-clip", "-webkit-background-clip", "font", "font-size", "zoom", "transform", "scale"),
        *("translate", "position", "left", "right", "top", "bottom", "inset", "text-indent", "margin"),
        *("margin-left", "margin-top", "clip", "clip-path", "overflow", "overflow-x", "overflow-y", "width"),
        *("height", "max-width", "max-height", "min-width", "min-height", "padding", "padding-bottom"),
        *("padding-right", "z-index"),
    }
)
"""The properties that can hide text."""
_PSEUDO_ELEMENT = re.compile(r"::[\w-]+|:(?:before|after|first-line|first-letter)\b")
_STATE = re.compile(r":(?:hover|focus-within|focus-visible|focus|active|checked|target|open|popover-open)\b")
_NAME = re.compile(r"([.#])((?:\\.|[\w-])+)")
_REVEALING = frozenset({"display", "visibility", "opacity", "height", "max-height", "clip", "clip-path", "left", "top"})
_DATA = re.compile(r"\s*data:text/css[^,]*?(;base64)?,(.*)", re.DOTALL | re.IGNORECASE)
_BROWSER: Mapping[str, str] = {
    "a": "color:#0000ee",
    "mark": "background-color:yellow;color:black",
    "small": "font-size:.83em",
    "sub": "font-size:.83em",
    "sup": "font-size:.83em",
    "big": "font-size:1.2em",
    "h1": "font-size:2em",
    "h2": "font-size:1.5em",
    "h3": "font-size:1.17em",
    "h5": "font-size:.83em",
    "h6": "font-size:.67em",
}
"""What browsers give an element where nothing else does (HTML, section 15.3), as far as it can hide text."""
_BROWSER_DECLARATIONS = {tag: declarations(style) for tag, style in _BROWSER.items()}
Values = dict[str, list[str]]
"""The values of each property, the strongest last."""


@dataclass(slots=True)
class Cascade:
    """The rules of a page, by the element for which they are."""

    matched: dict[int, list[tuple[tuple[int, int, int], int, Rule]]] = field(default_factory=dict)
    openable: set[int] = field(default_factory=set)
    """Elements that a reader can open by a click or by pointing at something."""

    def values(self, node: LexborNode) -> Values:
        """Return the values of an element's properties, the strongest last."""
        attributes = node.attributes
        found: Values = {}
        rules = [rule for _, _, rule in sorted(self.matched.get(node.mem_id, ()), key=lambda each: each[:2])]
        inline = declarations(attributes.get("style") or "") if attributes and "style" in attributes else ()
        layers = [_browser(node), _attributes(attributes) if attributes else ()]
        layers += [rule.declarations for rule in rules] + [inline]
        for important in (False, True):
            for layer in layers:
                for each in layer:
                    if each.important == important:
                        found.setdefault(each.name, []).append(each.value)
        return found


def cascade(tree: LexborHTMLParser) -> Cascade:
    """Return the rules of a page's own style sheets."""
    found = Cascade()
    names = _names(tree)
    order = 0
    for sheet in _sheets(tree):
        for rule in rules(sheet):
            useful = without_declarations(rule, PROPERTIES)
            if useful.declarations and not _PSEUDO_ELEMENT.search(rule.selector) and _may_match(rule.selector, names):
                order += 1
                _apply(found, tree, useful, order)
    found.openable |= {node.mem_id for node in _opened_by_buttons(tree)}
    found.openable.update(find_tabs(tree).names)
    return found


def _apply(found: Cascade, tree: LexborHTMLParser, rule: Rule, order: int) -> None:
    if _STATE.search(rule.selector):
        if any(_reveals(each) for each in rule.declarations):
            found.openable |= {node.mem_id for node in _select(tree, _at_rest(tree, rule.selector))}
        return
    for node in _select(tree, rule.selector.replace(":link", "[href]").replace(":any-link", "[href]")):
        found.matched.setdefault(node.mem_id, []).append((rule.specificity, order, rule))


def _reveals(each: Declaration) -> bool:
    return each.name in _REVEALING and each.value not in {"none", "hidden", "0", "0px", "0%"}


def _at_rest(tree: LexborHTMLParser, selector: str) -> str:
    """Return a selector without the states that a reader can bring about; "" where they cannot."""
    before, _, subject = re.sub(r"\s*([>+~])\s*", r" \1", selector).rpartition(" ")
    if ":target" in subject:
        return subject.replace(":target", "") if tree.css_first("a[href^='#']") is not None else ""
    if _STATE.search(subject):
        return ""  # what is not shown cannot be pointed at
    return f"{_STATE.sub('', before) or '*'} {subject}"


def _select(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector) if selector else []
    except SelectolaxError:  # a browser skips a rule that it cannot read, too
        return []


def _sheets(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("style, link[rel~=stylesheet][href]"):
        attributes = node.attributes
        if not on_screen(attributes.get("media") or ""):
            continue
        if node.tag == "style":
            if (attributes.get("type") or "text/css").strip().lower() == "text/css":
                yield node.text(deep=True)
        elif (match := _DATA.match(attributes.get("href") or "")) is not None:
            yield _decoded(match[2], match[1] is not None)


def _decoded(data: str, is_base64: bool) -> str:
    if not is_base64:
        return unquote(data)
    try:
        return base64.b64decode(unquote(data)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _names(tree: LexborHTMLParser) -> frozenset[str]:
    """Return the classes (with a dot) and ids (with a hash) of a page: most rules of a large sheet are for others."""
    names: set[str] = set()
    for node in tree.css("[class], [id]"):
        attributes = node.attributes
        names.update(f".{name}" for name in (attributes.get("class") or "").lower().split())
        if attributes.get("id"):
            names.add(f"#{(attributes['id'] or '').lower()}")
    return frozenset(names)


def _may_match(selector: str, names: frozenset[str]) -> bool:
    if ":" in selector or "\\" in selector or "[" in selector:  # `:not(.a)` needs no .a
        return True
    return all(f"{kind}{name.lower()}" in names for kind, name in _NAME.findall(selector))


def _opened_by_buttons(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    for button in tree.css("[popovertarget]"):
        name = button.attributes.get("popovertarget") or ""
        if re.fullmatch(r"[\w-]+", name):
            yield from _select(tree, f"[id='{name}']")


def _browser(node: LexborNode) -> tuple[Declaration, ...]:
    if node.tag == "a" and "href" not in node.attributes:
        return ()
    return _BROWSER_DECLARATIONS.get(node.tag or "", ())


def _attributes(attributes: Mapping[str, str | None]) -> tuple[Declaration, ...]:
    """Return what attributes say that are older than style (HTML, section 15.3.4)."""
    found = []
    for name, property_ in (("bgcolor", "background-color"), ("color", "color"), ("text", "color")):
        if attributes.get(name):
            found.append(Declaration(property_, _legacy_colour(attributes[name] or "")))
    if attributes.get("background"):
        found.append(Declaration("background-image", "url(picture)"))
    if "hidden" in attributes:
        found.append(Declaration("display", "none"))
    if "popover" in attributes:
        found.append(Declaration("display", "none"))
    return tuple(found)


def _legacy_colour(text: str) -> str:
    text = text.strip().lower()
    return f"#{text}" if re.fullmatch(r"[0-9a-f]{6}", text) else text
