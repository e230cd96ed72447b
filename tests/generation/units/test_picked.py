"""What a person picked of a passage becomes units of what is there, all of it and nothing else."""

from __future__ import annotations

from core.types import Unit
from generation.units.picked import picked
from generation.units.write import write
from tests.generation.library import only

GUIDE = """# Pump

It is loud. It is heavy.

To open it:

1. Pull the lever.
2. Turn the wheel.

| Model | Weight | Height |
|---|---|---|
| P10 | 5 kg | 1 m |
| P20 | 9 kg | 2 m |

```sh
pump --check
```
"""
PASSAGE = only(GUIDE)


def units(words: str) -> tuple[Unit, ...]:
    start = PASSAGE.text.index(words)
    made, citations = write(picked(PASSAGE, start, start + len(words)))
    assert {number for unit in made for number in unit.cites} == {citation.id for citation in citations}
    return made


def test_all_of_a_passage_is_every_unit_of_it_in_reading_order() -> None:
    made = units(PASSAGE.text)
    assert [unit.kind for unit in made] == ["fact", "steps", "table", "code"]
    assert [row.name for row in made[2].table] == ["P10", "P20"]


def test_a_part_of_a_sentence_is_that_sentence() -> None:
    assert [unit.text for unit in units("heavy")] == ["“It is heavy.” [1]"]


def test_a_cell_is_shown_with_the_name_of_its_row() -> None:
    (unit,) = units("9 kg")
    assert unit.kind == "table"
    assert [[cell.text for cell in row.cells] for row in unit.table] == [["P20", "9 kg"]]


def test_one_step_is_shown_alone() -> None:
    assert [unit.text for unit in units("Turn the wheel")] == ["“2. Turn the wheel.” [1]"]


def test_what_was_picked_is_never_too_long() -> None:
    long = only("# P\n\n" + " ".join(f"Sentence number {count} stands here." for count in range(40)))
    (unit,) = write(picked(long, 0, len(long.text)))[0]
    assert "number 0 stands" in unit.text
    assert "number 39 stands" in unit.text


def test_nothing_but_a_heading_is_no_unit() -> None:
    assert picked(PASSAGE, 0, 0) == ()
