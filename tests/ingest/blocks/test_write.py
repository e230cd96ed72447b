"""A tree as text: every block is a part of it, and its words stand once."""

from __future__ import annotations

from core.blocks import Block, walk
from core.types import Element
from ingest.blocks.inline import InlineText, superscript
from ingest.blocks.nodes import Node, code, heading, item, listing, paragraph
from ingest.blocks.write import elements


def only(node: Node) -> Element:
    (element,) = elements([node])
    return element


def parts(element: Element, kind: str) -> list[str]:
    return [element.text[block.start : block.end] for block in walk([element.block]) if block.kind == kind]


def test_a_list_has_an_item_a_line_with_its_number_and_its_depth() -> None:
    inner = listing([item("Rinse it.", "a."), item("Dry it.", "b.")])
    clean = item("Clean:", "2.", [inner, paragraph("Then wait.")])
    element = only(listing([item("Open.", "1."), clean, item("Close.", "3.")]))

    assert element.text == "1. Open.\n2. Clean:\n  a. Rinse it.\n  b. Dry it.\n  Then wait.\n3. Close."
    assert parts(element, "item")[1] == "2. Clean:\n  a. Rinse it.\n  b. Dry it.\n  Then wait."
    assert parts(element, "item")[2:4] == ["a. Rinse it.", "b. Dry it."]
    assert [block.number for block in walk([element.block]) if block.kind == "item"] == ["1.", "2.", "a.", "b.", "3."]
    assert element.block.ordered


def test_bullets_are_not_text() -> None:
    assert only(listing([item("one"), item("two")])).text == "one\ntwo"


def test_code_in_an_item_keeps_its_lines() -> None:
    element = only(listing([item("Run:", "1.", [code("if a:\n    b()")])]))

    assert element.text == "1. Run:\n  if a:\n      b()"
    assert parts(element, "code") == ["if a:\n      b()"]


def test_a_definition_is_one_line_with_its_term() -> None:
    node = Node("definition", children=[Node("paragraph", "E-47", header=True), paragraph("The fuser is too hot.")])

    assert only(node).text == "E-47: The fuser is too hot."


def test_two_terms_share_a_description_and_a_colon_is_not_doubled() -> None:
    terms = [Node("paragraph", "-v", header=True), Node("paragraph", "--verbose:", header=True)]

    assert only(Node("definition", children=[*terms, paragraph("Say more.")])).text == "-v, --verbose: Say more."


def test_a_note_holds_its_parts() -> None:
    element = only(Node("note", label="warning", children=[paragraph("Hot."), listing([item("Wait.", "1.")])]))

    assert element.text == "Hot.\n1. Wait."
    assert (element.block.label, [child.kind for child in element.block.children]) == ("warning", ["paragraph", "list"])


def test_what_has_no_text_is_left_out() -> None:
    nodes = [heading("", 1), listing([]), Node("note", children=[paragraph("")]), paragraph("x")]

    assert [element.text for element in elements(nodes)] == ["x"]


def test_marks_are_where_their_words_are() -> None:
    text = InlineText()
    text.add("Download  it ")
    start = text.length
    text.add("here ")
    text.mark("link", start, "https://example.com")
    text.add(" now.")
    words, inlines = text.taken()
    element = only(Node("paragraph", words, inlines=inlines))

    assert element.text == "Download it here now."
    assert parts(element, "link") == ["here"]
    assert element.block.children[0].label == "https://example.com"


def test_every_block_is_inside_its_parent() -> None:
    node = listing([item("a", "1.", [listing([item("b", "1."), item("c", "2.", [listing([item("d")])])])])])

    def check(block: Block) -> None:
        for child in block.children:
            assert block.start <= child.start <= child.end <= block.end
            check(child)

    check(only(node).block)


def test_raised_digits_stay_raised() -> None:
    assert "10" + superscript("6", "10") == "10⁶"
    assert superscript("−3", "10") == "⁻³"
    assert superscript("th", "4") == "th"
    assert superscript("®", "Vouch") == "®"
    assert superscript("ab", "x") == "^ab"
    assert superscript("see below", "x") == "see below"
