"""Blocks in a terminal: columns, numbers, and no markup of the document obeyed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from core.types import Block, DocumentText
from ingest.blocks.nodes import Inline, Node, item, listing, paragraph
from ingest.blocks.tables import plain_table
from service.content.terminal import drawn, is_laid_out, quoted
from tests.service.content.manual import manual, pressures, steps, text_of


def shown(found: DocumentText, blocks: Sequence[Block] | None = None, width: int = 60) -> list[str]:
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(drawn(found.text, found.blocks if blocks is None else blocks, indent=2))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_table_stands_in_columns() -> None:
    assert shown(text_of([pressures()])) == [
        "  Working pressure",
        "  Model  Pressure  Pressure",
        "  Model  min       max",
        "  X200   1 bar     4 bar",
        "  X300   1 bar     6 <b>bar</b> | hot",
    ]


def test_a_wide_table_fits_the_terminal_and_loses_nothing() -> None:
    table = plain_table([["Name", "Description"], ["pump", "a thing that moves water " * 4]])
    assert table is not None

    lines = shown(text_of([table]), width=30)

    assert max(map(len, lines)) <= 30
    assert " ".join(lines).count("water") == 4


def test_steps_have_their_numbers_and_code_its_indent() -> None:
    assert shown(text_of([steps()])) == [
        "  3. Open the *valve*.",
        "  4. Run the command:",
        "       vouch up",
        "         --port 80",
        "     Wait for",
        "     • the green lamp",
        "     • the red lamp",
        "       a) on top",
        "  5. Go back to step 3.",
    ]


def test_a_quoted_row_has_the_header_of_its_table() -> None:
    found = text_of([paragraph("Before."), pressures()])
    start = found.text.index("X300")

    lines = shown(found, quoted(found.blocks, start, start + 4))

    assert lines[0] == "  Working pressure"
    assert lines[-1].startswith("  X300")
    assert not any("X200" in line for line in lines)


def test_a_long_list_is_cut_and_says_so() -> None:
    lines = shown(text_of([listing([item(f"thing {number}") for number in range(500)])]))

    assert len(lines) < 20
    assert lines[-1] == "  …"


def test_struck_text_is_not_read_as_text() -> None:
    node = Node("paragraph", "25 EUR 15 EUR", inlines=(Inline("struck", 0, 6),))

    assert shown(text_of([node])) == ["  ~~25 EUR~~ 15 EUR"]


def test_markup_of_the_terminal_is_shown() -> None:
    assert shown(text_of([paragraph("[red]not red[/red]")])) == ["  [red]not red[/red]"]


def test_only_tables_lists_and_code_need_room() -> None:
    assert is_laid_out(manual().blocks)
    assert not is_laid_out(text_of([paragraph("One."), paragraph("Two.")]).blocks)
