"""Reads preformatted text: its lines as they stand, its language, and without line numbers and buttons."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.cleaning import visible
from ingest.readers.text import read_text

_MIXED = "br, button, img, script, style, del, s, strike, textarea, [class*=line], [class*=gutter], div, p"
_NUMBERS = re.compile(r"\b(?:line-?nos?|line-?numbers?(?:-rows)?|gutter|rouge-gutter|hljs-ln-numbers)\b", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"(?:^|[\s-])(?:language|lang|highlight(?:-source)?|brush:|sourceCode|src)[-:\s]\s*([a-zA-Z][\w+#.]*)"
)
_NO_LANGUAGE = frozenset({"default", "none", "text", "plain", "plaintext", "highlight", "notranslate", "numberLines"})
_LONG = 4000


def read_pre(pre: LexborNode) -> list[Node]:
    """Return the blocks of a `pre`: code, but the blocks of plain text where a whole document is in one."""
    text = verbatim(pre)
    if not text.strip():
        return []
    if len(text) >= _LONG and pre.css_first("code, kbd, samp, span") is None and _language(pre) is None:
        return list(read_text(text).nodes)
    return [Node("code", text, label=_language(pre))]


def verbatim(node: LexborNode) -> str:
    """Return an element's text with its lines, as a reader copies it."""
    text = node.text(deep=True) if node.css_first(_MIXED) is None else _mixed(node)
    return visible(text).strip("\n").rstrip()


def are_line_numbers(node: LexborNode) -> bool:
    """Return whether an element holds the numbers of the lines of code beside it."""
    names = node.attributes.get("class") or ""
    return _NUMBERS.search(names) is not None and not re.search(r"[^\d\s]", node.text())


def _mixed(node: LexborNode) -> str:
    parts: list[str] = []
    stack: list[LexborNode | str] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            if parts and not parts[-1].endswith("\n"):
                parts.append(each)
            continue
        if each.tag == "-text":
            parts.append(each.text_content or "")
        elif each.tag == "br":
            parts.append("\n")
        elif each.tag == "img":
            parts.append(each.attributes.get("alt") or "")
        elif each.tag in {"script", "style", "button", "textarea"} or are_line_numbers(each):
            left_out("control" if each.tag == "button" else "line_number", each.text())
        else:
            if each.tag in {"div", "p"} and parts:
                stack.append("\n")
            stack.extend(reversed(list(each.iter(include_text=True))))
    return "".join(parts)


def _language(pre: LexborNode) -> str | None:
    code = pre.css_first("code")
    near: list[LexborNode | None] = [code, pre, pre.parent, pre.parent.parent if pre.parent is not None else None]
    for node in near:
        if node is None or node.tag in {"body", "-document"}:
            continue
        attributes = node.attributes
        named = attributes.get("data-lang") or attributes.get("data-language")
        if named:
            return named.lower()
        for match in _LANGUAGE.finditer(attributes.get("class") or ""):
            if match.group(1) not in _NO_LANGUAGE:
                return match.group(1).lower()
    return None
