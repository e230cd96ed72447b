"""The check of phrased text: each sentence must stand in the sources it cites, or it is not shown.

Surface evidence only, no model, so that it cannot be talked round: figures with their units, names, negation,
conditions, small words that turn a claim round, and the share of content words that stand together. It errs on the
side of the quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.types import Citation
from generation.english import claims
from generation.english.conditions import left_out
from generation.english.words import STOP, content, count, stem, words
from generation.evidence.cite import markers, without_markers
from generation.evidence.spans import split

COVERAGE = 0.75
"""Share of a sentence's content words that its sources must hold; the rest is glue ("you can", "in order to")."""
TOGETHER = 0.8
"""Share of them that must stand in one sentence of its sources or in two that follow one another: words gathered from
all over a source make claims that nobody made. Those of titles and headings may stand apart."""
CLAUSE = re.compile(r"[;:,]\s|\s[–—-]\s|\b(?:and|or|but|then|while|which|because|so)\b")
"""Where one clause of a sentence ends and the next begins. Each must share more than half of its content words with one
sentence of the sources: a false clause hides behind a long true one."""
NEAR = 0.4
"""Share of a failed sentence's content words in a source from which it was about that source."""
FRAME = frozenset(stem(word) for word in ("answer", "according", "source", "text", "states", "says", "yes", "no"))
"""Words that frame a claim without being part of it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence and the numbers of the citations that carry it; `reason` says why it may not be shown."""

    text: str
    cites: tuple[int, ...] = ()
    reason: str | None = None

    @property
    def passes(self) -> bool:
        return self.reason is None


def check(text: str, citations: Sequence[Citation], question: str = "") -> list[Checked]:
    """Check every sentence of the text against the citations."""
    return [check_sentence(text[span.start : span.end], citations, question) for span in split(text)]


def check_sentence(sentence: str, citations: Sequence[Citation], question: str = "") -> Checked:
    """Find the fewest citations in which the whole sentence stands; with [n] in it, only those count.

    A condition of the source need not be repeated where `question` asks about that case.
    """
    claim = without_markers(sentence)
    if not _content(claim) and not claims.figures(claim):
        return Checked(sentence, reason="says nothing")
    if claim.endswith("?"):
        return Checked(sentence, reason="asks instead of answering")
    wanted = markers(sentence)
    usable = [citation for citation in citations if not wanted or citation.id in wanted]
    if len(usable) < len(wanted):
        return Checked(sentence, reason="cites a source that is not there")
    usable.sort(key=lambda citation: -_coverage(claim, _named([citation])))
    reasons: list[str] = []
    for sources in _fewest_first(usable):
        reason = _objection(claim, sources, question)
        if reason is None:
            return Checked(sentence, tuple(sorted(citation.id for citation in sources)))
        reasons.append(reason)
    return Checked(sentence, reason=next(iter(reasons), "there is nothing to stand on"))


def about(sentence: str, citations: Sequence[Citation]) -> Citation | None:
    """Return the citation that a sentence speaks of, whether it says it rightly or not; None where none is near.

    The first source that it names itself counts before the one that shares most words with it.
    """
    claim = without_markers(sentence)
    named = [citation for citation in citations if citation.id in markers(sentence)]
    near = max(named[:1] or citations, key=lambda citation: _coverage(claim, _named([citation])), default=None)
    return near if near is not None and _coverage(claim, _named([near])) >= NEAR else None


def stands_in(sentence: str, text: str) -> bool:
    """Tell whether a sentence is about what a text says: more than half of its content words are there."""
    asked = _content(without_markers(sentence))
    return len(asked & set(content(text))) > len(asked) / 2


def echoes(sentence: str, question: str) -> bool:
    """Tell whether a sentence says nothing that the question did not: no word, figure or negation of its own."""
    claim = without_markers(sentence)
    news = _content(claim) - _content(question) or claims.numbers(claim) - claims.numbers(question)
    return not news and claims.negated(claim) == claims.negated(question)


