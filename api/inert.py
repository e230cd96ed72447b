"""An answer's Markdown, made inert for a client that renders it: nothing in it loads, links or runs.

Between the fences of code that `generation.units.write` sets, nothing does anyway, and a backslash would be shown. A
fence counts only where every Markdown reader sees one too; anything else is escaped (`generation.phrasing.screen`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.phrasing.screen import inert

_FENCE = re.compile(r"( *)(`{3,})")
_DEEP = 4
"""Blanks from which a line may go on a paragraph, whatever it holds; after an empty line it is code at any depth."""


def inert_markdown(text: str) -> str:
    """Return the text with backslashes before what a client would load, link or run, and with code as it is.

    Texts that are cut between units and joined are the same as the whole text made inert.
    """
    return "".join(part if code else inert(part) for part, code in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text outside of code and the lines of code, each with whether it is code."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    outside: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_code(lines, at)
        if end is None:
            outside.append(lines[at])
            at += 1
            continue
        yield "".join(outside), False
        yield "".join(lines[at:end]), True
        outside, at = [], end
    yield "".join(outside), False


def _end_of_code(lines: list[str], at: int) -> int | None:
    """Return the line after the code that begins here; None if none does, or if it is not closed in its indent."""
    opened = _FENCE.fullmatch(lines[at].removesuffix("\n"))
    if opened is None or (len(opened.group(1)) >= _DEEP and (at == 0 or lines[at - 1].strip())):
        return None
    for end in range(at + 1, len(lines)):
        line = lines[end].removesuffix("\n")
        if line == opened.group():
            return end + 1
        if line.strip() and not line.startswith(opened.group(1)):
            return None
    return None
