"""The check of phrased text: each sentence must stand in the sources it cites, or it is not shown.

Surface evidence only, no model, so that it cannot be talked round: figures with their units, names, negation,
small words that turn a claim round, and the share of content words found. It errs on the side of the quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.types import Citation
from generation import claims
from generation.cite import markers, without_markers
from generation.spans import split
from generation.words import content, count, words

COVERAGE = 0.75
"""Share of a sentence's content words that its sources must hold; the rest is glue ("you can", "in order to")."""
MAX_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence and the numbers of the citations that carry it; `reason` says why it may not be shown."""

    text: str
    cites: tuple[int, ...] = ()
    reason: str | None = None

    @property
    def passes(self) -> bool:
        return self.reason is None


def check(text: str, citations: Sequence[Citation]) -> list[Checked]:
    """Check every sentence of the text against the citations."""
    return [check_sentence(text[span.start : span.end], citations) for span in split(text)]


def check_sentence(sentence: str, citations: Sequence[Citation]) -> Checked:
    """Find the fewest citations in which the whole sentence stands; with [n] in it, only those count."""
    claim = without_markers(sentence)
    if not words(claim):
        return Checked(sentence, reason="says nothing")
    if claim.endswith("?"):
        return Checked(sentence, reason="asks instead of answering")
    wanted = markers(sentence)
    usable = [citation for citation in citations if not wanted or citation.id in wanted]
    if len(usable) < len(wanted):
        return Checked(sentence, reason="cites a source that is not there")
    reason = "nothing to stand on"
    for sources in _by_size(usable):
        found = _objection(claim, sources)
        if found is None:
            return Checked(sentence, tuple(sorted(citation.id for citation in sources)))
        reason = found if len(sources) == 1 or reason == "nothing to stand on" else reason
    return Checked(sentence, reason=reason)


def _by_size(citations: Sequence[Citation]) -> Iterator[tuple[Citation, ...]]:
    for size in range(1, min(len(citations), MAX_SOURCES) + 1):
        yield from combinations(citations, size)


def _objection(claim: str, sources: Sequence[Citation]) -> str | None:
    """Return what of the claim is missing in the sources, None when nothing is."""
    quotes = " \n".join(citation.quote for citation in sources)
    named = " \n".join([quotes, *(" ".join((c.passage.title, *c.passage.heading)) for c in sources)])
    if missing := _missing_figures(claim, named):
        return f"the figure {missing} is not in the source"
    if missing := min(claims.names(claim) - _tokens(named), default=""):
        return f"the name {missing!r} is not in the source"
    if missing := min(claims.directions(claim) - claims.directions(named), default=""):
        return f"the word {missing!r} is not in the source"
    if _coverage(claim, named) < COVERAGE:
        return "too few of its words are in the source"
    if claims.negated(claim) != claims.negated(_nearest(claim, quotes)):
        return "it denies what the source says, or the other way round"
    return None


def _missing_figures(claim: str, source: str) -> str:
    known, pairs = claims.numbers(source), claims.figures(source)
    for number, unit in sorted(claims.figures(claim)):
        if unit and (number, unit) not in pairs and not _in_range(number, unit, source):
            return f"{number} {unit}"
        if number not in known:
            return number
    return ""


def _in_range(number: str, unit: str, source: str) -> bool:
    """Tell whether the unit follows later, as in "between 5 and 10 seconds": the source then uses no other unit."""
    return number in claims.numbers(source) and {u for _, u in claims.figures(source) if u} == {unit}


def _coverage(claim: str, source: str) -> float:
    asked = set(content(claim))
    return len(asked & set(content(source))) / len(asked) if asked else 0.0


def _nearest(claim: str, quotes: str) -> str:
    """Return the source's sentences that share most words with the claim: whose negation is the claim's own."""
    asked = set(content(claim))
    pieces = [quotes[span.start : span.end] for span in split(quotes)] or [quotes]
    shared = [len(asked & set(content(piece))) for piece in pieces]
    enough = max(1, max(shared) * 0.7) if count(claim) > 1 else 1
    return " ".join(piece for piece, size in zip(pieces, shared, strict=True) if size >= enough)


def _tokens(text: str) -> set[str]:
    found = {word.removesuffix("'s") for word in words(text)}
    return found | {word.removesuffix("s") for word in found}
