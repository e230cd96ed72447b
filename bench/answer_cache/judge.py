"""Measures near repetitions: python -m bench.answer_cache.judge RUN.jsonl … [--error 0.02]

Each RUN is what `bench.answer_cache.ask` wrote. Every answer that quotes a judged document of its question counts as
approved. Each question is then asked as if all others had been asked before, and the likest approved one in other words
is looked for: by its cosine alone, and guarded, as Vouch does. Families whose name hashes even choose the lowest cosine
at which no more than the stated share of questions gets another question's answer, by conformal risk control
(`generation.refusal.calibration`). The others are reported on: how many are given again, how many of those wrongly, and
the upper end of the 95 % interval of that share (Clopper and Pearson). "Wrong" goes by the labels: the answer quotes no
document that is judged for this question. "Worse": a fresh answer would have, so the repetition did harm.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import comb
from pathlib import Path

import numpy as np

from core.ports import Vectors
from core.settings import load_settings
from core.types import Json
from generation.question.same_question import likeness, quotes_the_difference
from generation.refusal.calibration import lowest_threshold
from retrieval.models.embedder import open_embedder


@dataclass(frozen=True, slots=True)
class Match:
    """A question with the likest approved one; `wrong` and `worse` are of the answer that would be given again."""

    chooses: bool
    cosine: float
    wrong: bool
    worse: bool
    asked: str
    known: str


def main() -> None:
    """Read the runs, choose and report; print each wrong repetition, for reading."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("runs", nargs="+", type=Path)
    options.add_argument("--error", type=float, default=0.02, help="share of questions that may get another's answer")
    options.add_argument("--cosine", type=float, help="report on all families at this cosine")
    given = options.parse_args()
    embedder = open_embedder(load_settings())
    for guarded in (False, True):
        for path in given.runs:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            vectors = np.stack([embedder.embed_query(line["text"]) for line in lines])
            found = matches(lines, vectors, guarded)
            print(json.dumps({"run": path.stem, "guarded": guarded} | report(lines, found, given)), flush=True)


def report(lines: Sequence[Mapping[str, Json]], found: Sequence[Match], given: argparse.Namespace) -> dict[str, Json]:
    """Choose the cosine on one half of the families and say what it does on the other; one that is given, on all."""
    choosing = sum(_chooses(line) for line in lines) if given.cosine is None else 0
    risky = [match.cosine for match in found if match.chooses and match.wrong]
    least = given.cosine or lowest_threshold(risky, choosing, given.error)
    counts = [match for match in found if given.cosine or not match.chooses]
    served = [match for match in counts if match.cosine >= least]
    wrong = [match for match in served if match.wrong]
    for match in sorted(wrong, key=lambda match: -match.cosine):
        print(f"  {match.cosine:.3f} {match.asked} | {match.known}")
    asked = len(lines) - choosing
    return {
        "cosine": least,
        "questions": asked,
        "given_again": round(len(served) / asked, 3),
        "wrong": len(wrong),
        "of": len(served),
        "wrong_at_most": upper(len(wrong), len(served)),
        "worse": sum(match.worse for match in served),
    }


def matches(lines: Sequence[Mapping[str, Json]], vectors: Vectors, guarded: bool) -> list[Match]:
    """Return for each question the likest approved one, where there is one; `guarded` compares more than vectors."""
    alike = [likeness(line["text"]) for line in lines]
    cosines = vectors @ vectors.T
    right = [line["status"] == "answered" and _hits(line, line) for line in lines]
    found: list[Match] = []
    for here, line in enumerate(lines):
        for there in np.argsort(-cosines[here]):
            known = lines[there]
            if not right[there] or alike[there].words == alike[here].words or line["body"] != known["body"]:
                continue
            if guarded and (
                alike[there].shape != alike[here].shape
                or quotes_the_difference(line["text"], known["text"], known["quotes"])
            ):
                continue
            wrong = not _hits(known, line)
            cosine = float(cosines[here, there])
            worse = wrong and bool(right[here])
            found.append(Match(_chooses(line), cosine, wrong, worse, line["text"], known["text"]))
            break
    return found


def upper(wrong: int, of: int, level: float = 0.95) -> float | None:
    """Return the upper end of the two-sided exact interval of a share; None of nothing."""
    if not of:
        return None
    low, high = wrong / of, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        at_most = sum(comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(wrong + 1))
        low, high = (middle, high) if at_most > (1 - level) / 2 else (low, middle)
    return round(high, 4)


def _hits(answer: Mapping[str, Json], question: Mapping[str, Json]) -> bool:
    return bool(set(answer["documents"]) & set(question["gold"]))


def _chooses(line: Mapping[str, Json]) -> bool:
    return sha256(str(line["family"]).encode()).digest()[0] % 2 == 0


if __name__ == "__main__":
    main()
