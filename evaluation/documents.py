"""Measure parsing: send every file of a folder through the parsing of an upload, and return what became of each.

Knows no database and no reader; those are in `ingest.readers`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core.errors import Invalid, VouchError
from core.ports import Parser
from core.settings import Settings
from core.types import Json, Parsed
from evaluation.results import Evaluation
from ingest.formats.media import sniff
from ingest.sandbox.parent import Sandbox


def evaluate_documents(settings: Settings, folder: Path) -> Evaluation:
    """Parse every file under `folder` in the sandbox; return one row per file. Raises Invalid for no folder."""
    with Sandbox(settings) as sandbox:
        return evaluate_parser(folder, sandbox, lambda: sandbox.peak_mb)


def evaluate_parser(folder: Path, parse: Parser, peak_mb: Callable[[], float] = lambda: 0.0) -> Evaluation:
    """Parse every file under `folder`; return one row per file, in the order of their paths.

    `peak_mb` returns the memory that the latest parse took. Raises Invalid for no folder.
    """
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.", hint="Name a folder with documents.")
    rows = tuple(_row(folder, path, parse, peak_mb) for path in sorted(folder.rglob("*")) if path.is_file())
    return Evaluation(rows, summarize(rows))


def summarize(rows: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """Return how many files were parsed and rejected, the reasons, and the slowest and the largest file."""
    reasons = Counter(str(row["reason"]) for row in rows if row["status"] == "rejected")
    return {
        "files": len(rows),
        "parsed": sum(row["status"] == "parsed" for row in rows),
        "rejected": sum(reasons.values()),
        "elements": sum(int(row["elements"]) for row in rows),
        "seconds": round(sum(float(row["seconds"]) for row in rows), 2),
        "slowest": _extreme(rows, "seconds"),
        "largest": _extreme(rows, "peak_mb"),
        "reasons": dict(reasons.most_common()),
    }


def _extreme(rows: Iterable[dict[str, Json]], field: str) -> dict[str, Json] | None:
    top = max(rows, key=lambda row: float(row[field]), default=None)
    return None if top is None else {"path": top["path"], field: top[field]}


def _row(folder: Path, path: Path, parse: Parser, peak_mb: Callable[[], float]) -> dict[str, Json]:
    started = time.perf_counter()
    reason, elements, peak = None, 0, 0.0
    try:
        parsed = _parsed(path, parse)
        elements = len(parsed.elements)
        peak = peak_mb()
        if not any(element.text.strip() for element in parsed.elements):
            advice = parsed.warnings or ("It may hold only pictures: upload a file with text, or a sharper scan.",)
            reason = " ".join(("No text was found in the file.", *advice))
    except VouchError as error:
        reason = str(error)
    return {
        "path": str(path.relative_to(folder)),
        "status": "rejected" if reason else "parsed",
        "reason": reason,
        "elements": elements,
        "seconds": round(time.perf_counter() - started, 3),
        "peak_mb": peak,
    }


def _parsed(path: Path, parse: Parser) -> Parsed:
    data = path.read_bytes()
    return parse(data, sniff(data, path.name).media_type, path.name)
