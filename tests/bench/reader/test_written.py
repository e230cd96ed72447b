"""Lessons from a written document: the lines that a question names get their parts, and no others do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from bench.reader.__main__ import gather_lessons
from bench.reader.lessons import IGNORED, Lesson, load
from bench.reader.written import (
    HELD_OUT,
    MATERIAL,
    WrittenDocument,
    documents,
    labels,
    lessons,
    line_numbers,
    questions,
)

PAGE = """\
# Hydra 20 pump

The pump stands level.
It weighs 14 kg.

## Changing the filter

To change the filter:

1. Switch the pump off.
2. Lift the old filter out
   of its seat.
3. Close the lid.

| Model | Weight | Fuse |
|---|---|---|
| Hydra 20 | 14 kg | 10 A |
| Hydra 30 | 19 kg | 16 A |

```
pump reset
pump start
```

* **Seat**: the ring under the filter.
"""
LINES = PAGE.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("material")
    asked = [
        {"q": "How do I change the filter?", "at": ["8", "10-13"], "kind": "steps"},
        {"q": "How heavy is the Hydra 30?", "at": [18], "column": "Weight", "kind": "cell"},
        {"q": "What does the Hydra 40 weigh?", "at": [], "kind": "none"},
    ]
    (made / "pump.md").write_text(PAGE)
    (made / "pump.questions.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in asked))
    return made


@pytest.fixture(scope="module")
def pump(folder: Path) -> WrittenDocument:
    (document,) = documents(folder)
    return document


@pytest.fixture(scope="module")
def material() -> list[WrittenDocument]:
    return documents()


def answer(document: WrittenDocument, at: list[int | str], **more: str) -> list[str]:
    """Return the parts that are labelled as the answer."""
    found = []
    for window, marked in zip(document.windows, labels(document, {"at": at, **more}), strict=True):
        found += [
            window.text[part.start : part.end]
            for part, label in zip(window.window.parts, marked, strict=True)
            if label == 1
        ]
    return found


def said(lesson: Lesson) -> list[str]:
    return [lesson.text[start:end] for start, end in lesson.parts]


def test_ranges_of_lines_are_read() -> None:
    assert list(line_numbers([7, "9", "12-14"])) == [7, 9, 12, 13, 14]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (3, "The pump stands level."),
        (4, "It weighs 14 kg."),
        (8, "To change the filter:"),
        (10, "Switch the pump off."),
        (11, "Lift the old filter out of its seat."),
        (12, "Lift the old filter out of its seat."),
        (13, "Close the lid."),
        (21, "pump reset\npump start"),
        (22, "pump reset\npump start"),
        (25, "Seat: the ring under the filter."),
    ],
)
def test_a_line_gets_the_part_that_stands_on_it(pump: WrittenDocument, line: int, part: str) -> None:
    (found,) = answer(pump, [line])

    assert " ".join(found.split()).endswith(" ".join(part.split()))


def test_a_row_gets_its_cells(pump: WrittenDocument) -> None:
    assert answer(pump, [18]) == ["Hydra 30", "19 kg", "16 A"]


def test_a_column_leaves_one_cell_of_the_row(pump: WrittenDocument) -> None:
    assert answer(pump, [18], column="Weight") == ["19 kg"]
    marked = [label for window in labels(pump, {"at": [18], "column": "Weight"}) for label in window]
    assert marked.count(IGNORED) == 1  # the row's name is neither right nor wrong


def test_every_line_of_the_material_that_a_question_names_has_a_part(material: Sequence[WrittenDocument]) -> None:
    for document in material:
        lines = (MATERIAL / f"{document.name}.md").read_text().splitlines()
        there = {number for window in document.lines for part in window for number in part}
        named = {number for question in questions(document.name) for number in line_numbers(question["at"])}
        lost = [number for number in named - there if lines[number - 1].strip("`{}- ")]

        assert len(lost) <= 0.05 * len(named), (document.name, lost)


def test_lessons_are_with_the_answer_and_without(folder: Path, pump: WrittenDocument) -> None:
    found = [each for seed in range(8) for each in lessons([pump], Random(seed), folder=folder)]

    steps = [each for each in found if each.question.startswith("How do I") and each.answers]
    assert {tuple(part for part, label in zip(said(each), each.labels, strict=True) if label) for each in steps} == {
        (
            "To change the filter:",
            "1. Switch the pump off.",
            "2. Lift the old filter out of its seat.",
            "3. Close the lid.",
        )
    }
    heavy = [each for each in found if each.question.startswith("How heavy") and not each.answers]
    assert heavy
    assert not any("19 kg" in each.text for each in heavy)
    none = [each for each in found if "Hydra 40" in each.question]
    assert none
    assert {(each.answers, each.relevance, max(each.labels)) for each in none} == {(0, IGNORED, 0)}


def test_documents_held_out_exist_and_every_trade_has_one(material: Sequence[WrittenDocument]) -> None:
    names = {document.name for document in material}

    assert names >= HELD_OUT
    assert {name.split("-")[0] for name in names} == {name.split("-")[0] for name in HELD_OUT}


def test_documents_held_out_are_in_no_lesson(
    material: Sequence[WrittenDocument], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [each for each in material if each.name.startswith("mach-")]
    assert {each.name for each in some} & HELD_OUT
    monkeypatch.setattr("bench.reader.written.documents", lambda: some)

    gather_lessons(None, [], 0, tmp_path / "lessons.jsonl")

    assert {each.source for each in load(tmp_path / "lessons.jsonl")} == {each.name for each in some} - HELD_OUT
