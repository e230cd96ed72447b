"""Fit `generation.refusal.support` on training questions: python -m bench.fit_support FEEDBACKQA TVMANUAL --rows FILE

Each folder is a judged corpus in BEIR's layout; `evaluation.golden.training_sets` chooses the questions. Each is asked
with the whole corpus (a quote from a judged document has label 1; another quote is left out, since it may be right
too), with its judged documents withheld (label 0), and some also in another folder's corpus (label 0). Prints
coefficients, threshold, and what they cost, as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from core.ports import Reranker, Retriever
from core.settings import load_settings
from core.types import OPERATOR, Filters
from evaluation.corpus.ingest import document_ids
from evaluation.corpus.load import load_corpus
from evaluation.corpus.search import open_corpus
from evaluation.golden.training_sets import SEED, training_questions
from generation.evidence import quotes
from generation.refusal import support
from learning.dataset.base_lessons import JudgedQuestion

Floats = NDArray[np.float64]
WITH_RERANKER = ("logit", "coverage", "lists_agree", "dense_lead", "rerank_lead")
WITHOUT_RERANKER = ("coverage", "lists_agree", "dense", "dense_lead")
FALSE_REFUSALS = 0.10
"""The error target: at the threshold, one in ten of the answerable questions with a right quote is refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """The features of one question asked one way."""

    corpus: str
    kind: str
    label: int
    features: Mapping[str, float | None]


def main() -> None:
    """Make or load the rows, fit, print coefficients, threshold and what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=200, help="training questions per folder")
    parser.add_argument("--rows", type=Path, required=True, help="rows are stored here; if it exists, only fit")
    args = parser.parse_args()
    if not args.rows.exists():
        with args.rows.open("w") as stream:
            for row in _rows(args.folders, args.questions):
                stream.write(json.dumps(asdict(row)) + "\n")
                stream.flush()
    rows = [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    for names in (WITH_RERANKER, WITHOUT_RERANKER):
        sys.stdout.write(json.dumps(report(rows, names), indent=1) + "\n")


def report(rows: Sequence[Row], names: Sequence[str]) -> dict[str, object]:
    """Fit on all rows; measure on five-fold predictions, each for rows that its fit did not see."""
    inputs = np.array([[row.features[name] or 0.0 for name in names] for row in rows])
    labels = np.array([row.label for row in rows], dtype=np.float64)
    folds = Random(SEED).choices(range(5), k=len(rows))
    seen = np.zeros(len(rows))
    for fold in range(5):
        held = np.array([mine == fold for mine in folds])
        seen[held] = predict(fit(inputs[~held], labels[~held]), inputs[held])
    threshold = float(np.quantile(seen[labels == 1], FALSE_REFUSALS))
    groups = sorted({(row.corpus, row.kind) for row in rows})
    refused = {
        f"{corpus} {kind}": round(float(np.mean([p < threshold for p, row in zip(seen, rows, strict=True)
                                                 if (row.corpus, row.kind) == (corpus, kind)])), 3)
        for corpus, kind in groups
    }  # fmt: skip
    coefficients = dict(zip(("bias", *names), np.round(fit(inputs, labels), 3).tolist(), strict=True))
    return {
        "rows": len(rows), "coefficients": coefficients, "threshold": round(threshold, 3), "auc": _auc(seen, labels),
        "refused": refused, "calibration": _calibration(seen, labels),
    }  # fmt: skip


def fit(inputs: Floats, labels: Floats, ridge: float = 1.0) -> Floats:
    """Return (bias, weights) of a logistic regression by Newton's method, with equal weight for both labels."""
    spread = inputs.std(axis=0) + 1e-9
    matrix = np.column_stack([np.ones(len(inputs)), inputs / spread])
    penalty = ridge * np.diag([0.0, *np.ones(inputs.shape[1])])
    weight = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    found = np.zeros(matrix.shape[1])
    for _ in range(50):
        guess = 1 / (1 + np.exp(-matrix @ found))
        slope = matrix.T @ (weight * (labels - guess)) - penalty @ found
        curve = (matrix.T * (weight * guess * (1 - guess))) @ matrix + penalty
        found = found + np.linalg.solve(curve, slope)
    return np.concatenate([found[:1], found[1:] / spread])


def predict(coefficients: Floats, inputs: Floats) -> Floats:
    """Return the probability of each row of inputs."""
    return np.asarray(1 / (1 + np.exp(-(coefficients[0] + inputs @ coefficients[1:]))))


def _rows(folders: Sequence[Path], most: int) -> Iterator[Row]:
    sets = {folder.name: training_questions(folder, load_corpus(folder), most) for folder in folders}
    for folder in folders:
        foreign = [question for name, asked in sets.items() if name != folder.name for question in asked[: most // 4]]
        with _open(folder) as (searcher, reranker, ids):
            for count, question in enumerate(sets[folder.name], 1):
                _report(f"{folder.name}: question {count} of {len(sets[folder.name])}")
                whole = _ask(searcher, reranker, question, Filters())
                if whole is not None and whole[1] & question.gold:
                    yield Row(folder.name, "answerable", 1, whole[0])
                rest = frozenset(number for path, number in ids.items() if path not in question.gold)
                withheld = _ask(searcher, reranker, question, Filters(document_ids=rest))
                if withheld is not None:
                    yield Row(folder.name, "withheld", 0, withheld[0])
            for question in foreign:
                if (asked := _ask(searcher, reranker, question, Filters())) is not None:
                    yield Row(folder.name, "foreign", 0, asked[0])


def _ask(
    searcher: Retriever, reranker: Reranker | None, question: JudgedQuestion, filters: Filters
) -> tuple[Mapping[str, float | None], set[str]] | None:
    """Return the features of what would be answered, and the documents that would be quoted."""
    passages = searcher.search(OPERATOR, question.question, k=8, filters=filters).passages
    spans = quotes.score_spans(question.question, passages, reranker)
    if not spans:
        return None
    quoted = {citation.passage.path for citation in quotes.choose(spans)}
    return asdict(support.features(question.question, passages, spans)), quoted


@contextmanager
def _open(folder: Path) -> Iterator[tuple[Retriever, Reranker | None, Mapping[str, str]]]:
    """Yield a corpus's search, its cross-encoder, and the ids of its documents by path."""
    documents = load_corpus(folder).documents
    with open_corpus(load_settings(rerank_budget_ms=5000), documents, _report, redact=False) as corpus:
        yield corpus.searcher, corpus.reranker, document_ids(corpus.db)


def _report(line: str) -> None:
    sys.stderr.write(line + "\n")


def _auc(scores: Floats, labels: Floats) -> float:
    """Return how often a right answer scores above a wrong one."""
    right, wrong = scores[labels == 1], scores[labels == 0]
    return round(float(np.mean(right[:, None] > wrong[None, :])), 3)


def _calibration(scores: Floats, labels: Floats) -> dict[str, str]:
    """Return, for each fifth of the scale, how many rows are in it and the share that is right."""
    places = np.minimum((scores * 5).astype(int), 4)
    there = [fifth for fifth in range(5) if (places == fifth).any()]
    shares = [f"{labels[places == fifth].mean():.2f} of {int((places == fifth).sum())}" for fifth in there]
    return {f"{fifth / 5:.1f}-{fifth / 5 + 0.2:.1f}": share for fifth, share in zip(there, shares, strict=True)}


if __name__ == "__main__":
    main()
