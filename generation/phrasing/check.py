"""The check of phrased text: a sentence is shown only if it is made of whole sentences of one source, in their order.

Word for word: only marks between them, the first letter's case and a joining "and" may differ. So nothing is denied,
exchanged, weakened or left out, in any language, and no text can persuade it. No reworded sentence passes, right or
not: rules that compared words let two thirds of the false ones pass, and a small model that was trained to judge was
not sure enough (docs/decisions/0098). What fails is replaced by quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Citation
from generation.english.words import content
from generation.evidence.cite import markers, without_markers
from generation.evidence.spans import split
from generation.phrasing.clauses import MARKS, Clause, clauses, spelled

NEAR = 0.4
"""A failed sentence is about a source that contains at least this share of its content words."""
JOINTS = (re.compile(r"(?:[.;!]\s|[。！；]\s?)(?:and|und|et)\s"), re.compile(r"[.;!]\s|[。！；]\s?"))
"""What may join two sentences. Not a comma, nor "and" alone: a "not" or an "if" of the first would reach the second."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence and the numbers of the citations that support it; `reason` says why it may not be shown.

    `clauses` are the sentences of the source that it repeats.
    """

    text: str
    cites: tuple[int, ...] = ()
    reason: str | None = None
    clauses: tuple[Clause, ...] = ()

    @property
    def passes(self) -> bool:
        return self.reason is None


def check(text: str, citations: Sequence[Citation], question: str = "") -> list[Checked]:
    """Check every sentence of the text against the citations."""
    return [check_sentence(text[span.start : span.end], citations, question) for span in split(text)]


def check_sentence(sentence: str, citations: Sequence[Citation], question: str = "") -> Checked:
    """Return the sentence with the citations that say all of it; if it contains [n], it must repeat one of those.

    `question` changes nothing: that it names a case does not make a sentence true of every case.
    """
    claim = spelled(without_markers(sentence)).rstrip(MARKS)
    wanted = set(markers(sentence))
    if not any(char.isalnum() for char in claim):
        return Checked(sentence, reason="says nothing")
    if claim.endswith(("?", "？")):
        return Checked(sentence, reason="asks instead of answering")
    if wanted - {citation.id for citation in citations}:
        return Checked(sentence, reason="cites a source that is not there")
    if not citations:
        return Checked(sentence, reason="there is no source")
    usable = [clause for clause in clauses(citations) if not wanted or wanted & set(clause.cites)]
    for number in range(len(usable)):
        if repeated := _repeated(claim, usable[number:]):
            cites = sorted({cite for clause in repeated for cite in clause.cites})
            return Checked(sentence, tuple(cites), clauses=repeated)
    return Checked(sentence, reason="it is not made of whole sentences of one source in their order")


def nearest_citation(sentence: str, citations: Sequence[Citation]) -> Citation | None:
    """Return the citation that a sentence is about, also if the sentence is wrong; None when no citation is near.

    The first source that the sentence cites comes before the source that shares most words with it.
    """
    claimed = set(content(without_markers(sentence)))
    cited = [citation for citation in citations if citation.id in markers(sentence)]

    def shared(citation: Citation) -> int:
        known = (citation.quote, citation.passage.title, *citation.passage.heading)
        return len(claimed & set(content(" \n".join(known))))

    near = max(cited[:1] or citations, key=shared, default=None)
    return near if near is not None and claimed and shared(near) >= NEAR * len(claimed) else None


def _repeated(claim: str, sources: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the first clauses if the claim is made of them and of nothing else, else none."""
    first, rest = sources[0], claim[len(sources[0].text) :]
    if claim[:1].casefold() != first.text[:1].casefold() or not claim[1:].startswith(first.text[1:]):
        return ()
    if not rest:
        return (first,)
    following = [each for each in sources[1:2] if (each.source, each.number) == (first.source, first.number + 1)]
    for joint in JOINTS if following else ():
        joined = joint.match(rest)
        if joined and (more := _repeated(rest[joined.end() :], sources[1:])):
            return (first, *more)
    return ()
