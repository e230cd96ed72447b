"""The questions of a judged set that models may learn from. The others stay unseen, so that they can measure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from random import Random

from evaluation.corpus.load import Corpus
from evaluation.golden.references import load_references
from learning.dataset.base_lessons import JudgedQuestion

SEED = 7


def training_questions(folder: Path, corpus: Corpus, most: int) -> list[JudgedQuestion]:
    """Return up to `most` training questions of a set, the same ones each time.

    They come from `qrels.train.tsv`; if there is none, from the judged documents whose id has an even hash. A question
    that the test part also asks is left out.
    """
    train = folder / "qrels.train.tsv"
    gold = _gold(train if train.is_file() else folder / "qrels.tsv")
    if not train.is_file():
        gold = {question: found for question, found in gold.items() if all(map(_is_even, found))}
    tested = _texts(corpus, (folder / "qrels.tsv") if train.is_file() else None)
    answers = _answers(folder, corpus)
    ids = sorted(question for question in gold if corpus.questions[question].strip().casefold() not in tested)
    Random(SEED).shuffle(ids)
    return [JudgedQuestion(corpus.questions[each], frozenset(gold[each]), answers.get(each)) for each in ids[:most]]


def _gold(path: Path) -> dict[str, set[str]]:
    gold: dict[str, set[str]] = {}
    for line in path.read_text().splitlines()[1:]:
        question, document, _ = line.split("\t")
        gold.setdefault(question, set()).add(document)
    return gold


def _texts(corpus: Corpus, path: Path | None) -> set[str]:
    return {corpus.questions[each].strip().casefold() for each in _gold(path)} if path is not None else set()


def _answers(folder: Path, corpus: Corpus) -> Mapping[str, str]:
    path = folder / "answers.jsonl"
    if not path.is_file():
        return {}
    return {each.id: each.answers[0] for each in load_references(path, corpus.questions) if each.answers}


def _is_even(document: str) -> bool:
    return hashlib.sha256(document.encode()).digest()[0] % 2 == 0
