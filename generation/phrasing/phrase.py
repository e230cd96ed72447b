"""Let a generator put evidence into words, and show only the sentences that stand in it.

Sentence by sentence: each is checked when it is whole and shown at once when it passes. One that does not is replaced
by the quote that it was about. Nothing shown is ever taken back, and a reply of which nothing passes leaves the quotes
to answer. What a claim needs in order to pass is decided in `generation.phrasing.check`.
"""

from __future__ import annotations

import re
import time
from collections import abc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from core.errors import VouchError
from core.ports import Generator
from core.types import Citation, Sentence, SentenceKind
from generation.english.words import count
from generation.events import Cited, Delta, Event
from generation.evidence import cite
from generation.evidence.spans import split
from generation.phrasing import prompt
from generation.phrasing.check import Checked, about, check_sentence, echoes, stands_in
from generation.phrasing.screen import stands

MAX_TOKENS = 120
MAX_SENTENCES = 4
MAX_QUOTED = 40
"""Words that may be quoted in place of sentences that failed."""
ASTRAY = 2
"""Failures in a row after which the rest is not read: what follows is no better."""
DECLINED = "The sources do not answer this."
"""What a tuned model writes where it finds no answer. It is never shown, in no form: the quotes are."""
DECLINES = (DECLINED, "The source does not answer this.")
_DECLINES = re.compile(
    r"\b(?:sources?|texts?|passages?|contexts?|documents?|information)\b.{0,40}\b(?:do|does|did|is|are|can)(?:\s?not|n['’]t)\b"
    r".{0,30}\b(?:answer|say|mention|state|contain|specify|provide|tell|found|given|available)",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"(?:it|this|that|they|them|these|those|then|he|she|also|otherwise|instead|afterwards?)\b", re.IGNORECASE
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Phrased:
    """Checked sentences with their citations, or a `fallback`: the code of the reason why there are none."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    fallback: str | None = None

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


class _Said:
    """What is shown so far, its citations renumbered in the order in which the text shows them.

    Quotes in place of failed sentences wait until a sentence passes: without one, the quotes are chosen anew.
    """

    def __init__(self, evidence: Sequence[Citation]) -> None:
        self._evidence = {citation.id: citation for citation in evidence}
        self._waiting: list[int] = []
        self._room = MAX_QUOTED
        self.sentences: list[Sentence] = []
        self.citations: dict[int, Citation] = {}

    def add(self, checked: Checked) -> Iterator[Event]:
        """Show the quotes that wait, then the sentence."""
        for number in self._waiting:
            if number not in checked.cites and number not in self.citations:
                yield from self._show("quoted", (number,))
        self._waiting = []
        yield from self._show("phrased", checked.cites, " ".join(checked.text.split()))

    def quote(self, citation: Citation | None) -> None:
        """Let a quote stand for a sentence that failed, if there is room and it is not shown already."""
        if citation is None or citation.id in self.citations or citation.id in self._waiting:
            return
        if count(citation.quote) <= self._room:
            self._room -= count(citation.quote)
            self._waiting.append(citation.id)

    def end(self) -> Iterator[Event]:
        """Show the quotes that still wait, after a sentence that passed."""
        for number in self._waiting if self.sentences else ():
            if number not in self.citations:
                yield from self._show("quoted", (number,))

    def repeats(self, checked: Checked) -> bool:
        words = cite.without_markers(checked.text).casefold()
        return any(words == cite.without_markers(said.text).casefold() for said in self.sentences)

    def _show(self, kind: SentenceKind, numbers: Sequence[int], words: str = "") -> Iterator[Event]:
        fresh = [number for number in numbers if number not in self.citations]
        for number in fresh:
            self.citations[number] = replace(self._evidence[number], id=len(self.citations) + 1)
        cites = tuple(sorted(self.citations[number].id for number in numbers))
        text = cite.marked(words, cites) if words else cite.quoted(self.citations[numbers[0]])
        yield Delta(f" {text}" if self.sentences else text, kind)
        self.sentences.append(Sentence(text, kind, cites))
        yield from (Cited(self.citations[number]) for number in fresh)


def phrase(
    generator: Generator,
    question: str,
    evidence: Sequence[Citation],
    *,
    deadline: float,
    best: str = "",
    examples: Sequence[prompt.Exemplar] = (),
) -> abc.Generator[Event, None, Phrased]:
    """Yield what may be shown as it is made, and return it whole.

    `deadline` is in time.monotonic's seconds. `best` is the span that answers best: what is said first is about it.
    Fallbacks: generator_unavailable, generator_too_slow, generator_unsupported (no sentence passed the check, or they
    only repeat the question), generator_beside (they pass, but are not about the best span), generator_declined (it
    found no answer in the evidence), generator_silent.
    """
    said = _Said(evidence)
    failure: str | None = None
    chat = prompt.render(question, evidence, examples=examples)
    try:
        sentences = _sentences(generator.stream(chat, max_tokens=MAX_TOKENS, deadline=deadline), deadline)
        failure = yield from _check(sentences, question, best, evidence, said)
    except VouchError as error:
        log.warning("generator_failed", generator=generator.name, code=error.code)  # its words may quote the prompt
        failure = "generator_unavailable"
    if said.sentences:
        yield from said.end()
        return Phrased(tuple(said.sentences), tuple(said.citations.values()))
    late = time.monotonic() >= deadline
    return Phrased(fallback=failure or ("generator_too_slow" if late else "generator_silent"))


def declines(sentence: str) -> bool:
    """Tell whether a sentence says that there is no answer: that is not for a model to decide."""
    return _DECLINES.search(cite.without_markers(sentence)) is not None


def _check(
    sentences: Iterable[str], question: str, best: str, evidence: Sequence[Citation], said: _Said
) -> abc.Generator[Event, None, str | None]:
    """Show what passes; return why something did not, None when nothing failed."""
    failure: str | None = None
    astray = 0
    for sentence in sentences:
        if declines(sentence):
            return failure or "generator_declined"
        checked = _screened(check_sentence(sentence, evidence, question), evidence)
        leans = astray > 0 and _LEANS.match(sentence) is not None
        if not checked.passes or leans or (not said.sentences and echoes(sentence, question)):
            failure, astray = "generator_unsupported", astray + 1
            said.quote(None if leans else about(sentence, evidence))
        elif said.repeats(checked):
            return failure
        elif not said.sentences and best and not stands_in(sentence, best):
            failure, astray = "generator_beside", astray + 1
        else:
            astray = 0
            yield from said.add(checked)
        if astray == ASTRAY or len(said.sentences) >= MAX_SENTENCES:
            return failure
    return failure


def _screened(checked: Checked, evidence: Sequence[Citation]) -> Checked:
    """Return the sentence as failed when it holds an address or markup that its sources do not."""
    cited = [citation for citation in evidence if citation.id in checked.cites]
    if not checked.passes or stands(checked.text, cited):
        return checked
    return replace(checked, cites=(), reason="an address or markup of its own")


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
