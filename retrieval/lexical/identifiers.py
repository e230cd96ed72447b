"""Part numbers, error codes, versions, addresses, flags and paths in a text, in one spelling each.

"KB-2041-X", "kb_2041_x" and "KB2041X" are one; dots, and hyphens between two digits, stay, because "2.3.1" is not
"23.1". Words of ordinary language are none. Knows no index; `retrieval.lexical.index` keeps what is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 64
LONGEST_PART = 6
WINDOW = 3
"""Words of a question that may be one identifier typed with spaces."""

_SUSPECT = re.compile(r"\d|\w_\w|^\W?--?\w|/\w")
_EDGES = re.compile(r"[\s,;|=(){}\[\]<>\"'`“”„‘’«»…]+")
_PARTS = re.compile(r"[/:@#]+")
_JOINT = re.compile(r"(?<=\d)[-‐‑–](?=\d)|[-‐‑–_]+")
_VERSION = re.compile(r"v(?=\d+\.\d)")
_SPACED = re.compile(r"\b([A-Z]{1,5}) (\d[\dA-Z-]*)(?: ([A-Z]{1,2}))?\b")
_GROUPED = re.compile(r"\d+([.-]\d+)+")


def identifiers(text: str) -> list[str]:
    """Return every identifier of a text that is indexed, in order, each as often as it stands there."""
    found = [name for piece in _suspects(text) for name in _names(piece)]
    for letters, digits, tail in _SPACED.findall(text):
        found += [normal(letters + digits)] + ([normal(letters + digits + tail)] if tail else [])
    return found


def asked_identifiers(text: str, most: int) -> Iterator[tuple[range, str]]:
    """Yield what may be an identifier in a question: which of its words, and their one spelling; wider ones first.

    Wider than `identifiers`, since only what the index holds counts: any word, and neighbours written apart.
    """
    words = [word for word in _EDGES.split(text) if word][:most]
    for width in range(WINDOW, 0, -1):
        for start in range(len(words) - width + 1):
            window = words[start : start + width]
            if width == 1 or _joins(window):
                yield range(start, start + width), normal("".join(window))


def normal(name: str) -> str:
    """Return the one spelling of an identifier."""
    bare = name.strip("-–_./:#@!?,").casefold()
    return _VERSION.sub("", _JOINT.sub(lambda joint: "-" if _between_digits(joint) else "", bare), count=1)


def is_identifier(name: str) -> bool:
    """Return whether a normal form holds more than a number: letters and digits, or digits in groups."""
    return bool(_GROUPED.fullmatch(name)) or (any(map(str.isdigit, name)) and any(map(str.isalpha, name)))


def _suspects(text: str) -> Iterator[str]:
    for word in text.split():
        if _SUSPECT.search(word):
            yield from (piece for piece in _EDGES.split(word) if 1 < len(piece) <= LONGEST and _SUSPECT.search(piece))


def _names(piece: str) -> Iterator[str]:
    whole = normal(piece)
    if is_identifier(whole) or (len(whole) > 1 and _is_technical(piece)):
        yield whole
    parts = _PARTS.split(piece)
    if len(parts) > 1:
        yield from (name for name in map(normal, parts) if is_identifier(name) and name != whole)


def _is_technical(piece: str) -> bool:
    return piece.startswith(("--", "-", "/")) or "_" in piece.strip("_")


def _between_digits(joint: re.Match[str]) -> bool:
    text = joint.string
    return text[joint.start() - 1 : joint.start()].isdigit() and text[joint.end() : joint.end() + 1].isdigit()


def _joins(window: list[str]) -> bool:
    bare = [word.rstrip(".:!?") for word in window]
    return max(map(len, bare)) <= LONGEST_PART and all(map(str.isalnum, bare)) and is_identifier(normal("".join(bare)))
