"""Answers as text with [n] markers, and the citations that the markers point at.

Quotes are chosen in `generation.units`, sentences are checked in `generation.phrasing.check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.types import Citation

MARKER = re.compile(r"\s*\[(\d{1,3})\]")


def quoted(citation: Citation) -> str:
    """Return a citation as an answer made of quotes shows it: `“Hold it for five seconds.” [1]`.

    Each run of white space becomes one space; everything else is as in the source.
    """
    return f"“{' '.join(citation.quote.split())}” [{citation.id}]"


def markers(text: str) -> list[int]:
    """Return the numbers of all [n] in the text, each once, in order."""
    return list(dict.fromkeys(int(match.group(1)) for match in MARKER.finditer(text)))


def without_markers(text: str) -> str:
    """Return the text without its [n]."""
    return MARKER.sub("", text).strip()


def marked(sentence: str, numbers: Iterable[int]) -> str:
    """Return the sentence with these markers at its end instead of its own."""
    return " ".join([without_markers(sentence), "".join(f"[{number}]" for number in numbers)]).strip()


def inline(sentence: str, numbers: Iterable[int]) -> str:
    """Return the sentence as a generator writes it, with its markers before the final mark: `Hold it [1].`"""
    words = without_markers(sentence)
    bare = words.rstrip(".!?。！？")
    shown = "".join(f"[{number}]" for number in numbers)
    return f"{bare} {shown}{words[len(bare) :]}" if shown else words


def distinct(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Return the citations without repeated words of one document, renumbered from 1."""
    seen: set[tuple[str, str]] = set()
    unique = []
    for citation in citations:
        key = (citation.passage.document_id, " ".join(citation.quote.split()).casefold())
        if key not in seen:
            seen.add(key)
            unique.append(citation)
    return tuple(replace(citation, id=number) for number, citation in enumerate(unique, start=1))
