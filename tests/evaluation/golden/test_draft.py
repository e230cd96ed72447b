"""A draft golden set is made of one's own files, and the other measures can read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings
from evaluation.corpus.load import load_corpus
from evaluation.golden.draft import draft_set
from evaluation.golden.references import load_references

ROUTER = "# Router\n\nTo reset your router, hold the power button for five seconds.\n"
POOL = "# Pool\n\nIf you lose your key, the front desk will make a new one.\n"


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    folder = tmp_path / "manuals"
    (folder / "deep").mkdir(parents=True)
    (folder / "router.md").write_text(ROUTER)
    (folder / "deep" / "pool.md").write_text(POOL)
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 and no more")
    return folder


def test_a_draft_is_a_set_that_can_be_asked(settings: Settings, manuals: Path, tmp_path: Path) -> None:
    reported: list[str] = []
    figures = draft_set(settings, manuals, tmp_path / "set", questions=10, files=10, report=reported.append)
    corpus = load_corpus(tmp_path / "set")
    (first, second) = load_references(tmp_path / "set" / "answers.jsonl", corpus.questions)
    assert {document.id for document in corpus.documents} == {"router.md", "deep/pool.md"}
    assert {first.question, second.question} == {"How do I reset my router?", "What happens if I lose my key?"}
    assert corpus.judgements["q1"] in ({"router.md": 1}, {"deep/pool.md": 1})
    assert (figures["documents"], figures["questions"]) == (2, 2)
    assert any("broken.docx" in line for line in reported)


def test_nothing_is_overwritten(settings: Settings, manuals: Path) -> None:
    with pytest.raises(Invalid, match="not empty"):
        draft_set(settings, manuals, manuals, questions=1, files=1, report=lambda _: None)


def test_a_folder_without_text_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Invalid, match="no file"):
        draft_set(settings, tmp_path / "empty", tmp_path / "set", questions=1, files=1, report=lambda _: None)
