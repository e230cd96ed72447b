"""The events of an answer while it is made, in order: what was found, text and citations, the whole answer."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import Answer, Citation, Ranked, SentenceKind


@dataclass(frozen=True, slots=True)
class Searched:
    """The passages in which the answer is looked for. Comes once, first."""

    passages: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """More of the answer's text. All deltas joined are the whole text; text that was sent never changes."""

    text: str
    kind: SentenceKind


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation with the number that the text uses for it; in a refusal, one of the sources that disagree."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer. Comes once, last."""

    answer: Answer


Event = Searched | Delta | Cited | Finished
