"""Lessons from judged sets: the training questions of a folder with corpus, questions, judgements and perhaps answers.

A document that is judged right is a lesson in relevance; which of its parts answer is known only where the reference
answer is made of its sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from bench.reader.lessons import IGNORED, Lesson, Read, Similar, read, without
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.golden.training_sets import training_questions
from generation.english.words import words
from ingest.chunking.chunks import chunk
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

COVERED = 0.75
"""Share of a part's words in the reference answer from which it belongs to the answer."""
HARD = 2


def lessons(folder: Path, most: int, random: Random) -> Iterator[Lesson]:
    """Yield lessons of up to `most` training questions of a set."""
    corpus = load_corpus(folder)
    found = {name: _read(name, title, text) for name, (title, text) in _documents(corpus).items()}
    pool = [each for windows in found.values() for each in windows]
    similar = Similar([each.window.text.text for each in pool])
    for judged in training_questions(folder, corpus, most):
        right = [each for name in judged.gold for each in found.get(name, ())]
        marked = [(each, _labels(each, judged.answer)) for each in right]
        if judged.answer is not None:
            marked = [(each, labels) for each, labels in marked if 1 in labels]
        for each, labels in marked:
            sure = judged.answer is not None or len(right) == 1
            lesson = each.lesson(judged.question, labels, 1 if sure else IGNORED, 1)
            yield lesson
            if judged.answer is not None and random.random() < 0.4 and (left := without(lesson)) is not None:
                yield left
        if marked:
            wrong = [pool[place] for place in similar.order(judged.question)[:12]]
            wrong = [each for each in wrong if each.document not in judged.gold]
            yield from (each.silent(judged.question) for each in random.sample(wrong, min(HARD, len(wrong))))


def _documents(corpus: Corpus) -> Mapping[str, tuple[str, str]]:
    return {each.id: (each.title, each.text) for each in corpus.documents}


def _read(name: str, title: str, text: str) -> Sequence[Read]:
    parsed = parse(text.encode(), "text/plain", f"{name}.txt", Ocr())
    return read(name, title, chunk(parsed))


def _labels(each: Read, answer: str | None) -> list[int]:
    if answer is None:
        return [IGNORED] * len(each.window.parts)
    known = set(words(answer))
    return [int(_share(words(each.text[part.start : part.end]), known) >= COVERED) for part in each.window.parts]


def _share(said: Sequence[str], known: set[str]) -> float:
    return sum(word in known for word in said) / len(said) if said else 0.0
