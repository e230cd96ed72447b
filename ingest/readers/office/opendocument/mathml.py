"""Writes a formula in MathML in one line, as formulas of Word are written (`ingest.readers.office.word.math`)."""

from __future__ import annotations

from ingest.readers.office.opendocument.names import MATH, Xml
from ingest.readers.office.word.math import down, grouped, up

_LEFT_OUT = frozenset({f"{MATH}annotation", f"{MATH}annotation-xml", f"{MATH}mphantom"})
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064")


def linear(node: Xml) -> str:
    """Return a formula as one line."""
    return " ".join(_one(node).split())


def _one(node: Xml) -> str:
    if not isinstance(node.tag, str) or node.tag in _LEFT_OUT:
        return ""
    name = node.tag.removeprefix(MATH)
    parts = [_one(child) for child in node]
    if not parts:
        text = (node.text or "").translate(_INVISIBLE).strip()
        return f" {text} " if name == "mo" and text in "=<>≤≥≈≠±+−-→·×∈" and text else text
    return _joined(name, parts)


def _joined(name: str, parts: list[str]) -> str:
    bare = [part.strip() for part in parts]
    if name == "mfrac" and len(parts) == 2:
        return f"{grouped(bare[0])}/{grouped(bare[1])}"
    if name in {"msup", "mover"} and len(parts) == 2:
        return grouped(bare[0]) + up(bare[1])
    if name in {"msub", "munder"} and len(parts) == 2:
        return grouped(bare[0]) + down(bare[1])
    if name in {"msubsup", "munderover"} and len(parts) == 3:
        return grouped(bare[0]) + down(bare[1]) + up(bare[2])
    if name == "msqrt":
        return f"√({''.join(parts).strip()})"
    if name == "mroot" and len(parts) == 2:
        return f"{up(bare[1]).removeprefix('^')}√({bare[0]})"
    if name == "mtable":
        return f"[{'; '.join(bare)}]"
    return ", ".join(bare) if name == "mtr" else "".join(parts)
