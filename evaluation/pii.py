"""`vouch eval pii`: how much labelled personal data a redactor leaves standing, and how much else it takes away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from core.ports import Redactor
from core.settings import Settings
from core.types import Json, PiiSpan

IGNORED = frozenset({"ORGANIZATION", "DATE_TIME", "GPE", "NRP", "TITLE", "AGE", "DOMAIN_NAME", "ZIP_CODE", "LOCATION"})
"""Labels that the default policy keeps on purpose: reported, but apart."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the spans that people marked in it."""

    id: str
    language: str | None
    text: str
    spans: tuple[PiiSpan, ...]


@dataclass(frozen=True, slots=True)
class PiiEvaluation:
    """One row a text, and the figures over all of them."""

    rows: tuple[dict[str, Json], ...]
    summary: dict[str, Json]


def run_pii(settings: Settings, file: Path, run: Path | None) -> dict[str, Json]:
    """Evaluate the redactor of the settings; write predicted spans to `run` as JSON lines; return the summary."""
    from ingest.redaction.redactor import open_redactor

    evaluation = evaluate_pii(file, open_redactor(settings))
    if run is not None:
        run.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in evaluation.rows))
    return evaluation.summary


def evaluate_pii(path: Path, redactor: Redactor) -> PiiEvaluation:
    """Redact every line of a file by itself and compare. Raises Invalid for a file that is not as documented."""
    labelled = read_labelled(path)
    predicted = [redactor.redact([one.text], one.language)[0].spans for one in labelled]
    rows = tuple(
        {"_id": one.id, "spans": [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in spans]}
        for one, spans in zip(labelled, predicted, strict=True)
    )
    return PiiEvaluation(rows, {"redactor": redactor.name, **summarize(labelled, predicted)})


def read_labelled(path: Path) -> list[Labelled]:
    """Read lines `{_id, lang, text, spans: [{start, end, label}]}`. Raises Invalid."""
    try:
        return [_labelled(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise Invalid(f"{path} is not a file of labelled texts: {error!r}.", hint="See docs/evaluate.md.") from error


def summarize(labelled: Sequence[Labelled], predicted: Sequence[Iterable[PiiSpan]]) -> dict[str, Json]:
    """Return the share of labelled characters left uncovered, recall per label and precision, all 0..1.

    A labelled span is recalled in the measure that predictions of any type cover its characters. A prediction is
    precise when it overlaps any labelled span.
    """
    marked: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    right = total = 0
    for one, spans in zip(labelled, predicted, strict=True):
        found = list(spans)
        hidden = {at for span in found for at in range(span.start, span.end)}
        for span in one.spans:
            marked[span.label] += span.end - span.start
            covered[span.label] += sum(1 for at in range(span.start, span.end) if at in hidden)
        total += len(found)
        right += sum(any(p.start < s.end and s.start < p.end for s in one.spans) for p in found)
    return {
        "texts": len(labelled),
        "spans": sum(len(one.spans) for one in labelled),
        "uncovered": _share(sum(marked.values()) - sum(covered.values()), sum(marked.values())),
        "uncovered_in_policy": _uncovered(marked, covered),
        "recall": {label: _share(covered[label], marked[label]) for label in sorted(marked)},
        "precision": _share(right, total) if total else None,
        "predicted": total,
    }


def _uncovered(marked: Counter[str], covered: Counter[str]) -> float:
    within = [label for label in marked if label not in IGNORED]
    return _share(sum(marked[label] - covered[label] for label in within), sum(marked[label] for label in within))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _labelled(row: Json) -> Labelled:
    spans = tuple(PiiSpan(int(s["start"]), int(s["end"]), str(s["label"])) for s in row["spans"])
    return Labelled(str(row["_id"]), row.get("lang"), str(row["text"]), spans)
