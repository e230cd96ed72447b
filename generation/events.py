"""What an answer tells while it is made, in order: what was found, words, citations, the whole."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import Answer, Citation, Ranked, SentenceKind


@dataclass(frozen=True, slots=True)
class Searched:
    """The passages that the answer will be looked for in; comes once, first."""

    passages: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """More of the answer's text. All deltas joined are the answer's text; nothing shown is ever taken back."""

    text: str
    kind: SentenceKind


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation whose marker the text shows, numbered as there; of a refusal, one of the sources that disagree."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; comes once, last."""

    answer: Answer


Event = Searched | Delta | Cited | Finished
