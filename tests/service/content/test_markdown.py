"""A document as Markdown: a Markdown parser reads the blocks back, with the text as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from markdown_it import MarkdownIt

from core.blocks import Block, walk
from ingest.blocks.nodes import Inline, Node, code, heading, item, listing, paragraph
from ingest.blocks.tables import TableCell, plain_table, table
from ingest.readers.markdown import read_markdown
from service.content.markdown import as_markdown
from tests.service.content.manual import SITE, TRICKY, manual, pressures, steps, text_of

PARSER = MarkdownIt("commonmark", {"maxNesting": 200}).enable(["table", "strikethrough"])


def written(*nodes: Node, title: str = "") -> str:
    """Return the Markdown of a document with these nodes, without front matter."""
    found = text_of(nodes)
    return as_markdown(title, found.text, found.blocks).removeprefix('---\ntitle: ""\n---\n\n')


def rendered(*nodes: Node) -> str:
    return re.sub(r"\n+", "", PARSER.render(written(*nodes)))


def test_steps_keep_their_numbers_commands_and_nested_lists() -> None:
    shown = rendered(steps())

    assert shown.startswith('<ol start="3"><li><p>Open the *valve*.</p></li><li><p>Run the command:</p>')
    assert '<pre><code class="language-sh">vouch up  --port 80</code></pre><p>Wait for</p>' in shown
    assert "<li>the green lamp</li><li>the red lamp<ul><li>a) on top</li></ul></li>" in shown


def test_a_number_that_jumps_is_not_counted_on() -> None:
    assert rendered(listing([item("one", "1."), item("four", "4."), item("five", "5.")])) == (
        '<ol><li>one</li></ol><!-- --><ol start="4"><li>four</li><li>five</li></ol>'
    )


@pytest.mark.parametrize("number", ["b)", "(2)", "IV.", "2.1", "Step 3:", "1234567890."])
def test_a_number_that_markdown_has_not_begins_the_text(number: str) -> None:
    assert rendered(listing([item("Turn it.", number)])) == f"<ul><li>{number} Turn it.</li></ul>"


def test_a_table_has_its_header_and_repeats_merged_cells() -> None:
    assert written(pressures()).splitlines() == [
        "Working pressure",
        "",
        "| Model | Pressure | Pressure |",
        "| --- | --- | --- |",
        "| Model | min | max |",
        "| X200 | 1 bar | 4 bar |",
        "| X300 | 1 bar | 6 \\<b>bar\\</b> \\| hot |",
    ]


def test_a_table_without_a_header_gets_an_empty_one() -> None:
    found = plain_table([["Length", "3 m"], ["Width", "2 m"]], header_rows=0)
    assert found is not None

    assert written(found).splitlines() == ["|  |  |", "| --- | --- |", "| Length | 3 m |", "| Width | 2 m |"]


def test_cells_with_pipes_and_backslashes_stay_cells() -> None:
    cells = ["a|b", "c\\", "\\|", "`x|y`"]
    found = table([[TableCell(name) for name in "abcd"], [TableCell(text) for text in cells]], header_rows=1)
    assert found is not None

    shown = rendered(found)

    assert "<td>a|b</td><td>c\\</td><td>\\|</td><td>`x|y`</td>" in shown


def test_text_that_looks_like_markdown_reads_as_it_is() -> None:
    (block,) = read_markdown(written(paragraph(TRICKY))).nodes

    assert block.kind == "paragraph"
    assert block.text.split() == TRICKY.split()


@pytest.mark.parametrize(
    "text",
    [
        "---", "- - -", "***", "___", "===", "+ x", "* x", "#", "###### x", "12) x", ":-- | --:", "a\n===", "a\n---",
        "    indented", "~~~", "```", "<!-- x -->", "&lt;", "![a](b)", "[a]: http://b", "[^1]: note", "\\", "a\\\nb",
        "5 * 3 * 2", "*a*", "__init__", "~~a~~", "<https://a.example>", "C# #", "1.", "> x", ": x", "a | b\n:-- | --",
        "10^6^", ":::note", "!!! note", "H~2~O",
    ],
)  # fmt: skip
def test_no_text_becomes_markup(text: str) -> None:
    tokens = PARSER.parse(written(paragraph(text)))

    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special", "hardbreak"}
    said = "".join("\n" if child.type == "hardbreak" else child.content for child in children)
    assert said == text.strip()


def test_code_is_fenced_longer_than_any_fence_in_it() -> None:
    assert rendered(code("a\n````\nb", "c++")) == '<pre><code class="language-c++">a````b</code></pre>'


def test_notes_are_alerts_and_quoted_mails_are_quotes() -> None:
    note = Node("note", label="warning", children=[paragraph("Hot."), listing([item("Wear gloves")])])
    mail = Node("quoted_mail", children=[paragraph("Is it hot?"), Node("quoted_mail", "Ask Ann.")])

    assert written(note, mail) == ("> [!WARNING]\n> Hot.\n>\n> - Wear gloves\n\n> Is it hot?\n>\n> > Ask Ann.\n")


def test_links_lead_only_where_a_page_may_lead() -> None:
    said = f"See the site ({SITE}) or this."
    marks = (
        Inline("link", 4, 15 + len(SITE), SITE),
        Inline("link", len(said) - 5, len(said) - 1, "javascript:alert(1)"),
    )

    assert written(Node("paragraph", said, inlines=marks)) == f"See [the site](<{SITE}>) or this.\n"


def test_a_target_that_the_text_writes_out_is_said_once() -> None:
    said = f"See the site ({SITE}) now."

    assert (
        written(Node("paragraph", said, inlines=(Inline("link", 4, 12, SITE),))) == f"See [the site](<{SITE}>) now.\n"
    )


def test_a_note_that_says_its_kind_says_it_once() -> None:
    assert (
        written(Node("note", label="tip", children=[paragraph("Tip:"), paragraph("Oil it.")]))
        == "> [!TIP]\n> Oil it.\n"
    )


def test_struck_and_inserted_text_is_marked() -> None:
    said = "Price 25 EUR 15 EUR, -5."
    marks = (Inline("struck", 6, 12), Inline("inserted", 13, 19), Inline("struck", 21, 24))

    assert written(Node("paragraph", said, inlines=marks)) == ("Price ~~25 EUR~~ <ins>15 EUR</ins>, <del>-5.</del>\n")


def test_definitions_and_footnotes_keep_their_words() -> None:
    term = Node("definition", children=[Node("paragraph", "Bar", header=True), paragraph("A unit.")])

    assert written(term, Node("footnote", "Cold.", number="1")) == "Bar\n: A unit.\n\n<sup>1</sup> Cold.\n"


def test_two_lists_that_follow_one_another_stay_two() -> None:
    assert rendered(listing([item("a")]), listing([item("b")])) == "<ul><li>a</li></ul><!-- --><ul><li>b</li></ul>"


def test_the_title_is_front_matter_unless_the_text_begins_with_it() -> None:
    found = text_of([heading("Pump", 1), paragraph("Hot.")])

    assert as_markdown("Pump", found.text, found.blocks) == "# Pump\n\nHot.\n"
    assert read_markdown(as_markdown("Pump: care", found.text, found.blocks)).title == "Pump: care"


def test_lists_of_twenty_levels_keep_them() -> None:
    node = item("level 20")
    for level in range(19, 0, -1):
        node = item(f"level {level}", children=[listing([node])])

    assert rendered(listing([node])).count("<ul>") == 20


def test_text_outside_of_blocks_is_a_paragraph() -> None:
    assert as_markdown("x", "read before * blocks", ()).endswith("\n\nread before \\* blocks\n")


def test_every_word_of_the_manual_is_in_its_markdown() -> None:
    found = manual()
    shown = PARSER.render(as_markdown("", found.text, found.blocks))

    for word in ("valve", "6", "hot", "unit", "Figure", "Measured", "```", "gloves", "Ann."):
        assert word in shown


def test_our_own_reader_reads_the_blocks_back() -> None:
    nodes = [
        heading("Care", 1), paragraph(TRICKY), steps(), pressures(), code("a = 1\n  b", "python"),
        Node("definition", children=[Node("paragraph", "Bar", header=True), paragraph("A unit.")]),
        listing([item("one", "a)"), item("two", "b)")]), paragraph(f"See the site ({SITE})."),
    ]  # fmt: skip
    found = text_of(nodes)

    again = text_of(read_markdown(as_markdown("Care", found.text, found.blocks)).nodes)

    assert again.text.split() == found.text.split()
    assert numbers(again.blocks) == numbers(found.blocks)
    assert kinds(again.blocks) == [kind for kind in kinds(found.blocks) if kind != "caption"]


def kinds(blocks: Iterable[Block]) -> list[str]:
    """Return the kinds of all blocks but those that Markdown has no sign for, which are paragraphs."""
    return [block.kind for block in walk(blocks) if block.kind not in {"paragraph", "link"}]


def numbers(blocks: Iterable[Block]) -> list[str]:
    return [block.number for block in walk(blocks) if block.number]
