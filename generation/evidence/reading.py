"""Let a reader read the passages found: how likely each holds the answer, and which of its parts are the answer.

A fixed number of windows is read, whatever the machine is doing, so that the same question has the same answer. Parts
about another model than the one asked for are set aside before. What is made of the parts is decided in
`generation.units`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from core.ports import UNREAD, Reader, ReaderText, Reading
from core.types import Passage, Ranked
from generation.english.words import content
from generation.evidence.parts import Part, line_of
from generation.evidence.windows import Window, column_names, windows
from generation.question.names import Known, Name, asked, keys, others

VERSION = "reader-2"
FIRST, MOST = 5_000, 10_000
"""Characters that are read at first, and those that are read if no passage of the first is sure to hold the answer:
1,000 take 26 ms on two cores."""
SURE = 2.5
"""Logit of `answers` from which no more windows are read."""
OF_ONE = 4_000
"""Characters of one passage: of a long table, the windows that share most words with the question."""
RELEVANCE_WEIGHT = 0.3
PRIOR_WEIGHT = 2.0
"""Weight of the passage's rank in the search, from 0 to 1."""
QUOTED_PENALTY = 3.0
"""What an older mail says, quoted under a newer one that may have changed it, gives way to what the newer one says."""


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A part with its logit: above 0, it is more likely than not a part of the answer."""

    part: Part
    logit: float


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage that was read. `answers` and `relevance` are the best logits of its windows."""

    ranked: Ranked
    rank: int
    prior: float
    relevance: float
    answers: float
    parts: tuple[ReadPart, ...]

    @property
    def passage(self) -> Passage:
        return self.ranked.passage

    @property
    def score(self) -> float:
        """Higher is better, on the scale of logits."""
        return self.answers + RELEVANCE_WEIGHT * self.relevance + PRIOR_WEIGHT * self.prior

    @property
    def best(self) -> float:
        return max((each.logit for each in self.parts), default=UNREAD)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read for a question, best first, and the names that the question and the documents have."""

    question: str
    passages: tuple[ReadPassage, ...]
    names: tuple[Name, ...]
    known: Known


class SharedWords:
    """A Reader without a model: what shares most words with the question is taken for the answer."""

    name, device = "shared-words", "none"

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        wanted = set(content(question))
        found = []
        for text in texts:
            shares = [len(wanted & set(content(text.text[a:b]))) / max(1, len(wanted)) for a, b in text.parts]
            best = max(shares, default=0.0)
            whole = len(wanted & set(content(text.text))) / max(1, len(wanted))
            logit = 8 * whole - 4
            found.append(Reading(logit, logit, tuple(1.0 if share and share == best else -4.0 for share in shares)))
        return found


def read_passages(question: str, found: Sequence[Ranked], reader: Reader) -> Evidence:
    """Return the passages that were read, best first."""
    known = known_names(found)
    wanted = asked(question, known)
    chosen = _choose(question, _compatible(found, wanted), wanted)
    first = _room(chosen, FIRST)
    more = chosen[len(first) :]
    read = _spelled(question, wanted, known)
    readings = reader.read(read, [window.text for _, window in first])
    if more and max(each.answers for each in readings) < SURE:
        readings += reader.read(read, [window.text for _, window in more])
    else:
        chosen = first
    top = max((ranked.score for ranked in found), default=0.0)
    low = min((ranked.score for ranked in found), default=0.0)
    gathered: dict[int, ReadPassage] = {}
    for (rank, window), reading in zip(chosen, readings, strict=True):
        ranked = found[rank]
        prior = (ranked.score - low) / (top - low) if top > low else 1.0
        made = gathered.get(rank) or ReadPassage(ranked, rank, prior, UNREAD, UNREAD, ())
        parts = tuple(
            ReadPart(part, logit + _handicap(ranked.passage, part, wanted))
            for part, logit in zip(window.parts, reading.parts, strict=True)
        )
        gathered[rank] = replace(
            made,
            relevance=max(made.relevance, reading.relevance),
            answers=max(made.answers, reading.answers),
            parts=made.parts + parts,
        )
    sorted_parts = (
        replace(each, parts=tuple(sorted(each.parts, key=lambda one: one.part.start))) for each in gathered.values()
    )
    return Evidence(question, tuple(sorted(sorted_parts, key=lambda each: (-each.score, each.rank))), wanted, known)


def _spelled(question: str, wanted: Sequence[Name], known: Known) -> str:
    """Return the question with names as the documents write them: to a model, E47 and E-47 are two words."""
    spelled = {name.text: known.spelled.get(name.key, name.text) for name in wanted}
    if not spelled:
        return question
    longest_first = "|".join(re.escape(text) for text in sorted(spelled, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda match: spelled[match.group()], question)


def known_names(found: Sequence[Ranked]) -> Known:
    """Return the names of the documents found."""
    known = Known()
    for ranked in found:
        passage = ranked.passage
        for text in (passage.title, *passage.heading):
            known.add(text, heads=True)
        for block in passage.blocks:
            if block.kind == "table":
                for row in block.children:
                    for cell in row.children[:1] if not row.header else row.children:
                        known.add(passage.text[cell.start : cell.end], heads=True)
        known.add(passage.text, heads=False)
    return known


def _compatible(found: Sequence[Ranked], wanted: Sequence[Name]) -> list[tuple[int, Ranked]]:
    """Return the passages with their ranks, without those whose title or headings name only siblings.

    A title counts only if another title has the name that is asked for.
    """
    titled = frozenset().union(*(keys(each.passage.title) for each in found)) if found else frozenset()
    in_titles = [name for name in wanted if name.key in titled]
    kept = [
        (rank, each)
        for rank, each in enumerate(found)
        if not others(each.passage.title, in_titles)
        and not others(
            " ".join(each.passage.heading), [name for name in wanted if name.key not in keys(each.passage.title)]
        )
    ]
    return kept or list(enumerate(found))


def _choose(question: str, found: Sequence[tuple[int, Ranked]], wanted: Sequence[Name]) -> list[tuple[int, Window]]:
    """Return the windows to read: those of the first passages, and of a long passage those nearest to the question."""
    words, named = set(content(question)), {name.key for name in wanted}
    chosen: list[tuple[int, Window]] = []
    for rank, ranked in found:
        every = windows(ranked.passage.title, ranked.passage)
        near = sorted(every, key=lambda each: -_near(each, words, named))
        kept = [window for _, window in _room([(rank, window) for window in near], OF_ONE)]
        chosen += [(rank, window) for window in every if window in kept]
    return _room(chosen, MOST)


def _room(chosen: Sequence[tuple[int, Window]], characters: int) -> list[tuple[int, Window]]:
    """Return the first windows that have together no more than these characters, at least one."""
    sizes = accumulate(len(window.text.text) for _, window in chosen)
    return list(chosen[: max(1, sum(size <= characters for size in sizes))])


def _near(window: Window, words: set[str], named: set[str]) -> float:
    return len(words & set(content(window.text.text))) + 3 * len(named & keys(window.text.text))


def _handicap(passage: Passage, part: Part, wanted: Sequence[Name]) -> float:
    """Return what is taken off a part about a sibling of the name that is asked for, or in an older, quoted mail."""
    taken = -QUOTED_PENALTY if part.inside("quoted_mail") is not None else 0.0
    if not wanted:
        return taken
    table, row, cell = part.inside("table"), part.inside("row"), part.inside("cell")
    start, end = line_of(passage.text, part) if part.kind == "cell" else (part.start, part.end)
    around = [passage.text[start:end]]
    if table is not None and row is not None and cell is not None:
        around = [column_names(passage.text, table).get(cell.column or 0, "")]
        around += [passage.text[row.children[0].start : row.children[0].end]] if row.children else []
    return UNREAD if any(others(text, wanted) for text in around) else taken
