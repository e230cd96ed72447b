"""Find part numbers, error codes, versions, addresses, flags and paths in a text, each in one spelling.

"KB-2041-X", "kb_2041_x" and "KB2041X" are the same identifier. Dots, and hyphens between two digits, stay, because
"2.3.1" is not "23.1". Ordinary words are no identifiers. Knows no index; `retrieval.lexical.index` stores them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 64
LONGEST_PART = 6
WINDOW = 3
"""The most words of a question that may form one identifier typed with spaces."""

_CANDIDATE = re.compile(r"\d|\w_\w|^\W?--?\w|/\w")
_EDGES = re.compile(r"[\s,;|=(){}\[\]<>\"'`“”„‘’«»…]+")
_PARTS = re.compile(r"[/:@#]+")
_JOINT = re.compile(r"(?<=\d)[-‐‑–](?=\d)|[-‐‑–_]+")
_VERSION = re.compile(r"v(?=\d+\.\d)")
_SPACED = re.compile(r"\b([A-Z]{1,5}) (\d[\dA-Z-]*)(?: ([A-Z]{1,2}))?\b")
_GROUPED = re.compile(r"\d+([.-]\d+)+")


def identifiers(text: str) -> list[str]:
    """Return every identifier of a text to be indexed, in order and with repeats."""
    found = [name for piece in _candidates(text) for name in _spellings(piece)]
    for letters, digits, tail in _SPACED.findall(text):
        found += [normalize(letters + digits)] + ([normalize(letters + digits + tail)] if tail else [])
    return found


def candidate_identifiers(text: str, most: int) -> Iterator[tuple[range, str]]:
    """Yield the possible identifiers of a question: the range of words and their one spelling, widest first.

    It yields more than `identifiers`, because only those that the index holds count: any word, and short neighbours
    that may be one identifier typed with spaces.
    """
    words = [word for word in _EDGES.split(text) if word][:most]
    for width in range(WINDOW, 0, -1):
        for start in range(len(words) - width + 1):
            window = words[start : start + width]
            if width == 1 or _is_split_identifier(window):
                yield range(start, start + width), normalize("".join(window))


def normalize(name: str) -> str:
    """Return the one spelling of an identifier."""
    bare = name.strip("-–_./:#@!?,").casefold()
    return _VERSION.sub("", _JOINT.sub(lambda joint: "-" if _between_digits(joint) else "", bare), count=1)


def is_identifier(name: str) -> bool:
    """Return whether a normalized name has letters and digits, or digits in groups; a number alone does not count."""
    return bool(_GROUPED.fullmatch(name)) or (any(map(str.isdigit, name)) and any(map(str.isalpha, name)))


def _candidates(text: str) -> Iterator[str]:
    for word in text.split():
        if _CANDIDATE.search(word):
            yield from (piece for piece in _EDGES.split(word) if 1 < len(piece) <= LONGEST and _CANDIDATE.search(piece))


def _spellings(piece: str) -> Iterator[str]:
    whole = normalize(piece)
    if is_identifier(whole) or (len(whole) > 1 and _is_technical(piece)):
        yield whole
    parts = _PARTS.split(piece)
    if len(parts) > 1:
        yield from (name for name in map(normalize, parts) if is_identifier(name) and name != whole)


def _is_technical(piece: str) -> bool:
    return piece.startswith(("--", "-", "/")) or "_" in piece.strip("_")


def _between_digits(joint: re.Match[str]) -> bool:
    text = joint.string
    return text[joint.start() - 1 : joint.start()].isdigit() and text[joint.end() : joint.end() + 1].isdigit()


def _is_split_identifier(window: list[str]) -> bool:
    bare = [word.rstrip(".:!?") for word in window]
    return (
        max(map(len, bare)) <= LONGEST_PART and all(map(str.isalnum, bare)) and is_identifier(normalize("".join(bare)))
    )
