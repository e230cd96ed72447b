"""The last look at text before it leaves: a model's words carry no address or markup that their sources do not hold.

Also makes text inert for clients that render Markdown: quotes stay verbatim in citations, and where they are shown
inside Markdown nothing in them loads, links or runs. Whether words stand in their sources at all was checked before.
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
"""What a page or a chat client would load, link or run."""
_OPENS = re.compile(r"(?<=!)(\\*)(?=\[)|(?<=\])(\\*)(?=[(:])|(?<!\\)(\\*)(?=<[A-Za-z/!?])")
"""The place at which a backslash turns an image, a link, its target or a tag into plain characters."""


def active(text: str) -> list[str]:
    """Return the addresses, links and markup in a text, as they stand in it."""
    return [match.group() for match in ACTIVE.finditer(text)]


def stands(text: str, cited: Iterable[Citation]) -> bool:
    """Tell whether every address and tag of the text stands verbatim in what it cites, and carries nothing out."""
    quotes = [citation.quote for citation in cited]
    return all(any(part in quote for quote in quotes) and not marks(part) for part in active(text))


def inert(text: str) -> str:
    """Return Markdown that shows the text's own characters: no image loads, no link leads away, no markup runs.

    What is put in is backslashes; a text without images, links and tags is returned as it is. Pieces made inert one by
    one and put together are the whole made inert, if they are cut at blanks.
    """
    return _OPENS.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    before = match.group()  # backslashes that are there already: an odd number escapes what follows
    return before if len(before) % 2 else before + "\\"
