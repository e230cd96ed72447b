"""Plain text: headings, lists, tables, code and wrapped lines."""

from __future__ import annotations

import pytest

from core.blocks import walk
from core.errors import LimitExceeded
from core.types import Element
from ingest.blocks.write import elements
from ingest.readers.text import read_text
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def read_all(text: str) -> list[Element]:
    return list(elements(read_text(text).nodes))


def shown(text: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in read_all(text)]


def test_plain_text_keeps_headings_paragraphs_and_lists(read: Read) -> None:
    text = "User Guide\n==========\n\nThis line was wrapped by an editor at about sixty columns and\n"
    text += "goes on here.\n\n1. First\n2. Second\n"

    assert shape(read(text.encode("utf-16"), "a.txt")) == [
        ("heading", "User Guide"),
        ("paragraph", "This line was wrapped by an editor at about sixty columns and goes on here."),
        ("list", "1. First\n2. Second"),
    ]


def test_a_huge_text_is_read_or_stopped_but_never_crashes(read: Read) -> None:
    try:
        parsed = read(b"A line of text that is repeated.\n" * 600_000, "a.txt")
    except LimitExceeded:
        return
    assert len(parsed.elements) >= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Open it\n   wide.\n\n   Wait.\n\n2. Close it\n", "1. Open it wide.\n  Wait.\n2. Close it"),
        ("1) One\n  - a\n  - b\n    goes on\n2) Two", "1) One\n  a\n  b goes on\n2) Two"),
        ("1. One\n\n2. Two\n\n3. Three", "1. One\n2. Two\n3. Three"),
        ("a) One\nb) Two", "a) One\nb) Two"),
        ("(1) One\n(2) Two", "(1) One\n(2) Two"),
        ("1.1. One\n1.2. Two", "1.1. One\n1.2. Two"),
        ("4. Four\n5. Five", "4. Four\n5. Five"),
        ("• One\n• Two", "One\nTwo"),
        ("* One\nwrapped on\n* Two", "One wrapped on\nTwo"),
    ],
)
def test_lists_have_their_numbers_and_what_is_in_their_items(text: str, expected: str) -> None:
    (element,) = read_all(text)

    assert (element.kind, element.text) == ("list", expected)


def test_numbered_headings_and_initials_are_no_lists() -> None:
    assert [kind for kind, _ in shown("1. Introduction\n\nSome text.\n\n2. Use of it\n\nMore text.")] == [
        "heading", "paragraph", "heading", "paragraph",
    ]  # fmt: skip
    assert shown("N. Bohr said so.\nE. Fermi did not.")[0][0] == "paragraph"


@pytest.mark.parametrize(
    ("text", "expected", "headers"),
    [
        ("| A | B |\n|---|---|\n| 1 | x |", "A | B\n1 | x", 1),
        ("+---+-----+\n| A | B   |\n+===+=====+\n| 1 | two |\n|   | it  |\n+---+-----+", "A | B\n1 | two it", 1),
        (" name | price\n------+-------\n pump | 80\n hose | 12", "name | price\npump | 80\nhose | 12", 1),
        ("Part    Bar  Unit\npump     80  m\nhose     12  l", "Part | Bar | Unit\npump | 80 | m\nhose | 12 | l", 1),
        ("Name      Age\n--------  ---\nAnn Lee   41\nBo        7", "Name | Age\nAnn Lee | 41\nBo | 7", 1),
    ],
)  # fmt: skip
def test_tables_that_are_drawn_or_aligned_are_tables(text: str, expected: str, headers: int) -> None:
    (element,) = read_all(f"{text}\n")

    assert (element.kind, element.text) == ("table", expected)
    assert sum(row.header for row in element.block.children) == headers


def test_prose_with_pipes_and_wide_blanks_is_no_table() -> None:
    prose = "Use a | b to join.  Then wait.\nIt takes some time.  Be patient\nand do not stop it.  Really."

    assert [kind for kind, _ in shown(prose)] == ["paragraph"]


def test_commands_after_a_colon_are_code() -> None:
    assert shown("Run this:\n\n    acme --clean\n      --fast\n\nThen wait.") == [
        ("paragraph", "Run this:"), ("code", "acme --clean\n  --fast"), ("paragraph", "Then wait."),
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [20, 500])
def test_deep_lists_lose_nothing(depth: int) -> None:
    words = " ".join(text for _, text in shown("\n".join(f"{'  ' * n}- word{n}" for n in range(depth)))).split()

    assert [word for word in words if word.startswith("word")] == [f"word{n}" for n in range(depth)]


def test_inner_lists_are_blocks_of_their_items() -> None:
    (element,) = read_all("1. One\n   a) x\n   b) y\n2. Two\n")

    assert [block.number for block in walk([element.block]) if block.kind == "item"] == ["1.", "a)", "b)", "2."]
