"""The figures over a golden set's outcome. Knows no file and asks nothing; each measure is in `generation.metrics`.

A question without a reference answer is not compared with one, so a set may hold questions that must be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.types import Json
from evaluation.answers.outcome import AskedQuestion, Outcome
from evaluation.golden.sources import is_verbatim
from generation.metrics import contains, exact_match, percentile, ratio, token_f1
from generation.refusal import calibration

SHORT_WORDS = 8
"""A reference of at most this many words is a short answer: one quote can contain all of it."""
FEW_WORDS = 40
"""An answer of at most this many words should contain a short reference."""


def figures(asked: Sequence[AskedQuestion], sources: Mapping[str, str] | None) -> dict[str, Json]:
    """Return the measures over all questions; a refusal scores 0 where there was something to answer.

    Quotes are looked up in `sources`, the documents as they were given; with None, `quotes_verbatim` is None.
    """
    compared = [each for each in asked if each.reference.answers and each.reference.answerable is not False]
    return {
        "questions": len(asked),
        "withheld": sum(each.reference.withheld for each in asked),
        "token_f1": _mean(each.best(token_f1) for each in compared),
        "exact_match": _mean(each.best(exact_match) for each in compared),
        "contains": _mean(each.best(contains) for each in compared),
        **_short(compared),
        **_lengths(asked),
        "units": _units(asked),
        "answered": ratio(sum(each.answer.status == "answered" for each in asked), len(asked)),
        "phrased": ratio(sum(each.answer.phrased for each in asked), len(asked)),
        "fallbacks": dict(Counter(each.answer.fallback for each in asked if each.answer.fallback)),
        **_quotes(asked, sources),
        **_refusals(asked),
        **_seconds(asked),
    }


def selective(outcome: Outcome) -> dict[str, Json]:
    """Return risk by coverage: the share of wrong answers among those shown, by the share of questions shown.

    `unanswerable_refused_at_coverage_of_answerable` is the share of unanswerable questions that are refused at the
    threshold that answers this share of the answerable ones, whether or not those answers are right. A question that is
    refused for another reason, such as a name that the documents lack, is refused at every threshold; None if no
    threshold answers that many.
    """
    judged = outcome.shown()
    points, by_document = calibration.curve(judged), calibration.curve(outcome.shown(AskedQuestion.right_document))
    refused = {f"{each:g}": _refused_at(judged, each) for each in calibration.COVERAGES}
    return {
        "threshold": outcome.threshold,
        "risk_coverage_area": calibration.area(points),
        "risk_at_coverage": _risks(points),
        "risk_at_coverage_by_document": _risks(by_document),
        "unanswerable_refused_at_coverage_of_answerable": refused,
    }


def _refused_at(judged: Sequence[calibration.Judged], coverage: float) -> float | None:
    answerable = [each.support > 0 for each in judged if each.answerable]
    return calibration.refused_at(judged, coverage) if sum(answerable) >= coverage * len(answerable) else None


def _risks(points: Sequence[calibration.Point]) -> dict[str, Json]:
    return {f"{each:g}": calibration.risk_at(points, each) for each in calibration.COVERAGES}


def _short(compared: Sequence[AskedQuestion]) -> dict[str, Json]:
    """Return how many questions have a short reference, and for which share a short answer contains it."""
    short = [each for each in compared if min(len(answer.split()) for answer in each.reference.answers) <= SHORT_WORDS]
    met = [each for each in short if each.best(contains) and len(each.text.split()) <= FEW_WORDS]
    return {"short_references": len(short), "short_contained": ratio(len(met), len(short))}


def _lengths(asked: Sequence[AskedQuestion]) -> dict[str, Json]:
    words = [len(each.text.split()) for each in asked if each.answer.text]
    return {"words": _mean(words), "words_p50": percentile(words, 0.5) if words else None}


def _units(asked: Sequence[AskedQuestion]) -> dict[str, Json]:
    """Return the answers by the kind of their first unit: how many, and how they compare."""
    kinds = sorted({each.kind for each in asked})
    return {kind: _of_kind([each for each in asked if each.kind == kind]) for kind in kinds}


def _of_kind(asked: Sequence[AskedQuestion]) -> dict[str, Json]:
    compared = [each for each in asked if each.reference.answers]
    judged = [each for each in asked if each.reference.gold and not each.reference.withheld]
    return {
        "questions": len(asked),
        "token_f1": _mean(each.best(token_f1) for each in compared),
        "contains": _mean(each.best(contains) for each in compared),
        "gold_first": ratio(sum(bool(each.right_document()) for each in judged), len(judged)),
    }


def _quotes(asked: Sequence[AskedQuestion], sources: Mapping[str, str] | None) -> dict[str, Json]:
    """Return how many quotes there are, the share that is verbatim, and how often one is from a judged document."""
    quotes = [citation for each in asked for citation in each.answer.citations]
    judged = [each for each in asked if each.reference.gold and not each.reference.withheld]
    inside = sum(not each.reference.gold.isdisjoint(each.quoted) for each in judged)
    verbatim = sum(is_verbatim(c.quote, sources.get(c.passage.path, "")) for c in quotes) if sources is not None else 0
    return {
        "quotes": len(quotes),
        "quotes_verbatim": ratio(verbatim, len(quotes)) if sources is not None else None,
        "gold_first": ratio(sum(bool(each.right_document()) for each in judged), len(judged)),
        "gold_quoted": ratio(inside, len(judged)),
    }


def _refusals(asked: Sequence[AskedQuestion]) -> dict[str, Json]:
    known = [each for each in asked if each.reference.answerable is not None or each.reference.gold]
    refused = [each for each in known if each.answer.status == "refused"]
    unanswerable = [each for each in known if each.reference.answerable is False]
    right = sum(each.reference.answerable is False for each in refused)
    answerable_refused, answerable = len(refused) - right, len(known) - len(unanswerable)
    return {
        "refusal_precision": ratio(right, len(refused)) if unanswerable else None,
        "refusal_recall": ratio(right, len(unanswerable)),
        "answerable_answered": ratio(answerable - answerable_refused, answerable),
    }


def _seconds(asked: Sequence[AskedQuestion]) -> dict[str, Json]:
    """Return medians and 95th percentiles until the first words and until the whole answer, by kind of answer."""
    shown = [each for each in asked if each.first_seconds is not None]
    parts: dict[str, list[float | None]] = {
        "first_quote": [each.first_seconds for each in shown if not each.answer.phrased],
        "quoted": [each.seconds for each in shown if not each.answer.phrased],
        "first_phrased": [each.first_seconds for each in shown if each.answer.phrased],
        "phrased": [each.seconds for each in shown if each.answer.phrased],
        "all": [each.seconds for each in asked],
    }
    return {"seconds": {name: _percentiles([s for s in found if s is not None]) for name, found in parts.items()}}


def _percentiles(seconds: Sequence[float]) -> dict[str, float] | None:
    return {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)} if seconds else None


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
