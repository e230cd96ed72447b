"""Let a generator phrase the evidence, and show only the sentences that the evidence supports.

Each sentence is checked when it is complete (`generation.phrasing.check`), and shown at once if it passes and goes on
from what is shown: the text may leave out the end of a unit, but not its beginning, which the rest may refer to, and
keeps its order. A sentence that fails is replaced by the quote that it is about. What was shown never changes. If no
sentence passes, the quotes are the answer.
"""

from __future__ import annotations

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
from generation.phrasing.check import Checked, check_sentence, nearest_citation
from generation.phrasing.clauses import Clause
from generation.phrasing.screen import is_quoted

MAX_TOKENS = 120
MAX_SENTENCES = 4
MAX_QUOTED = 40
"""Words that may be quoted instead of sentences that failed."""
MAX_FAILURES = 2
"""Failures in a row after which the rest of the reply is not read: it is no better."""
DECLINED = "The sources do not answer this."
"""What a tuned model writes when it finds no answer. It is never shown: the quotes are shown instead."""
DECLINES = (DECLINED, "The source does not answer this.")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Phrased:
    """Checked sentences with their citations, or `fallback`, the code of the reason why there are none."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    fallback: str | None = None

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


class _ShownText:
    """The text that is shown so far, with citations numbered in the order in which the text shows them.

    Quotes that replace failed sentences wait until a sentence passes. If none passes, other quotes are chosen.
    """

    def __init__(self, evidence: Sequence[Citation]) -> None:
        self._evidence = {citation.id: citation for citation in evidence}
        self._waiting: list[int] = []
        self._room = MAX_QUOTED
        self.sentences: list[Sentence] = []
        self.citations: dict[int, Citation] = {}
        self._last: dict[int, Clause] = {}
        self._latest: Clause | None = None

    def goes_on(self, checked: Checked) -> bool:
        """Return whether the sentence may be next: it goes on from the latest one, or begins what is cited together.

        Within a passage the text never goes back.
        """
        first = checked.clauses[0]
        latest, last = self._latest, self._last.get(first.source)
        if last is not None and first.number <= last.number:
            return False
        directly = latest is not None and (latest.source, latest.number + 1) == (first.source, first.number)
        return first.opens or (directly and not self._waiting)

    def add(self, checked: Checked) -> Iterator[Event]:
        """Show the waiting quotes, then the sentence."""
        for number in self._waiting:
            if number not in checked.cites and number not in self.citations:
                yield from self._show("quoted", (number,))
        self._waiting = []
        self._latest = self._last[checked.clauses[-1].source] = checked.clauses[-1]
        yield from self._show("phrased", checked.cites, " ".join(checked.text.split()))

    def quote(self, citation: Citation | None) -> None:
        """Let a quote replace a failed sentence, if there is room and the quote is not shown yet."""
        if citation is None or citation.id in self.citations or citation.id in self._waiting:
            return
        if count(citation.quote) <= self._room:
            self._room -= count(citation.quote)
            self._waiting.append(citation.id)

    def end(self) -> Iterator[Event]:
        """Show the quotes that still wait, if a sentence passed."""
        for number in self._waiting if self.sentences else ():
            if number not in self.citations:
                yield from self._show("quoted", (number,))

    def repeats(self, checked: Checked) -> bool:
        """Return whether the sentence is shown already."""
        text = cite.without_markers(checked.text).casefold()
        return any(text == cite.without_markers(shown.text).casefold() for shown in self.sentences)

    def _show(self, kind: SentenceKind, numbers: Sequence[int], sentence: str = "") -> Iterator[Event]:
        new = [number for number in numbers if number not in self.citations]
        for number in new:
            self.citations[number] = replace(self._evidence[number], id=len(self.citations) + 1)
        cites = tuple(sorted(self.citations[number].id for number in numbers))
        text = cite.marked(sentence, cites) if sentence else cite.quoted(self.citations[numbers[0]])
        yield Delta(f" {text}" if self.sentences else text, kind)
        self.sentences.append(Sentence(text, kind, cites))
        yield from (Cited(self.citations[number]) for number in new)


def phrase(
    generator: Generator,
    question: str,
    evidence: Sequence[Citation],
    *,
    deadline: float,
    best: str = "",
    examples: Sequence[prompt.Example] = (),
) -> abc.Generator[Event, None, Phrased]:
    """Yield the events of the text while it is made, and return the whole text.

    `deadline` is in seconds of time.monotonic. `best` is the quote that answers best: the first sentence must cite it.
    Fallbacks: generator_unavailable, generator_too_slow, generator_unsupported (no sentence passed the check),
    generator_beside (they passed, but do not cite the best quote), generator_declined (the generator found no answer in
    the evidence), generator_silent.
    """
    shown = _ShownText(evidence)
    failure: str | None = None
    chat = prompt.render(question, evidence, examples=examples)
    try:
        sentences = _sentences(generator.stream(chat, max_tokens=MAX_TOKENS, deadline=deadline), deadline)
        failure = yield from _check(sentences, question, best, evidence, shown)
    except VouchError as error:
        log.warning("generator_failed", generator=generator.name, code=error.code)  # the message may quote the prompt
        failure = "generator_unavailable"
    if shown.sentences:
        yield from shown.end()
        return Phrased(tuple(shown.sentences), tuple(shown.citations.values()))
    late = time.monotonic() >= deadline
    return Phrased(fallback=failure or ("generator_too_slow" if late else "generator_silent"))


def declines(sentence: str) -> bool:
    """Return whether a sentence says, as a tuned model does, that there is no answer. A model does not decide that."""
    return cite.without_markers(sentence) in DECLINES


def _check(
    sentences: Iterable[str], question: str, best: str, evidence: Sequence[Citation], shown: _ShownText
) -> abc.Generator[Event, None, str | None]:
    """Show the sentences that pass. Return the reason why one failed, None when none failed."""
    failure: str | None = None
    failures = 0
    for sentence in sentences:
        if declines(sentence):
            return failure or "generator_declined"
        checked = _screened(check_sentence(sentence, evidence, question), evidence)
        if checked.passes and shown.repeats(checked):
            return failure
        if not checked.passes or not shown.goes_on(checked):
            failure, failures = "generator_unsupported", failures + 1
            shown.quote(nearest_citation(sentence, evidence))
        elif not shown.sentences and best and best not in _quotes(checked, evidence):
            failure, failures = "generator_beside", failures + 1
        else:
            failures = 0
            yield from shown.add(checked)
        if failures == MAX_FAILURES or len(shown.sentences) >= MAX_SENTENCES:
            return failure
    return failure


def _quotes(checked: Checked, evidence: Sequence[Citation]) -> list[str]:
    return [citation.quote for citation in evidence if citation.id in checked.cites]


def _screened(checked: Checked, evidence: Sequence[Citation]) -> Checked:
    """Return the sentence, as failed if it contains an address or markup that its sources lack."""
    cited = [citation for citation in evidence if citation.id in checked.cites]
    if not checked.passes or is_quoted(checked.text, cited):
        return checked
    return replace(checked, cites=(), reason="an address or markup of its own")


def _sentences(pieces: Iterable[str], deadline: float) -> Iterator[str]:
    """Yield each sentence when the next one begins, and the last one when the stream ends by itself.

    A sentence that the deadline or the limit of tokens cut off is not yielded: half a claim may say the opposite.
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
    """Return whether the limit of tokens ended the text: it is long, and its last sentence has no end."""
    return count(text) > MAX_TOKENS // 2 and not sentence.rstrip("\"'”’)] ").endswith((".", "!", "。", "！"))
