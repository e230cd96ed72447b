"""The check of phrased text: a sentence is shown only if the sources that it cites say it.

Compares the surface only and uses no model, so that no text can persuade it: figures with their units, names, negation,
conditions, small words that reverse a claim, and the share of content words that occur together. When in doubt, a
sentence fails and the quotes are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.types import Citation
from generation.english import claims
from generation.english.conditions import missing_condition
from generation.english.words import STOP, content, count, stem, words
from generation.evidence.cite import markers, without_markers
from generation.evidence.spans import split

COVERAGE = 0.75
"""Share of a sentence's content words that its sources must contain; the rest connects ("you can", "in order to")."""
TOGETHER = 0.8
"""Share of them that must be in one sentence of the sources or in two neighbours: words from all over a source make
claims that nobody made. Words of titles and headings may be anywhere."""
CLAUSE = re.compile(r"[;:,]\s|\s[–—-]\s|\b(?:and|or|but|then|while|which|because|so)\b")
"""The border between two clauses. Each clause must share more than half of its content words with one sentence of the
sources, because a false clause can hide behind a long true one."""
NEAR = 0.4
"""A failed sentence is about a source that contains at least this share of its content words."""
FRAME = frozenset(stem(word) for word in ("answer", "according", "source", "text", "states", "says", "yes", "no"))
"""Words that frame a claim without being part of it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence and the numbers of the citations that support it; `reason` says why it may not be shown."""

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
    """Return the sentence with the fewest citations that say all of it; if it contains [n], only those count.

    The sentence need not repeat a condition of the source if `question` asks about that case.
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
    usable.sort(key=lambda citation: -_coverage(claim, _with_headings([citation])))
    reasons: list[str] = []
    for sources in _fewest_first(usable):
        reason = _objection(claim, sources, question)
        if reason is None:
            return Checked(sentence, tuple(sorted(citation.id for citation in sources)))
        reasons.append(reason)
    return Checked(sentence, reason=next(iter(reasons), "there is no source"))


def nearest_citation(sentence: str, citations: Sequence[Citation]) -> Citation | None:
    """Return the citation that a sentence is about, also if the sentence is wrong; None when no citation is near.

    The first source that the sentence cites comes before the source that shares most words with it.
    """
    claim = without_markers(sentence)
    cited = [citation for citation in citations if citation.id in markers(sentence)]
    near = max(cited[:1] or citations, key=lambda citation: _coverage(claim, _with_headings([citation])), default=None)
    return near if near is not None and _coverage(claim, _with_headings([near])) >= NEAR else None


def is_about(sentence: str, text: str) -> bool:
    """Return whether the text contains more than half of the sentence's content words."""
    claimed = _content(without_markers(sentence))
    return len(claimed & set(content(text))) > len(claimed) / 2


def repeats_question(sentence: str, question: str) -> bool:
    """Return whether a sentence only repeats the question: it adds no content word, no figure and no negation."""
    claim = without_markers(sentence)
    added = _content(claim) - _content(question) or claims.numbers(claim) - claims.numbers(question)
    return not added and claims.negated(claim) == claims.negated(question)


def _fewest_first(citations: Sequence[Citation]) -> Iterator[tuple[Citation, ...]]:
    """Yield each source, then pairs from one document: words of two documents together are a claim of neither."""
    yield from ((citation,) for citation in citations)
    for one, other in combinations(citations, 2):
        if one.passage.document_id == other.passage.document_id:
            yield one, other


def _objection(claim: str, sources: Sequence[Citation], question: str) -> str | None:
    """Return what the sources lack of the claim, None when they say all of it."""
    quotes = " \n".join(citation.quote for citation in sources)
    headings = _headings(sources)
    known = _with_headings(sources)
    if missing := _missing_figure(claim, known):
        return f"the figure {missing} is not in the source"
    if missing := min(claims.names(claim) - _tokens(known), default=""):
        return f"the name {missing!r} is not in the source"
    if missing := min(claims.directions(claim) - claims.directions(known), default=""):
        return f"the word {missing!r} is not in the source"
    if _coverage(claim, known) < COVERAGE:
        return "too few of its words are in the source"
    nearest = _nearest_sentences(claim, quotes)
    if claims.negated(claim) != claims.negated(nearest):
        return "it denies what the source says, or the other way round"
    if _together(claim, quotes, headings) < TOGETHER:
        return "its words do not occur together in the source"
    if missing := _unsupported_clause(claim, quotes, headings):
        return f"the clause {missing!r} is not in the source"
    if missing := missing_condition(claim, question, nearest):
        return f"the condition {missing!r} of the source is left out"
    return None


def _missing_figure(claim: str, source: str) -> str:
    known, pairs = claims.numbers(source), claims.figures(source)
    for number, unit in sorted(claims.figures(claim)):
        if unit and (number, unit) not in pairs and not _in_range(number, unit, source):
            return f"{number} {unit}"
        if number not in known:
            return number
    return ""


def _in_range(number: str, unit: str, source: str) -> bool:
    """Return whether the number's unit comes later, as in "between 5 and 10 seconds": the source uses no other unit."""
    return number in claims.numbers(source) and {u for _, u in claims.figures(source) if u} == {unit}


def _with_headings(sources: Sequence[Citation]) -> str:
    """Return the quotes with their titles and headings, which name what a quote is about."""
    return " \n".join([*(citation.quote for citation in sources), _headings(sources)])


def _headings(sources: Sequence[Citation]) -> str:
    return " \n".join(" ".join((citation.passage.title, *citation.passage.heading)) for citation in sources)


def _together(claim: str, quotes: str, headings: str) -> float:
    """Return the largest share of the claim's content words in one sentence of the quotes or in two neighbours."""
    claimed = _content(claim) - set(content(headings))
    sentences = [set(content(quotes[span.start : span.end])) for span in split(quotes)]
    if not claimed or not sentences:
        return 1.0
    windows = [one | other for one, other in zip(sentences, [*sentences[1:], set[str]()], strict=True)]
    return max(len(claimed & window) for window in windows) / len(claimed)


def _coverage(claim: str, source: str) -> float:
    """Return the share of the claim's content words that are in the source; figures are compared elsewhere."""
    claimed = _content(claim)
    return len(claimed & set(content(source))) / len(claimed) if claimed else 1.0


def _content(claim: str) -> set[str]:
    return {stem(word) for word in words(claims.without_figures(claim)) if word not in STOP} - FRAME


def _unsupported_clause(claim: str, quotes: str, headings: str) -> str:
    """Return the first clause of two or more content words that no sentence of the quotes says, "" without one."""
    known = set(content(headings))
    sentences = [set(content(quotes[span.start : span.end])) | known for span in split(quotes)]
    for clause in CLAUSE.split(claim):
        claimed = _content(clause)
        if len(claimed) > 1 and not any(len(claimed & each) > len(claimed) / 2 for each in sentences):
            return " ".join(clause.split())
    return ""


def _nearest_sentences(claim: str, quotes: str) -> str:
    """Return the sentences of the source that share most words with the claim: their negation must be the claim's."""
    claimed = set(content(claim))
    sentences = [quotes[span.start : span.end] for span in split(quotes)] or [quotes]
    shared = [len(claimed & set(content(each))) for each in sentences]
    enough = max(1, max(shared) * 0.7) if count(claim) > 1 else 1
    return " ".join(each for each, size in zip(sentences, shared, strict=True) if size >= enough)


def _tokens(text: str) -> set[str]:
    found = set(words(text))
    return found | {word.removesuffix("s") for word in found}
