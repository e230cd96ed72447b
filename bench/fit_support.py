"""Fit `generation.refusal.support` on training questions: python -m bench.fit_support FOLDER… --rows FILE

A folder is a judged corpus in BEIR's layout, of which `evaluation.golden.training_sets` chooses the questions, or
`bench/reader/material`, of which only the documents are asked that no reader learned from, all in one corpus. Each
question is asked with the whole corpus (label 1 if the passage read as the best one answers it; another passage is left
out, since it may answer too), and with its documents withheld (label 0). Some are also asked in another judged corpus,
and those of the material that it does not answer are asked as they are (label 0). Questions about a name that the
documents lack are left out: `generation.refusal.absent` refuses them whatever their support. Prints the weights, the
threshold, and what they cost, as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from bench.reader import written
from core.ports import Reader, Retriever
from core.settings import load_settings
from core.types import OPERATOR, Filters, Json, Passage
from evaluation.corpus.ingest import document_ids
from evaluation.corpus.load import CorpusDocument, load_corpus
from evaluation.corpus.search import open_corpus
from evaluation.golden.training_sets import SEED, training_questions
from generation.evidence.reading import SharedWords, read_passages
from generation.question.asked import questions
from generation.refusal import support
from generation.refusal.absent import absent
from generation.refusal.support import Features
from learning.dataset.base_lessons import JudgedQuestion

Floats = NDArray[np.float64]
NAMES = tuple(field.name for field in fields(Features))
FALSE_REFUSALS = 0.10
"""The error target: at the threshold, one in ten of the answerable questions with a right passage is refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """The features of one question asked one way; `label` is None for a row that is counted and not learned from."""

    corpus: str
    kind: str
    label: int | None
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was read for a question: the features, the best passage, and whether a name that is asked for is absent."""

    features: Mapping[str, float]
    best: Passage
    absent: bool

    def row(self, corpus: str, kind: str, label: int | None) -> Row:
        if self.absent:
            return Row(corpus, f"{kind}, name absent", None, self.features)
        return Row(corpus, kind if label is not None else f"{kind}, another passage", label, self.features)


@dataclass(frozen=True, slots=True)
class _Open:
    """A corpus that can be asked; `ids` are the ids of its documents by path."""

    searcher: Retriever
    reader: Reader
    ids: Mapping[str, str]
    k: int

    def ask(self, question: str, without: frozenset[str] = frozenset()) -> _Asked | None:
        """Return what is read for a question, without these documents; None for nothing, or for several questions."""
        asked, *more = questions(question)
        rest = frozenset(number for path, number in self.ids.items() if path not in without)
        if more or not rest:
            return None
        filters = Filters(document_ids=rest) if without else None
        found = self.searcher.search(OPERATOR, asked.search, k=self.k, filters=filters).passages
        evidence = read_passages(asked.text, found, self.reader)
        if not evidence.passages:
            return None
        features = asdict(support.features(asked.text, evidence))
        return _Asked(features, evidence.passages[0].passage, absent(asked.text, evidence, found) is not None)


def main() -> None:
    """Make or load the rows, fit, print weights, threshold and what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=200, help="training questions per judged corpus")
    parser.add_argument("--rows", type=Path, required=True, help="rows are stored here; if it exists, only fit")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES, help="features to fit; others get 0")
    args = parser.parse_args()
    if not args.rows.exists():
        with args.rows.open("w") as stream:
            for row in _rows(args.folders, args.questions):
                stream.write(json.dumps(asdict(row)) + "\n")
                stream.flush()
    rows = [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    sys.stdout.write(json.dumps(report(rows, args.names), indent=1) + "\n")


def report(rows: Sequence[Row], names: Sequence[str] = NAMES) -> dict[str, object]:
    """Fit on all rows with a label; measure on five-fold predictions, each for rows that its fit did not see."""
    learned = [row for row in rows if row.label is not None]
    inputs = np.array([[row.features[name] for name in names] for row in learned])
    labels = np.array([row.label for row in learned], dtype=np.float64)
    folds = Random(SEED).choices(range(5), k=len(learned))
    seen = np.zeros(len(learned))
    for fold in range(5):
        held = np.array([mine == fold for mine in folds])
        seen[held] = predict(fit(inputs[~held], labels[~held]), inputs[held])
    threshold = float(np.quantile(seen[labels == 1], FALSE_REFUSALS))
    found = dict(zip(("bias", *names), np.round(fit(inputs, labels), 3).tolist(), strict=True))
    return {
        "rows": dict(Counter(f"{row.corpus} {row.kind}" for row in rows)),
        "WEIGHTS": {name: found.get(name, 0.0) for name in ("bias", *NAMES)},
        "threshold": round(threshold, 3),
        "auc": _auc(seen, labels),
        "refused": _refused(learned, seen, threshold),
        "refused_where_0.9_are_answered": _refused_by_corpus(learned, seen, labels),
        "calibration": _calibration(seen, labels),
    }


def fit(inputs: Floats, labels: Floats, ridge: float = 1.0) -> Floats:
    """Return (bias, weights) of a logistic regression by Newton's method, with equal weight for both labels."""
    spread = np.where((deviation := inputs.std(axis=0)) > 1e-9, deviation, 1.0)  # a constant says nothing
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
    judged = [folder for folder in folders if (folder / "corpus.jsonl").is_file()]
    sets = {folder.name: training_questions(folder, load_corpus(folder), most) for folder in judged}
    for folder in folders:
        if folder not in judged:
            yield from _material_rows(folder)
            continue
        foreign = [question for name, asked in sets.items() if name != folder.name for question in asked[: most // 4]]
        with _open(load_corpus(folder).documents) as opened:
            for count, question in enumerate(sets[folder.name], 1):
                _report(f"{folder.name}: question {count} of {len(sets[folder.name])}")
                yield from _judged_rows(opened, folder.name, question)
            for question in foreign:
                if (asked := opened.ask(question.question)) is not None:
                    yield asked.row(folder.name, "foreign", 0)


def _judged_rows(opened: _Open, name: str, question: JudgedQuestion) -> Iterator[Row]:
    if (asked := opened.ask(question.question)) is not None:
        yield asked.row(name, "answerable", 1 if asked.best.path in question.gold else None)
    if (asked := opened.ask(question.question, question.gold)) is not None:
        yield asked.row(name, "withheld", 0)


def _material_rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of the written documents that are held out, in one corpus: each has the others beside it."""
    held = [each for each in written.documents(folder) if written.is_held_out(each.name)]
    files = [CorpusDocument(f"{each.name}.md", "", "", folder / f"{each.name}.md") for each in held]
    with _open(files) as opened:
        for document in held:
            _report(f"{folder.name}: {document.name}")
            for question in written.questions(document.name, folder):
                yield from _written_rows(opened, document, question)


def _written_rows(opened: _Open, document: written.WrittenDocument, question: Mapping[str, Json]) -> Iterator[Row]:
    text, path = str(question["q"]), f"{document.name}.md"
    asked = opened.ask(text)
    if question["kind"] == "none":
        if asked is not None:
            yield asked.row("material", "unanswerable", 0)
        return
    if asked is not None:
        right = (asked.best.path, asked.best.text) in _answering(document, question)
        yield asked.row("material", "answerable", 1 if right else None)
    if (asked := opened.ask(text, frozenset({path}))) is not None:
        yield asked.row("material", "withheld", 0)


def _answering(document: written.WrittenDocument, question: Mapping[str, Json]) -> set[tuple[str, str]]:
    """Return the passages, as path and text, with a part that answers the question."""
    labels = written.labels(document, question)
    return {
        (f"{document.name}.md", each.text) for each, found in zip(document.windows, labels, strict=True) if 1 in found
    }


@contextmanager
def _open(documents: Sequence[CorpusDocument]) -> Iterator[_Open]:
    """Yield a corpus's search and reader, and the ids of its documents by path."""
    with open_corpus(load_settings(rerank_budget_ms=5000), documents, _report, redact=False) as corpus:
        reader = corpus.reader or SharedWords()
        yield _Open(corpus.searcher, reader, document_ids(corpus.db), corpus.home.search_k)


def _report(line: str) -> None:
    sys.stderr.write(line + "\n")


def _refused(rows: Sequence[Row], seen: Floats, threshold: float) -> dict[str, float]:
    """Return the share that is refused at the threshold, by corpus and kind."""
    found: dict[str, list[bool]] = {}
    for row, each in zip(rows, seen.tolist(), strict=True):
        found.setdefault(f"{row.corpus} {row.kind}", []).append(each < threshold)
    return {name: round(sum(refused) / len(refused), 3) for name, refused in sorted(found.items())}


def _refused_by_corpus(rows: Sequence[Row], seen: Floats, labels: Floats) -> dict[str, float]:
    """Return for each corpus the share without an answer that is refused where nine in ten with one are answered."""
    names = np.array([row.corpus for row in rows])
    shares = {}
    for name in sorted(set(names.tolist())):
        right, wrong = seen[(names == name) & (labels == 1)], seen[(names == name) & (labels == 0)]
        if len(right) and len(wrong):
            shares[name] = round(float(np.mean(wrong < np.quantile(right, FALSE_REFUSALS))), 3)
    return shares


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
