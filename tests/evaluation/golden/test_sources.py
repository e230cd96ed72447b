"""Quotes are looked up in the documents as they were given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.errors import DocumentRejected
from core.types import Json, Parsed
from evaluation.corpus.load import CorpusDocument
from evaluation.golden.golden_set import load_golden_set
from evaluation.golden.sources import is_verbatim, read_sources
from tests.elements import element


def write(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def in_files(folder: Path, file: str = "a.md") -> Path:
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "files" / "a.md").write_text("Five.")
    (folder / "files" / "deep" / "b.md").write_text("Six.")
    write(folder / "questions.jsonl", [{"_id": "q1", "question": "How many?", "answer": "five", "file": file}])
    return folder


def test_a_placeholder_matches_what_was_redacted_and_no_more() -> None:
    source = "Call Ann Smith on Monday. Ask for the mask."
    assert is_verbatim("Call Ann\nSmith", source)
    assert is_verbatim("Call [PERSON] on Monday.", source)
    assert not is_verbatim("Call [PERSON] on Tuesday.", source)
    assert not is_verbatim("Call [PERSON] Ask", "Call " + "x" * 300 + " Ask")
    assert is_verbatim("the [MASK] token", "read the [MASK] token")


def test_a_file_is_parsed_for_its_text_and_has_none_if_it_cannot_be(tmp_path: Path) -> None:
    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if filename == "b.md":
            raise DocumentRejected("torn")
        return Parsed((element("title", "Five"), element("text", "or\nsix")))

    documents = load_golden_set(in_files(tmp_path)).documents
    code = CorpusDocument("code", "", "Run:\n```sh\nmake\n```\nDone.")
    assert read_sources([code], parse) == {"code": "Run: make Done."}
    assert read_sources(documents, parse) == {"a.md": "Five or six", "deep/b.md": ""}
