"""Load a judged corpus from disk, in BEIR's layout: documents, questions, and grades that people gave.

Knows no database and no metric. `evaluation.corpus.ingest` puts the documents into one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from core.types import Json


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """One line of `corpus.jsonl`, or a file, whose title and text are what parsing finds."""

    id: str
    title: str
    text: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, questions by id, and for each judged question the grades of documents."""

    documents: tuple[CorpusDocument, ...]
    questions: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


def load_corpus(folder: Path) -> Corpus:
    """Load `corpus.jsonl`, `queries.jsonl` and, if there is one, `qrels.tsv`. Raises Invalid that names the line."""
    documents = tuple(
        CorpusDocument(str(line["_id"]), str(line.get("title") or ""), str(line.get("text") or ""))
        for line in read_lines(folder / "corpus.jsonl", "_id")
    )
    return Corpus(documents, _questions(folder), load_judgements(folder / "qrels.tsv"))


def load_questions(folder: Path) -> Mapping[str, str]:
    """Return the questions of `queries.jsonl` by id, none if there is no such file. Raises Invalid with the line."""
    return _questions(folder) if (folder / "queries.jsonl").is_file() else {}


def load_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Return grades of documents by question, none if there is no such file. Raises Invalid that names the line."""
    judgements: dict[str, dict[str, int]] = {}
    if not path.is_file():
        return judgements
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if number == 1 or not line.strip():
            continue
        if len(cells) != 3 or not cells[2].strip().lstrip("-").isdigit():
            raise Invalid(f"{path}, line {number}: expected query-id, corpus-id and score between tabs.")
        judgements.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return judgements


def read_lines(path: Path, *needed: str) -> Iterator[Mapping[str, Json]]:
    """Yield a file's lines, each an object with the needed keys. Raises Invalid that names the line."""
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _object(path, number, line, needed)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error


def _questions(folder: Path) -> dict[str, str]:
    return {str(line["_id"]): str(line["text"]) for line in read_lines(folder / "queries.jsonl", "_id", "text")}


def _object(path: Path, number: int, line: str, needed: Sequence[str]) -> Mapping[str, Json]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Invalid(f"{path}, line {number}: not JSON ({error}).") from error
    if not isinstance(value, dict) or any(name not in value for name in needed):
        raise Invalid(f"{path}, line {number}: each line must be an object with {', '.join(needed)}.")
    return value
