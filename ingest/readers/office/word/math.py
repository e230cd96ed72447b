"""Writes a formula of an Office file (OMML, ISO 29500-1, 22.1) in one line: fractions with a stroke, powers, sums.

Every sign of the formula is kept; brackets are added where the two dimensions told what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.blocks.inline import superscript
from ingest.readers.office.word.package import M, W, Xml

_SIMPLE = re.compile(r"[\w.,′'°∞]*|[^\s\w]")
_RAISED = re.compile(r"[0-9+\-−n]{1,4}")
_LETTER = "\N{COMBINING CIRCUMFLEX ACCENT}"


def linear(node: Xml) -> str:
    """Return a formula as one line."""
    return " ".join(_all(node).split())


def _all(node: Xml | None) -> str:
    if node is None:
        return ""
    return "".join(_one(child) for child in node)


def _one(node: Xml) -> str:
    tag = node.tag
    if tag in {f"{M}t", f"{W}t"}:
        return node.text or ""
    if not isinstance(tag, str) or tag.endswith("Pr"):
        return ""
    reader = _FORMS.get(tag)
    return reader(node) if reader is not None else _all(node)


def _part(node: Xml, name: str) -> str:
    return _all(node.find(f"{M}{name}")).strip()


def _value(node: Xml, properties: str, name: str, usual: str) -> str:
    found = node.find(f"{M}{properties}/{M}{name}")
    if found is None:
        return usual
    return found.get(f"{M}val") or ""


def grouped(text: str) -> str:
    """Return a part in brackets, unless it is one number or name."""
    return text if _SIMPLE.fullmatch(text) or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and place < len(text) - 1:
            return False
    return True


def up(text: str) -> str:
    if not text:
        return ""
    return superscript(text) if _RAISED.fullmatch(text) and any(c.isalnum() for c in text) else f"^{grouped(text)}"


def down(text: str) -> str:
    return f"_{grouped(text)}" if text else ""


def _fraction(node: Xml) -> str:
    top, bottom = _part(node, "num"), _part(node, "den")
    if _value(node, "fPr", "type", "bar") == "noBar":
        return f"{top} {bottom}"
    return f"{grouped(top)}/{grouped(bottom)}"


def _power(node: Xml) -> str:
    return grouped(_part(node, "e")) + down(_part(node, "sub")) + up(_part(node, "sup"))


def _before(node: Xml) -> str:
    return f"{down(_part(node, 'sub'))}{up(_part(node, 'sup'))} {_part(node, 'e')}"


def _root(node: Xml) -> str:
    degree = _part(node, "deg")
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree)
    inner = _part(node, "e")
    inner = inner if _is_bracketed(inner) else f"({inner})"
    return f"{sign}{inner}" if sign else f"{up(degree).removeprefix('^')}√{inner}"


def _sum(node: Xml) -> str:
    sign = _value(node, "naryPr", "chr", "∫")
    return f"{sign}{down(_part(node, 'sub'))}{up(_part(node, 'sup'))} {_part(node, 'e')} "


def _brackets(node: Xml) -> str:
    left, right = _value(node, "dPr", "begChr", "("), _value(node, "dPr", "endChr", ")")
    joint = _value(node, "dPr", "sepChr", "|")
    return left + joint.join(_all(part).strip() for part in node.iterchildren(f"{M}e")) + right


def _function(node: Xml) -> str:
    argument = _part(node, "e")
    return f"{_part(node, 'fName')}{'' if argument.startswith('(') else ' '}{argument}"


def _limit(node: Xml) -> str:
    mark = "_" if node.tag == f"{M}limLow" else "^"
    return f"{_part(node, 'e')}{mark}{grouped(_part(node, 'lim'))} "


def _accent(node: Xml) -> str:
    return _part(node, "e") + _value(node, "accPr", "chr", _LETTER)


def _over(node: Xml) -> str:
    return _part(node, "e") + _value(node, "groupChrPr", "chr", "")


def _matrix(node: Xml) -> str:
    rows = (", ".join(_all(cell).strip() for cell in row.iterchildren(f"{M}e")) for row in node.iterchildren(f"{M}mr"))
    return f"[{'; '.join(rows)}]"


def _lines(node: Xml) -> str:
    return "; ".join(_all(line).strip() for line in node.iterchildren(f"{M}e"))


_FORMS: dict[str, Callable[[Xml], str]] = {
    f"{M}f": _fraction,
    f"{M}sSup": _power,
    f"{M}sSub": _power,
    f"{M}sSubSup": _power,
    f"{M}sPre": _before,
    f"{M}rad": _root,
    f"{M}nary": _sum,
    f"{M}d": _brackets,
    f"{M}func": _function,
    f"{M}limLow": _limit,
    f"{M}limUpp": _limit,
    f"{M}acc": _accent,
    f"{M}groupChr": _over,
    f"{M}m": _matrix,
    f"{M}eqArr": _lines,
}