def _fewest_first(citations: Sequence[Citation]) -> Iterator[tuple[Citation, ...]]:
    """Yield each source, then pairs of one document: words of two documents put together are nobody's claim."""
    yield from ((citation,) for citation in citations)
    for one, other in combinations(citations, 2):
        if one.passage.document_id == other.passage.document_id:
            yield one, other


def _objection(claim: str, sources: Sequence[Citation], question: str) -> str | None:
    """Return what of the claim is missing in the sources, None when nothing is."""
    quotes = " \n".join(citation.quote for citation in sources)
    named = _named(sources)
    if missing := _missing_figures(claim, named):
        return f"the figure {missing} is not in the source"
    if missing := min(claims.names(claim) - _tokens(named), default=""):
        return f"the name {missing!r} is not in the source"
    if missing := min(claims.directions(claim) - claims.directions(named), default=""):
        return f"the word {missing!r} is not in the source"
    if _coverage(claim, named) < COVERAGE:
        return "too few of its words are in the source"
    nearest = _nearest(claim, quotes)
    if claims.negated(claim) != claims.negated(nearest):
        return "it denies what the source says, or the other way round"
    if _together(claim, quotes, _headings(sources)) < TOGETHER:
        return "its words do not stand together in the source"
    if missing := _stray(claim, quotes, _headings(sources)):
        return f"the clause {missing!r} is not in the source"
    if missing := left_out(claim, question, nearest):
        return f"the condition {missing!r} of the source is left out"
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


def _named(sources: Sequence[Citation]) -> str:
    """Return the quotes with the titles and headings they stand under: those name what a quote is about."""
    return " \n".join([*(citation.quote for citation in sources), _headings(sources)])


def _headings(sources: Sequence[Citation]) -> str:
    return " \n".join(" ".join((citation.passage.title, *citation.passage.heading)) for citation in sources)


def _together(claim: str, quotes: str, headings: str) -> float:
    """Return the greatest share of the claim's content words in one sentence of the quotes, or two neighbours."""
    asked = _content(claim) - set(content(headings))
    pieces = [set(content(quotes[span.start : span.end])) for span in split(quotes)]
    if not asked or not pieces:
        return 1.0
    windows = [one | other for one, other in zip(pieces, [*pieces[1:], set[str]()], strict=True)]
    return max(len(asked & window) for window in windows) / len(asked)


def _coverage(claim: str, source: str) -> float:
    """Return the share of the claim's content words that the source holds; figures are compared by themselves."""
    asked = _content(claim)
    return len(asked & set(content(source))) / len(asked) if asked else 1.0


def _content(claim: str) -> set[str]:
    return {stem(word) for word in words(claims.without_figures(claim)) if word not in STOP} - FRAME


def _stray(claim: str, quotes: str, headings: str) -> str:
    """Return the first clause of two content words or more that no sentence of the quotes says; "" if all are said."""
    known = set(content(headings))
    pieces = [set(content(quotes[span.start : span.end])) | known for span in split(quotes)]
    for clause in CLAUSE.split(claim):
        asked = _content(clause)
        if len(asked) > 1 and not any(len(asked & piece) > len(asked) / 2 for piece in pieces):
            return " ".join(clause.split())
    return ""


def _nearest(claim: str, quotes: str) -> str:
    """Return the source's sentences that share most words with the claim: whose negation is the claim's own."""
    asked = set(content(claim))
    pieces = [quotes[span.start : span.end] for span in split(quotes)] or [quotes]
    shared = [len(asked & set(content(piece))) for piece in pieces]
    enough = max(1, max(shared) * 0.7) if count(claim) > 1 else 1
    return " ".join(piece for piece, size in zip(pieces, shared, strict=True) if size >= enough)


def _tokens(text: str) -> set[str]:
    found = set(words(text))
    return found | {word.removesuffix("s") for word in found}
