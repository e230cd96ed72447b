"""Measure the check of phrased text: how many unfaithful sentences pass it, and how many faithful ones fail.

Knows no rule of the check; that is `generation.phrasing.check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from core.types import Citation, Json, Passage
from evaluation.results import Evaluation
from generation.phrasing.check import Checked, check

HINT = "Each line is {_id, source, sentence, faithful}, and may have change and lang."
MOST = 20_000
"""Characters of a source or a sentence; a longer one is a mistake in the file."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the text that it is about, and whether that text says it; `change` names what was altered."""

    id: str
    source: str
    sentence: str
    faithful: bool
    change: str | None = None
    lang: str | None = None


def evaluate_faithfulness(file: Path) -> Evaluation:
    """Check every sentence against its source; return one row for each. Raises Invalid for a bad line."""
    pairs = read_pairs(file, with_ids=True)
    checked = [checked_pair(pair) for pair in pairs]
    passes = [all(each.passes for each in parts) for parts in checked]
    rows = tuple(
        {"_id": pair.id, "faithful": pair.faithful, "passes": ok, "reason": _reason(parts)}
        for pair, ok, parts in zip(pairs, passes, checked, strict=True)
    )
    return Evaluation(rows, summarize(pairs, passes))


def checked_pair(pair: Pair) -> list[Checked]:
    """Return what the check says of each sentence, the source being the quote of a single citation."""
    passage = Passage(1, "source", 1, 0, "", "source", "", pair.source, "0" * 64)
    parts = check(pair.sentence, [Citation(1, passage, 0, len(pair.source), 0.0)])
    return parts or [Checked(pair.sentence, reason="says nothing")]


def read_pairs(file: Path, *, with_ids: bool = False) -> list[Pair]:
    """Read the pairs of a file of JSON lines; without `with_ids`, `_id` may be missing.

    Raises Invalid, naming the line: one that is no object, lacks a field or has one of another type, an `_id` twice.
    """
    pairs: list[Pair] = []
    seen: set[str] = set()
    for number, row in _rows(file):
        try:
            pair = _pair(row, with_ids)
        except ValueError as error:
            raise Invalid(f"{file}, line {number}: {error}.", hint=HINT) from None
        if pair.id in seen:
            raise Invalid(f"{file}, line {number}: the _id {pair.id!r} is there twice.", hint=HINT)
        if pair.id:
            seen.add(pair.id)
        pairs.append(pair)
    if not pairs:
        raise Invalid(f"{file} holds no pairs.", hint=HINT)
    return pairs


def summarize(pairs: Sequence[Pair], passes: Sequence[bool]) -> dict[str, Json]:
    """Return counts and shares over all, and by `lang` and `change` where the pairs have them.

    A share is None where there is nothing to count.
    """
    judged = list(zip(pairs, passes, strict=True))
    found: dict[str, Json] = {"pairs": len(judged), **_figures(judged)}
    for field in ("lang", "change"):
        groups: dict[str, list[tuple[Pair, bool]]] = {}
        for each in judged:
            if (name := getattr(each[0], field)) is not None:
                groups.setdefault(name, []).append(each)
        if groups:
            found[f"by_{field}"] = {name: _figures(groups[name]) for name in sorted(groups)}
    return found


def _figures(judged: Sequence[tuple[Pair, bool]]) -> dict[str, Json]:
    wrong = [passed for pair, passed in judged if not pair.faithful]
    right = [passed for pair, passed in judged if pair.faithful]
    return {
        "unfaithful": len(wrong),
        "unfaithful_passed": sum(wrong),
        "unfaithful_passed_share": round(sum(wrong) / len(wrong), 4) if wrong else None,
        "faithful": len(right),
        "faithful_failed": len(right) - sum(right),
        "faithful_passed_share": round(sum(right) / len(right), 4) if right else None,
    }


def _reason(parts: Sequence[Checked]) -> str | None:
    return next((each.reason for each in parts if not each.passes), None)


def _rows(file: Path) -> Iterator[tuple[int, Json]]:
    """Yield the number and the value of every line that is not blank. Raises Invalid."""
    try:
        lines = file.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read as UTF-8: {error}.", hint=HINT) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Invalid(f"{file}, line {number}: no JSON: {error}.", hint=HINT) from error


def _pair(row: Json, with_ids: bool) -> Pair:
    """Return the pair of a line. Raises ValueError, which says what is wrong with it."""
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")
    for field in (*(("_id",) if with_ids else ()), "source", "sentence"):
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise ValueError(f"{field} must be a text that is not empty")
        if len(row[field]) > MOST:
            raise ValueError(f"{field} has more than {MOST} characters")
    if not isinstance(row.get("faithful"), bool):
        raise ValueError("faithful must be true or false")
    for field in ("change", "lang"):
        if row.get(field) is not None and not isinstance(row[field], str):
            raise ValueError(f"{field} must be a text")
    optional = (row.get("change"), row.get("lang"))
    return Pair(row["_id"] if with_ids else "", row["source"], row["sentence"], row["faithful"], *optional)
