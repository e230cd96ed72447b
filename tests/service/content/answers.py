"""Answers made of units, from a small manual: steps, rows, code, a list and a fact, for tests of what shows answers."""

from __future__ import annotations

from collections.abc import Iterable

from core.blocks import Block, walk
from core.types import Answer, DocumentText, Passage, Sentence
from generation.units import write
from generation.units.draft import Draft, Piece
from generation.units.lists import Placed, pieces
from ingest.blocks.nodes import Node, code, item, listing, paragraph
from ingest.blocks.tables import TableCell, table
from tests.service.content.manual import text_of

COMMAND = "vouch up <port>\n  --host ![x](https://evil.example)"
FENCED = "cat <<EOF\n```\n![x](https://evil.example)\n```"
FACT = "Open it only when cold, see [1] and <b>note</b>."
STEPS = 15
KINDS = ("steps", "table", "code", "list", "fact")


def care_manual() -> DocumentText:
    """Return a manual whose steps hold a warning, a command and sub-steps; 15 in all, 12 of them outer ones."""
    first = item(
        "Open the valve ([2] in the figure).", "1.", [listing([item("Turn left.", "a)"), item("Pull.", "b)")])]
    )
    second = item("Run the command:", "2.", [code(COMMAND, "sh"), Node("note", "Wait a minute.", label="tip")])
    third = item("Close the valve.", "3.", [listing([item("Push.", "a)")])])
    more = [item(f"Check lamp {number}.", f"{number}.") for number in range(4, 9)]
    rest = [item(f"Check lamp {number}.", f"{number}.") for number in range(9, 13)]
    weights = table(
        [
            [TableCell("Model", header=True), TableCell("Weight (kg)", header=True), TableCell("Price", header=True)],
            [TableCell("Hydra 30"), TableCell("21.5"), TableCell("90 | 95 EUR")],
            [TableCell("Hydra 40"), TableCell("27.3"), TableCell("<b>120</b> EUR")],
            [TableCell("Hydra 50"), TableCell("31"), TableCell("150 EUR")],
        ]
    )
    assert weights is not None
    return text_of(
        [
            paragraph("To change the filter:"),
            listing([first, second, third, *more]),
            Node("note", "Hot water may come out.", label="warning"),
            listing(rest),
            weights,
            paragraph("This prints the state:"),
            code(FENCED),
            paragraph("You need:"),
            listing([item("a key"), item("a cloth")]),
            paragraph(FACT),
        ]
    )


def care_passage() -> Passage:
    """Return the manual as one passage."""
    text = care_manual()
    return Passage(1, "doc_1", 1, 0, "manuals", "pump.txt", "Pump", text.text, "0" * 64, blocks=text.blocks)


def answered(passage: Passage, question: str, *kinds: str) -> Answer:
    """Return the answer made of the manual's units of these kinds."""
    units, citations = write.write([draft(passage, kind) for kind in kinds])
    sentences = tuple(Sentence(unit.text, "quoted", unit.cites) for unit in units)
    text = write.text(units)
    return Answer(question, "answered", text, citations, (), 0.9, sentences=sentences, units=units)


def draft(passage: Passage, kind: str) -> Draft:
    """Return what is made of the manual's part of this kind."""
    blocks = passage.blocks
    lists = [place for place, block in enumerate(blocks) if block.kind == "list"]
    if kind == "steps":
        return Draft("steps", tuple(_listed(passage, blocks[0 : lists[1] + 1])), 1.0)
    if kind == "list":
        return Draft("list", tuple(_listed(passage, blocks[lists[2] - 1 : lists[2] + 1])), 1.0)
    if kind == "table":
        (rows,) = (block.children for block in blocks if block.kind == "table")
        return Draft("table", (*_row(passage, rows[1], 0), *_row(passage, rows[2], 1)), 1.0)
    if kind == "code":
        (place,) = (place for place, block in enumerate(blocks) if block.kind == "code")
        lead, found = blocks[place - 1], blocks[place]
        shown = (Piece(passage, lead.start, lead.end, "lead"), Piece(passage, found.start, found.end, "code"))
        return Draft("code", shown, 1.0)
    start = passage.text.index(FACT)
    return Draft("fact", (Piece(passage, start, start + len(FACT), "text"),), 1.0)


def _listed(passage: Passage, blocks: Iterable[Block]) -> Iterable[Piece]:
    return pieces([Placed(passage, block) for block in blocks])


def _row(passage: Passage, row: Block, number: int) -> Iterable[Piece]:
    """Yield the row's name and price, each cited for itself."""
    name, _, price = (cell for cell in walk(row.children) if cell.kind == "cell")
    yield Piece(passage, name.start, name.end, "cell", column="Model", row=number, cited=False)
    yield Piece(passage, price.start, price.end, "cell", column="Price", row=number)
