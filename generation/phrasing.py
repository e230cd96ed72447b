"""Let a generator put evidence into words, and show only the sentences that stand in it.

Sentence by sentence: each is checked when it is whole, shown at once when it passes, and the first that does not ends
the answer. So nothing shown is ever taken back, and a reply whose beginning fails leaves the quotes to answer.
"""

from __future__ import annotations

import time
from collections import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from core.errors import VouchError
from core.ports import Generator
from core.types import Citation
from generation import cite, prompt
from generation.events import Cited, Delta, Event
from generation.spans import split
from generation.verify import Checked, check_sentence, echoes
from generation.words import count

MAX_TOKENS = 120
MAX_SENTENCES = 4
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Phrased:
    """Checked words with their citations, or a `fallback`: the code of the reason why there are none."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    fallback: str | None = None


class _Said:
    """The sentences that passed so far, their citations renumbered in the order in which the text shows them."""

    def __init__(self, evidence: Sequence[Citation]) -> None:
        self._evidence = {citation.id: citation for citation in evidence}
        self.parts: list[str] = []
        self.citations: dict[int, Citation] = {}

    def add(self, checked: Checked) -> Iterator[Event]:
        fresh = [number for number in checked.cites if number not in self.citations]
        for number in fresh:
            self.citations[number] = replace(self._evidence[number], id=len(self.citations) + 1)
        shown = cite.marked(" ".join(checked.text.split()), sorted(self.citations[n].id for n in checked.cites))
        part = f" {shown}" if self.parts else shown
        self.parts.append(part)
        yield Delta(part)
        yield from (Cited(self.citations[number]) for number in fresh)

    def repeats(self, checked: Checked) -> bool:
        words = cite.without_markers(checked.text).casefold()
        return any(words == cite.without_markers(part).casefold().strip() for part in self.parts)


def phrase(
    generator: Generator, question: str, evidence: Sequence[Citation], template: prompt.Template, *, deadline: float
) -> abc.Generator[Event, None, Phrased]:
    """Yield what may be shown as it is made, and return it whole.

    `deadline` is in time.monotonic's seconds. Fallbacks: generator_unavailable, generator_too_slow,
    generator_unsupported (the check failed, or it only repeats the question), generator_silent.
    """
    said = _Said(evidence)
    failure: str | None = None
    chat = prompt.render(question, evidence, template)
    try:
        for sentence in _sentences(generator.stream(chat, max_tokens=MAX_TOKENS, deadline=deadline), deadline):
            checked = check_sentence(sentence, evidence)
            if not checked.passes or (not said.parts and echoes(sentence, question)):
                failure = "generator_unsupported"
            if failure or said.repeats(checked) or len(said.parts) == MAX_SENTENCES:
                break
            yield from said.add(checked)
    except VouchError as error:
        log.warning("generator_failed", generator=generator.name, code=error.code)  # its words may quote the prompt
        failure = "generator_unavailable"
    if said.parts:
        return Phrased("".join(said.parts), tuple(said.citations.values()))
    late = time.monotonic() >= deadline
    return Phrased(fallback=failure or ("generator_too_slow" if late else "generator_silent"))


def _sentences(pieces: Iterable[str], deadline: float) -> Iterator[str]:
    """Yield each sentence once the next has begun, and the last when the stream ends by itself.

    A sentence that time or length cut off is not yielded: half a claim may say the opposite of the whole.
    """
    text, done = "", 0
    for piece in pieces:
        text += piece
        spans = split(text)
        for span in spans[done:-1]:
            yield text[span.start : span.end]
        done = max(done, len(spans) - 1)
        if time.monotonic() >= deadline:
            return
    last = [text[span.start : span.end] for span in split(text)[done:]]
    if last and time.monotonic() < deadline and not _cut_off(last[-1], text):
        yield from last


def _cut_off(sentence: str, text: str) -> bool:
    """Tell whether the limit of tokens ended the text: it is long, and its last sentence has no end."""
    return count(text) > MAX_TOKENS // 2 and not sentence.rstrip("\"'”’)] ").endswith((".", "!", "。", "！"))
