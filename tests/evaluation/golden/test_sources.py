"""Quotes are looked up in the documents as they were given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import DocumentRejected
from core.types import Element, Json, Parsed
from evaluation.corpus.load import CorpusDocument
from evaluation.golden.golden_set import load_golden
from evaluation.golden.sources import read_sources, stands_in


def write(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def in_files(folder: Path, file: str = "a.md") -> Path:
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "files" / "a.md").write_text("Five.")
    (folder / "files" / "deep" / "b.md").write_text("Six.")
    write(folder / "questions.jsonl", [{"_id": "q1", "question": "How many?", "answer": "five", "file": file}])
    return folder


def test_a_placeholder_stands_for_what_was_redacted_and_for_no_more() -> None:
    source = "Call Ann Smith on Monday. Ask for the mask."
    assert stands_in("Call Ann\nSmith", source)
    assert stands_in("Call [PERSON] on Monday.", source)
    assert not stands_in("Call [PERSON] on Tuesday.", source)
    assert not stands_in("Call [PERSON] Ask", "Call " + "x" * 300 + " Ask")
    assert stands_in("the [MASK] token", "read the [MASK] token")


def test_a_file_is_looked_up_as_it_is_parsed_and_nothing_is_in_one_that_cannot_be(tmp_path: Path) -> None:
    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if filename == "b.md":
            raise DocumentRejected("torn")
        return Parsed((Element("title", "Five"), Element("text", "or\nsix")))

    documents = load_golden(in_files(tmp_path)).documents
    code = CorpusDocument("code", "", "Run:\n```sh\nmake\n```\nDone.")
    assert read_sources([code], parse) == {"code": "Run: make Done."}
    assert read_sources(documents, parse) == {"a.md": "Five or six", "deep/b.md": ""}
