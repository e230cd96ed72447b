"""Measure parsing: send documents through the parsing of an upload, and compare what comes out with their sources."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import VouchError
from core.ports import Parser
from core.settings import Settings
from core.types import Json, Parsed
from evaluation.parsing.content import Content
from evaluation.parsing.figures import Counts, compare
from evaluation.parsing.pairs import Pair, find_pairs
from evaluation.parsing.result import read_result
from evaluation.parsing.truth import read_truth
from evaluation.results import Evaluation
from ingest.formats.media import sniff
from ingest.sandbox.parent import Sandbox

WORST = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document."""

    path: str
    format: str
    folder: str
    counts: Counts
    pages: int
    seconds: float
    reason: str | None = None

    @property
    def mean(self) -> float:
        """Return the mean of the figures that the document has."""
        known = [float(score) for score in self.counts.scores().values() if score is not None]
        return sum(known) / max(len(known), 1)


def evaluate_parsing(settings: Settings, folder: Path) -> Evaluation:
    """Parse every document of the folder's pairs in the sandbox; return one row per document. Raises Invalid."""
    pairs = find_pairs(folder)
    with Sandbox(settings) as sandbox:
        return evaluate_pairs(folder, pairs, sandbox)


def evaluate_pairs(folder: Path, pairs: Sequence[Pair], parse: Parser) -> Evaluation:
    """Return one row per pair, and the figures over all, per format and per folder.

    The first document of a format is parsed once before the clock starts: its libraries are loaded then.
    """
    warm: set[str] = set()
    outcomes = []
    for pair in pairs:
        if pair.format not in warm:
            warm.add(pair.format)
            _parsed(pair, parse)
        outcomes.append(_outcome(folder, pair, parse))
    return Evaluation(tuple(_row(each) for each in outcomes), summarize(outcomes))


def summarize(outcomes: Sequence[Outcome]) -> dict[str, Json]:
    """Return the figures over all outcomes, per format and per folder, and the worst documents."""
    worst = sorted(outcomes, key=lambda each: each.mean)[:WORST]
    return {
        **_figures(outcomes),
        "by_format": _grouped(outcomes, lambda each: each.format),
        "by_folder": _grouped(outcomes, lambda each: each.folder),
        "rejected": {each.path: each.reason for each in outcomes if each.reason},
        "worst": [{"path": each.path, "mean": round(each.mean, 4)} for each in worst],
    }


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, Json]:
    groups: defaultdict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        groups[key(each)].append(each)
    return {name: _figures(groups[name]) for name in sorted(groups)}


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Json]:
    counts = sum((each.counts for each in outcomes), Counts())
    paged = sum(each.seconds for each in outcomes if each.pages)
    pages = sum(each.pages for each in outcomes)
    return {
        **counts.scores(),
        "pages_per_s": round(pages / paged, 2) if paged else None,
        "files": len(outcomes),
        "pages": pages,
        "seconds": round(sum(each.seconds for each in outcomes), 2),
        "cells": counts.cells.source,
        "rows": counts.rows.source,
        "items": counts.items.source,
        "headings": counts.headings.source,
    }


def _outcome(folder: Path, pair: Pair, parse: Parser) -> Outcome:
    path = pair.document.relative_to(folder)
    began = time.perf_counter()
    parsed, reason = _parsed(pair, parse)
    seconds = time.perf_counter() - began
    content = Content() if parsed is None else read_result(parsed)
    counts = compare(read_truth(pair.source.read_bytes()), content)
    return Outcome(str(path), pair.format, path.parent.as_posix(), counts, content.pages or 0, seconds, reason)


def _parsed(pair: Pair, parse: Parser) -> tuple[Parsed | None, str | None]:
    """Return the parsed document, or the reason why it was rejected."""
    data = pair.document.read_bytes()
    try:
        return parse(data, sniff(data, pair.document.name).media_type, pair.document.name), None
    except VouchError as error:
        return None, str(error)


def _row(outcome: Outcome) -> dict[str, Json]:
    counts = outcome.counts
    return {
        "path": outcome.path,
        "status": "rejected" if outcome.reason else "parsed",
        "reason": outcome.reason,
        **counts.scores(),
        "pages": outcome.pages,
        "seconds": round(outcome.seconds, 3),
        **{
            name: {"source": found.source, "result": found.result, "both": found.both}
            for name, found in (
                ("cells", counts.cells), ("rows", counts.rows), ("items", counts.items), ("headings", counts.headings),
            )
        },
    }  # fmt: skip
