"""The walks of docs/architecture.md, run: every file that it names takes part, in the order that it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.walk import Walk, record_walks
from core.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def steps(title: str) -> list[str]:
    """Return the first file of each step of a walk, without those that run only where a generator phrases."""
    section = TEXT.split(f"\n## {title}")[1].split("\n## ")[0]
    items = re.split(r"\n\d+\. ", section)[1:]
    return [re.findall(r"`([a-z_/]+\.py)`", item)[0] for item in items if "only where" not in item]


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walk]:
    return record_walks(load_settings({}, home=tmp_path_factory.mktemp("walk"), generator_url="none://"))


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", TEXT))
    assert [file for file in sorted(named) if not (ROOT / file).is_file()] == []


@pytest.mark.weights
def test_a_question_passes_the_files_of_its_walk(walks: dict[str, Walk]) -> None:
    assert walks["question"].passes(steps("A question")) is None


@pytest.mark.weights
def test_an_upload_passes_the_files_of_its_walk(walks: dict[str, Walk]) -> None:
    assert walks["upload"].passes(steps("An upload")) is None


@pytest.mark.weights
def test_a_thumb_passes_the_first_files_of_its_walk(walks: dict[str, Walk]) -> None:
    assert walks["thumb"].passes(steps("A thumb")[:3]) is None


def test_a_question_and_an_upload_pass_few_files() -> None:
    assert len(re.split(r"\n\d+\. ", TEXT.split("## A question")[1].split("\n## ")[0])) - 1 <= 12
