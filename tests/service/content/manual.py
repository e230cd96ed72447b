"""A small manual with every kind of block, for tests of what writes and draws blocks."""

from __future__ import annotations

from collections.abc import Iterable

from core.types import DocumentText
from ingest.blocks.cuts import joined
from ingest.blocks.nodes import Inline, Node, code, heading, item, listing, paragraph
from ingest.blocks.tables import TableCell, table
from ingest.blocks.write import elements

SITE = "https://example.com/a_b?c=1&d=2"
TRICKY = "# no heading\n1. no step\n- no item\n> no quote <script>alert(1)</script> [x](y) a_b __c__ | d &amp;"


def text_of(nodes: Iterable[Node]) -> DocumentText:
    """Return the text of a document with these nodes, as ingestion stores it."""
    return joined(tuple(elements(nodes)))


def pressures() -> Node:
    """Return a table with a caption, two header rows, a header column and merged cells."""
    head = [
        [TableCell("Model", rows=2, header=True), TableCell("Pressure", columns=2, header=True)],
        [TableCell("min", header=True), TableCell("max", header=True)],
    ]
    body = [
        [TableCell("X200", header=True), TableCell("1 bar", rows=2), TableCell("4 bar", type="number", unit="bar")],
        [TableCell("X300", header=True), TableCell("6 <b>bar</b> | hot")],
    ]
    found = table([*head, *body], caption="Working pressure")
    assert found is not None
    return found


def steps() -> Node:
    """Return numbered steps, one with a command, a paragraph and a nested list."""
    inner = listing([item("the green lamp"), item("the red lamp", children=[listing([item("on top", "a)")])])])
    second = item("Run the command:", "4.", [code("vouch up\n  --port 80", "sh"), paragraph("Wait for"), inner])
    return listing([item("Open the *valve*.", "3."), second, item("Go back to step 3.", "5.")])


def manual() -> DocumentText:
    """Return the manual."""
    said = f"Price 25 EUR 15 EUR, see the site ({SITE})."
    marks = (Inline("struck", 6, 12), Inline("inserted", 13, 19), Inline("link", 25, len(said) - 1, SITE))
    return text_of(
        [
            heading("Care of the pump", 1),
            Node("paragraph", said, inlines=marks),
            Node("note", label="warning", children=[paragraph("Hot water."), listing([item("Wear gloves")])]),
            heading("Start", 2),
            steps(),
            pressures(),
            Node("definition", children=[Node("paragraph", "Bar", header=True), paragraph("A unit of pressure.")]),
            Node("definition", children=[Node("paragraph", "PN", header=True), paragraph("Nominal pressure.")]),
            Node("figure", children=[Node("caption", "Figure 1: the pump"), paragraph("A pump from the left")]),
            Node("quoted_mail", children=[paragraph("Is it hot?"), Node("quoted_mail", "Ask Ann.")]),
            Node("footnote", "Measured cold.", number="1"),
            code("a = `b`\n```\nc", "python"),
            paragraph(TRICKY),
        ]
    )
