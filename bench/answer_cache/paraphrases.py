"""Measure corrections in other words: python -m bench.answer_cache.paraphrases [--documents learned] [--misses]

`corrections.jsonl` has questions on the documents in `bench/reader/material` that somebody corrected, each with three
paraphrases ("again") and a question that differs in a word and asks for something else ("other"). What a correction
cites are the parts that the material names as the answer. Every paraphrase, every other question, and all questions on
the same documents and their siblings ("neighbours") are asked with all corrections of the half in the cache. Prints how
many paraphrases get their correction, by language, and how many of the others get a correction that holds none of their
answer: at most so many are changed for the worse. Thresholds are chosen on the documents that the reader has learned
from; figures count on those that it has not.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.reader import written
from bench.reader.written import WrittenDocument
from core.ports import Reader, Vectors
from core.settings import load_settings
from core.types import Json
from generation.question.same_question import NEAR, like
from learning.answer_cache.cache import MAX_READ
from learning.answer_cache.same_answer import Cited, fit
from retrieval.models.embedder import open_embedder
from retrieval.models.readers.open import find_reader

CORRECTIONS = Path(__file__).parent / "corrections.jsonl"
SIBLINGS: Mapping[str, str] = {
    "de-spueler-klarlauf60": "de-spueler-klarlauf45",
    "deu-mower450": "deu-mower420",
    "elec-headphones-lumo2pro": "elec-headphones-lumo2",
    "fin-bank-prices-2026": "fin-bank-prices-2025",
    "fr-clim-alizee35": "fr-clim-alizee25",
    "home-washer-sella8": "home-washer-sella6",
    "mach-labelq300": "mach-labelq200",
    "ops-tariff-2026": "ops-tariff-2025",
    "rom-chaudiere-lm30": "rom-chaudiere-lm24",
    "soft-wms42": "soft-wms41",
}
GERMAN, FRENCH, OTHER = ("de-", "deu-", "lang-reise"), ("fr-", "rom-chaudiere"), ("rom-", "lang-")


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected question and what its correction cites: labels of each window's parts, and the windows to read."""

    document: str
    question: str
    again: tuple[str, ...]
    other: str
    labels: tuple[tuple[int, ...], ...]
    texts: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is asked, and the numbers of the corrections that answer it, wholly or in part."""

    kind: str
    question: str
    document: str
    right: frozenset[int]


def main() -> None:
    """Read the arguments, ask, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", choices=["learned", "held-out"], default="held-out")
    parser.add_argument("--misses", action="store_true", help="print each question that does not get what it should")
    args = parser.parse_args()
    known = corrections(held_out=args.documents == "held-out")
    reader, problem = find_reader(load_settings(), None)
    if reader is None:
        raise SystemExit(problem)
    embedder = open_embedder(load_settings())
    asked = list(questions(known))
    vectors = np.stack([embedder.embed_query(each.question) for each in asked])
    stored = np.stack([embedder.embed_query(each.question) for each in known])
    served = [
        serve(reader, each.question, vector, known, stored, NEAR[embedder.name])
        for each, vector in zip(asked, vectors, strict=True)
    ]
    if args.misses:
        for each, got in zip(asked, served, strict=True):
            if each.kind == "again" and got not in each.right:
                print(f"  missed: {each.question}")
            elif got is not None and got not in each.right:
                print(f"  {each.kind}: {each.question} | {known[got].question}")
    print(json.dumps({"documents": args.documents, "reader": reader.name, **figures(asked, served)}))


def corrections(*, held_out: bool) -> list[Correction]:
    """Return the corrections on the documents of one half."""
    lines = map(json.loads, CORRECTIONS.read_text(encoding="utf-8").splitlines())
    chosen = [line for line in lines if written.is_held_out(line["document"]) == held_out]
    found = {name: written.document(name) for name in {line["document"] for line in chosen}}
    return [_correction(found[line["document"]], line) for line in chosen]


def questions(known: Sequence[Correction]) -> Iterator[Asked]:
    """Yield every question: paraphrases, others, and neighbours."""
    for number, each in enumerate(known):
        yield from (Asked("again", text, each.document, frozenset({number})) for text in each.again)
        yield Asked("other", each.other, each.document, frozenset())
    corrected = {each.question for each in known}
    for name in sorted({each.document for each in known}):
        document = written.document(name)
        for row in written.questions(name):
            if row["q"] not in corrected:
                yield Asked("neighbour", row["q"], name, _answering(document, row, known))
        if name in SIBLINGS:
            rows = written.questions(SIBLINGS[name])
            yield from (Asked("sibling", row["q"], SIBLINGS[name], frozenset()) for row in rows)


def serve(
    reader: Reader, question: str, vector: Vectors, known: Sequence[Correction], stored: Vectors, least: float
) -> int | None:
    """Return the number of the correction that the question gets, None for none, as the answer cache does it."""
    cosines = stored @ vector
    near = [int(n) for n in np.argsort(-cosines) if cosines[n] >= least and like(known[n].question, question)]
    return next((n for n in near[:MAX_READ] if fit(reader, question, known[n].texts).is_same), None)


def figures(asked: Sequence[Asked], served: Sequence[int | None]) -> dict[str, Json]:
    """Return the share of paraphrases that are answered, and how many other questions get a wrong correction."""
    count, good = Counter[str](), Counter[str]()
    wrong: Counter[str] = Counter()
    for each, got in zip(asked, served, strict=True):
        kind = f"again_{_language(each.document)}" if each.kind == "again" else each.kind
        count[kind] += 1
        good[kind] += got is not None and got in each.right
        wrong[kind] += got is not None and got not in each.right
    again = [kind for kind in count if kind.startswith("again")]
    total = sum(count[kind] for kind in again)
    return {
        "again": round(sum(good[kind] for kind in again) / total, 3) if total else None,
        **{kind: f"{good[kind]} of {count[kind]}" for kind in sorted(again)},
        **{f"wrong_{kind}": f"{wrong[kind]} of {count[kind]}" for kind in sorted(set(count) - set(again))},
        "wrong_again": sum(wrong[kind] for kind in again),
    }


def _correction(document: WrittenDocument, line: Mapping[str, Json]) -> Correction:
    row = next(each for each in written.questions(document.name) if each["q"] == line["q"])
    labels = written.labels(document, row)
    texts = [
        Cited(window.window.text, tuple(label == 1 for label in found))
        for window, found in zip(document.windows, labels, strict=True)
        if 1 in found
    ]
    found = tuple(tuple(each) for each in labels)
    return Correction(document.name, line["q"], tuple(line["again"]), line["other"], found, tuple(texts))


def _answering(document: WrittenDocument, row: Mapping[str, Json], known: Sequence[Correction]) -> frozenset[int]:
    """Return the corrections that hold a part of the answer to another question on their document."""
    labels = written.labels(document, row)
    return frozenset(
        number
        for number, each in enumerate(known)
        if each.document == document.name
        and any(
            mine == right == 1
            for window, cited in zip(labels, each.labels, strict=True)
            for mine, right in zip(window, cited, strict=True)
        )
    )


def _language(document: str) -> str:
    for name, begins in (("german", GERMAN), ("french", FRENCH), ("romance", OTHER)):
        if document.startswith(begins):
            return name
    return "english"


if __name__ == "__main__":
    main()
