"""Load a golden set from disk: documents and the questions that are asked of them, in one of two layouts.

`corpus.jsonl`, `queries.jsonl`, and `answers.jsonl` or `qrels.tsv` or both (BEIR's layout); or `questions.jsonl` with
`_id`, `question`, `answer` and `file`, with the documents as files in `files/`. Knows nothing of how they are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from core.types import Json
from evaluation.corpus.load import CorpusDocument, load_corpus, load_judgements, load_questions, read_lines
from evaluation.golden.references import Reference, judged_references, load_references, texts_of

FOLDERS = ("files", "pdfs")
"""Names that the folder of documents may have."""
FILE_KEYS = ("file", "pdf")
"""Keys of `questions.jsonl` that may name the judged documents."""


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Documents (none when only the questions are needed) and questions with what is known of their answers."""

    documents: tuple[CorpusDocument, ...]
    references: tuple[Reference, ...]


def load_golden_set(folder: Path, *, documents: bool = True) -> GoldenSet:
    """Load a set in either layout, in BEIR's without its documents if asked so. Raises Invalid that names the line."""
    if (folder / "questions.jsonl").is_file() and not (folder / "queries.jsonl").is_file():
        return _load_files(folder)
    questions, judgements = load_questions(folder), load_judgements(folder / "qrels.tsv")
    if judgements and not (folder / "answers.jsonl").is_file():
        references = judged_references(judgements, questions)
    else:
        references = load_references(folder / "answers.jsonl", questions, judgements)
    return GoldenSet(load_corpus(folder).documents if documents else (), references)


def _load_files(folder: Path) -> GoldenSet:
    parent = next((folder / name for name in FOLDERS if (folder / name).is_dir()), None)
    if parent is None:
        raise Invalid(f"{folder} has questions.jsonl, but no folder {FOLDERS[0]!r} with the documents.")
    files = {str(path.relative_to(parent)): path for path in sorted(parent.rglob("*")) if path.is_file()}
    documents = tuple(CorpusDocument(name, "", "", path) for name, path in files.items())
    lines = enumerate(read_lines(folder / "questions.jsonl", "_id", "question"), 1)
    references = tuple(_reference(folder, number, line, files) for number, line in lines)
    return GoldenSet(documents, references)


def _reference(folder: Path, number: int, line: Mapping[str, Json], files: Mapping[str, Path]) -> Reference:
    gold = texts_of(next((line[key] for key in FILE_KEYS if key in line), None))
    if unknown := sorted(set(gold) - set(files)):
        raise Invalid(f"{folder / 'questions.jsonl'}, question {number}: there is no file {unknown[0]!r}.")
    answerable = line.get("answerable")
    return Reference(
        str(line["_id"]),
        str(line["question"]),
        texts_of(line.get("answer")),
        None if answerable is None else bool(answerable),
        frozenset(gold),
    )
