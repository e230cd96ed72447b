"""Measure redaction: how much labelled personal data a redactor leaves uncovered, and what else it removes.

Knows no rule of redaction; those are in `ingest.redaction`.
"""

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
from evaluation.results import Evaluation

IGNORED = frozenset({"ORGANIZATION", "DATE_TIME", "GPE", "NRP", "TITLE", "AGE", "DOMAIN_NAME", "ZIP_CODE", "LOCATION"})
"""Labels that the default policy leaves on purpose: they do not count in `uncovered_in_policy`."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the spans of personal data that people marked in it."""

    id: str
    language: str | None
    text: str
    spans: tuple[PiiSpan, ...]


def evaluate_pii(settings: Settings, file: Path) -> Evaluation:
    """Evaluate the redactor of the settings; return the predicted spans of each text. Raises as `evaluate_redactor`."""
    from ingest.redaction.redactor import open_redactor

    return evaluate_redactor(file, open_redactor(settings))


def evaluate_redactor(path: Path, redactor: Redactor) -> Evaluation:
    """Redact every line of a file by itself and compare; return one row per text.

    Raises Invalid for a file in another form.
    """
    labelled = read_labelled(path)
    predicted = [redactor.redact([one.text], one.language)[0].spans for one in labelled]
    rows = tuple(
        {"_id": one.id, "spans": [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in spans]}
        for one, spans in zip(labelled, predicted, strict=True)
    )
    return Evaluation(rows, {"redactor": redactor.name, **summarize(labelled, predicted)})


def read_labelled(path: Path) -> list[Labelled]:
    """Read lines of `{_id, lang, text, spans: [{start, end, label}]}`. Raises Invalid."""
    try:
        return [_labelled(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise Invalid(
            f"{path} is not a file of labelled texts: {error!r}.",
            hint="Each line needs _id, text, and spans of start, end and label.",
        ) from error


def summarize(labelled: Sequence[Labelled], predicted: Sequence[Iterable[PiiSpan]]) -> dict[str, Json]:
    """Return the share of labelled characters left uncovered, recall per label and precision, all 0..1.

    The recall of a label is the share of its characters that predictions of any type cover. A prediction counts as
    right when it overlaps any labelled span.
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
