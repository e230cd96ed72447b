"""Measure near repetitions: python -m bench.answer_cache.judge RUN.jsonl … [--error 0.02]

Each RUN is what `bench.answer_cache.ask` wrote. Every answer that quotes a judged document of its question counts as
approved. Each question is then asked as if all others had been asked before, and gets the answer of the most similar
approved question in other words: by cosine alone, and among those with the same figures and names. What a reader adds
is measured by `bench.answer_cache.paraphrases`. Families whose name has an even hash choose the lowest cosine at which
at most the stated share of questions gets another question's answer, by conformal risk control
(`generation.refusal.calibration`). The figures are those of the other families: how many answers are given
again, how many of them are wrong, and the upper end of the 95 % interval of that share (Clopper and Pearson). "Wrong":
the answer quotes no document that is judged for this question. "Worse": a new answer would have quoted one.
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
from generation.question.same_question import like, likeness
from generation.refusal.calibration import lowest_threshold
from retrieval.models.embedder import open_embedder


@dataclass(frozen=True, slots=True)
class Match:
    """A question with the most similar approved one; `wrong` and `worse` describe that one's answer."""

    chooses: bool
    cosine: float
    wrong: bool
    worse: bool
    asked: str
    known: str


def main() -> None:
    """Read the runs, choose and report; print each wrong repetition, to be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--error", type=float, default=0.02, help="share of questions that may get a wrong repetition")
    parser.add_argument("--cosine", type=float, help="report on all families at this cosine")
    args = parser.parse_args()
    embedder = open_embedder(load_settings())
    for guarded in (False, True):
        for path in args.runs:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            vectors = np.stack([embedder.embed_query(line["text"]) for line in lines])
            found = matches(lines, vectors, guarded)
            print(json.dumps({"run": path.stem, "guarded": guarded} | report(lines, found, args)), flush=True)


def report(lines: Sequence[Mapping[str, Json]], found: Sequence[Match], args: argparse.Namespace) -> dict[str, Json]:
    """Choose the cosine on half of the families and report on the other half; with `--cosine`, report on all."""
    choosing = sum(_chooses(line) for line in lines) if args.cosine is None else 0
    risky = [match.cosine for match in found if match.chooses and match.wrong]
    least = args.cosine or lowest_threshold(risky, choosing, args.error)
    counts = [match for match in found if args.cosine or not match.chooses]
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
    """Return each question with the most similar approved one, if any; `guarded` compares figures and names, too."""
    words = [likeness(line["text"]).words for line in lines]
    cosines = vectors @ vectors.T
    right = [line["status"] == "answered" and _hits(line, line) for line in lines]
    found: list[Match] = []
    for here, line in enumerate(lines):
        for there in np.argsort(-cosines[here]):
            known = lines[there]
            if not right[there] or words[there] == words[here] or line["body"] != known["body"]:
                continue
            if guarded and not like(line["text"], known["text"]):
                continue
            wrong = not _hits(known, line)
            cosine = float(cosines[here, there])
            worse = wrong and bool(right[here])
            found.append(Match(_chooses(line), cosine, wrong, worse, line["text"], known["text"]))
            break
    return found


def upper(wrong: int, of: int, level: float = 0.95) -> float | None:
    """Return the upper end of the two-sided exact interval of a share, None for a share of nothing."""
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
