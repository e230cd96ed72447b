"""The last check of text before it is sent: a phrased sentence has no address or markup that its sources lack.

Also makes text inert for clients that render Markdown: quotes stay verbatim in citations, and when they are shown
inside Markdown nothing in them loads, links or runs. `generation.phrasing.check` checks the words before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.marks import marks
from core.types import Citation

ACTIVE = re.compile(
    r"!\[[^\]\n]*\]\s*[(\[][^)\]\n]*[)\]]?|"  # an image
    r"\[[^\]\n]*\]\([^)\n]*\)?|\[[^\]\n]+\]:\s*\S+|"  # a link, the target of one
    r"<[a-z/!?][^<>]*>?|"
    r"\b(?:[a-z][a-z0-9+.-]{1,30}://|www\.|mailto:|javascript:|vbscript:|data:[\w/+.-]*[;,])[^\s<>\"'”’)\]]*",
    re.IGNORECASE,
)
"""What a page or a chat client loads, links or runs."""
_OPENS = re.compile(r"(?<=!)(\\*)(?=\[)|(?<=\])(\\*)(?=[(:])|(?<!\\)(\\*)(?=<[A-Za-z/!?])")
"""Where a backslash turns an image, a link, its target or a tag into plain characters."""


def active(text: str) -> list[str]:
    """Return the addresses, links and markup of a text, verbatim."""
    return [match.group() for match in ACTIVE.finditer(text)]


def is_quoted(text: str, cited: Iterable[Citation]) -> bool:
    """Return whether every address and tag of the text is verbatim in what it cites, and can send nothing away."""
    quotes = [citation.quote for citation in cited]
    return all(any(part in quote for quote in quotes) and not marks(part) for part in active(text))


def inert(text: str) -> str:
    """Return Markdown that shows the characters of the text: no image loads, no link works, no markup runs.

    Adds only backslashes, and none to a text without images, links and tags. A text may be made inert in parts that
    are cut at blanks: joined, they are the same as the whole text made inert.
    """
    return _OPENS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    before = match.group()  # backslashes of the text itself: an odd number escapes what follows
    return before if len(before) % 2 else before + "\\"
