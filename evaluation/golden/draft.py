"""Draft a golden set from manuals; a person has to read it through before its figures count.

Parses files like an upload and makes questions of their sentences (`evaluation.golden.draft_questions`). Writes the
folder that the measures read: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`, `answers.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from core.errors import Invalid, VouchError
from core.ports import Parser
from core.settings import Settings
from core.types import Json, Parsed
from evaluation.golden.draft_questions import DraftedQuestion, draft_questions
from ingest.formats.media import sniff
from ingest.sandbox.parent import Sandbox

SEED = 17


@dataclass(frozen=True, slots=True)
class _Page:
    """One file, as a line of `corpus.jsonl`."""

    id: str
    title: str
    text: str


def draft_set(
    settings: Settings, folder: Path, out: Path, *, questions: int, files: int, report: Callable[[str], None]
) -> dict[str, Json]:
    """Write a set of at most `questions` questions about at most `files` files to `out`; return how many there are.

    Files and questions are drawn at random, the same ones each time. Raises Invalid for a folder without a readable
    file, or an `out` that is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise Invalid(f"{out} is not empty.", hint="Name a new folder: nothing is overwritten.")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    Random(SEED).shuffle(paths)
    with Sandbox(settings) as sandbox:
        pages = list(_pages(folder, paths[:files], sandbox, report))
    if not pages:
        raise Invalid(f"{folder} has no file that can be read.")
    asked = _asked(pages)
    Random(SEED).shuffle(asked)
    _write(out, pages, asked[:questions])
    return {"documents": len(pages), "questions": min(questions, len(asked)), "found": len(asked), "folder": str(out)}


def _pages(folder: Path, paths: Sequence[Path], parse: Parser, report: Callable[[str], None]) -> Iterator[_Page]:
    for count, path in enumerate(paths, 1):
        data = path.read_bytes()
        try:
            parsed = parse(data, sniff(data, path.name).media_type, path.name)
        except VouchError as error:
            report(f"{path}: {error.message}")
            continue
        if text := _text(parsed):
            yield _Page(path.relative_to(folder).as_posix(), parsed.title or path.stem, text)
        if count % 50 == 0:
            report(f"read {count} of {len(paths)} files")


def _text(parsed: Parsed) -> str:
    """Return the elements as paragraphs, without page headers and footers."""
    texts = (element.text for element in parsed.elements if element.kind not in {"header", "footer"})
    return "\n\n".join(texts)


def _asked(pages: Sequence[_Page]) -> list[tuple[_Page, DraftedQuestion]]:
    """Return each question once, with the first page that answers it."""
    found: dict[str, tuple[_Page, DraftedQuestion]] = {}
    for page in pages:
        for each in draft_questions(page.text):
            found.setdefault(each.question.casefold(), (page, each))
    return list(found.values())


def _write(out: Path, pages: Sequence[_Page], asked: Sequence[tuple[_Page, DraftedQuestion]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    ids = [f"q{number}" for number in range(1, len(asked) + 1)]
    _lines(out / "corpus.jsonl", ({"_id": page.id, "title": page.title, "text": page.text} for page in pages))
    _lines(out / "queries.jsonl", ({"_id": q, "text": made.question} for q, (_, made) in zip(ids, asked, strict=True)))
    _lines(out / "answers.jsonl", ({"_id": q, "answer": made.answer} for q, (_, made) in zip(ids, asked, strict=True)))
    rows = [f"{q}\t{page.id}\t1" for q, (page, _) in zip(ids, asked, strict=True)]
    (out / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n", encoding="utf-8")


def _lines(path: Path, rows: Iterator[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
