"""Writes MathML in one line: fractions with a slash, roots with their sign, raised digits raised."""

from __future__ import annotations

from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from ingest.blocks.inline import superscript

_DEEPEST = 60
_LEFT_OUT = frozenset({"annotation", "annotation-xml", "-comment", "mphantom"})
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064")


def linear(math: LexborNode, depth: int = 0) -> str:
    """Return the formula of a `math` element, or of a part of it, as text."""
    if math.tag == "-text":
        return " ".join((math.text_content or "").translate(_INVISIBLE).split())
    if math.tag in _LEFT_OUT:
        return ""
    if depth > _DEEPEST:
        return " ".join(math.text(separator=" ").split())
    parts = [
        linear(child, depth + 1)
        for child in math.iter(include_text=True)
        if child.tag not in _LEFT_OUT and not (child.tag == "-text" and not (child.text_content or "").strip())
    ]
    return _joined(math.tag or "", parts)


def _joined(tag: str, parts: Sequence[str]) -> str:
    first = parts[0] if parts else ""
    if tag == "mfrac" and len(parts) == 2:
        return f"{_whole(first)}/{_whole(parts[1])}"
    if tag in {"msup", "mover"} and len(parts) == 2:
        return f"{_whole(first)}{_raised(parts[1], first)}"
    if tag in {"msub", "munder"} and len(parts) == 2:
        return f"{first}_{_whole(parts[1])}" if len(parts[1]) > 1 or not parts[1].isdigit() else first + parts[1]
    if tag in {"msubsup", "munderover"} and len(parts) == 3:
        return f"{first}_{_whole(parts[1])}{_raised(parts[2], first)}"
    if tag == "msqrt":
        return f"√{_whole(''.join(parts))}"
    if tag == "mroot" and len(parts) == 2:
        return f"{superscript(parts[1])}√{_whole(first)}"
    if tag == "mfenced":
        return f"({', '.join(parts)})"
    if tag == "mtable":
        return "; ".join(parts)
    if tag == "mtr":
        return ", ".join(parts)
    if tag == "mo" and first in "=<>≤≥≈≠±+−→·×∈" and first:
        return f" {first} "
    return "".join(parts)


def _raised(text: str, before: str) -> str:
    raised = superscript(text, before)
    return f"^{_whole(text)}" if raised == text and text not in {"′", "°", "*"} else raised


def _whole(text: str) -> str:
    text = text.strip()
    return text if len(text) < 2 or text.replace(".", "").replace(",", "").isalnum() else f"({text})"
