"""The last look at text before it leaves: a model's words carry no address or markup that their sources do not hold.

Also makes text inert for clients that render Markdown: quotes stay verbatim in citations, and where they are shown
inside Markdown nothing in them loads, links or runs. Whether words stand in their sources at all was checked before.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable

from core.marks import marks
from core.types import Citation
from generation.cite import markers
from generation.events import Cited, Delta, Event
from generation.phrasing import Phrased

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


def screened(said: abc.Generator[Event, None, Phrased]) -> abc.Generator[Event, None, Phrased]:
    """Pass a phrasing's events on, up to the first sentence with an address or markup that its citations do not hold.

    Such a sentence is held back until its citations have come. As everywhere, nothing shown is taken back; when it is
    the first, the fallback is generator_unsupported.
    """
    shown: list[str] = []
    cited: dict[int, Citation] = {}
    held: list[Event] = []
    while True:
        try:
            event = next(said)
        except StopIteration as end:
            phrased: Phrased = end.value
            event = None
        if held and not isinstance(event, Cited):
            if not stands(_words(held), _cited(held, cited)):
                said.close()
                return _until_here(shown, cited)
            yield from _released(held, shown, cited)
        if event is None:
            return phrased
        if isinstance(event, Delta) and active(event.text):
            held = [event]
        elif held:
            held.append(event)
        else:
            yield from _released([event], shown, cited)


def _released(events: list[Event], shown: list[str], cited: dict[int, Citation]) -> abc.Iterator[Event]:
    for event in events:
        if isinstance(event, Delta):
            shown.append(event.text)
        elif isinstance(event, Cited):
            cited[event.citation.id] = event.citation
        yield event
    events.clear()


def _words(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def _cited(events: Iterable[Event], before: dict[int, Citation]) -> list[Citation]:
    known = before | {event.citation.id: event.citation for event in events if isinstance(event, Cited)}
    return [known[number] for number in markers(_words(events)) if number in known]


def _until_here(shown: list[str], cited: dict[int, Citation]) -> Phrased:
    if not shown:
        return Phrased(fallback="generator_unsupported")
    return Phrased("".join(shown), tuple(cited.values()))


def _escaped(match: re.Match[str]) -> str:
    before = match.group()  # backslashes that are there already: an odd number escapes what follows
    return before if len(before) % 2 else before + "\\"
