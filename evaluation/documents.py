"""`vouch eval documents`: every file of a folder through the parsing of an upload, and what became of each."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid, VouchError
from core.ports import Parser
from core.settings import Settings
from core.types import Json, Parsed
from ingest.formats.media import sniff


@dataclass(frozen=True, slots=True)
class DocumentsEvaluation:
    """One row a file, in the order of their paths, and the figures over all of them."""

    rows: tuple[dict[str, Json], ...]
    summary: dict[str, Json]


def run_documents(settings: Settings, folder: Path, run: Path | None) -> dict[str, Json]:
    """Parse every file under `folder` in the sandbox; write the rows to `run` as JSON lines; return the summary."""
    from ingest.sandbox.parent import Sandbox

    with Sandbox(settings) as sandbox:
        evaluation = evaluate_documents(folder, sandbox, lambda: sandbox.peak_mb)
    if run is not None:
        run.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in evaluation.rows))
    return evaluation.summary


def evaluate_documents(folder: Path, parse: Parser, peak_mb: Callable[[], float] = lambda: 0.0) -> DocumentsEvaluation:
    """Parse every file under `folder`; `peak_mb` tells the latest parse's memory. Raises Invalid for no folder."""
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.", hint="Name a folder that holds documents.")
    rows = tuple(_row(folder, path, parse, peak_mb) for path in sorted(folder.rglob("*")) if path.is_file())
    return DocumentsEvaluation(rows, summarize(rows))


def summarize(rows: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """Return how many files were parsed and rejected, why, and the slowest and largest."""
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
