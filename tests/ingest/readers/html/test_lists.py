"""Lists of HTML: the numbers that a browser shows, nesting, and what else is in an item."""

from __future__ import annotations

import pytest

from tests.ingest.readers.html.reading import blocks, only, shown, text, texts


def test_steps_have_their_numbers() -> None:
    element = only("<ol><li>Open the lid.</li><li>Turn the key.</li></ol>")

    assert element.text == "1. Open the lid.\n2. Turn the key."
    assert element.block.ordered
    assert [block.number for block in element.block.children] == ["1.", "2."]


@pytest.mark.parametrize(
    ("html", "numbers"),
    [
        ("<ol start=4><li>a<li>b</ol>", ["4.", "5."]),
        ("<ol start=-1><li>a<li>b<li>c</ol>", ["-1.", "0.", "1."]),
        ("<ol reversed><li>a<li>b<li>c</ol>", ["3.", "2.", "1."]),
        ("<ol reversed start=9><li>a<li>b</ol>", ["9.", "8."]),
        ("<ol><li>a<li value=7>b<li>c</ol>", ["1.", "7.", "8."]),
        ("<ol type=a><li>a<li value=27>b</ol>", ["a.", "aa."]),
        ("<ol type=A><li>a</ol>", ["A."]),
        ("<ol type=i start=3><li>a<li>b</ol>", ["iii.", "iv."]),
        ("<ol type=I start=1999><li>a</ol>", ["MCMXCIX."]),
        ("<ol type=i start=0><li>a</ol>", ["0."]),
        ("<ol style='list-style: upper-latin inside'><li>a</ol>", ["A."]),
        ("<ol style='list-style-type: decimal-leading-zero'><li>a</ol>", ["01."]),
        ("<ol style='list-style: none'><li>a</ol>", [None]),
        ("<ol><li style='list-style-type: lower-roman'>a</ol>", ["i."]),
        ("<ul style='list-style-type: decimal'><li>a<li>b</ul>", ["1.", "2."]),
        ("<style>ol.x { list-style-type: lower-greek }</style><ol class=x><li>a<li>b</ol>", ["α.", "β."]),
        ("<style>ol {list-style: none; counter-reset: s} li {counter-increment: s}</style><ol><li>a</ol>", ["1."]),
        ("<ul><li>a</ul>", [None]),
        ("<ul><li>1. a<li>2. b</ul>", ["1.", "2."]),
        ("<ul style='list-style:none'><li>• a<li>• b</ul>", [None, None]),
        ("<div role=list><div role=listitem>a</div></div>", [None]),
    ],
)
def test_numbers_are_those_that_the_page_shows(html: str, numbers: list[str | None]) -> None:
    element = only(html)

    assert [block.number for block in element.block.children] == numbers
    shown_numbers = [f"{number} " if number else "" for number in numbers]
    assert element.text == "\n".join(f"{number}{letter}" for number, letter in zip(shown_numbers, "abc", strict=False))


def test_an_item_keeps_its_paragraphs_code_table_and_inner_steps() -> None:
    element = only(
        "<ol><li><p>Stop it:</p><pre><code class='language-bash'>stop\n  now</code></pre><p>Wait.</p>"
        "<ol type=a><li>Look<li>Listen</ol><table><tr><th>A<th>B<tr><td>1<td>2</table></li><li>Start</li></ol>"
    )

    assert element.text == ("1. Stop it:\n  stop\n    now\n  Wait.\n  a. Look\n  b. Listen\n  A | B\n  1 | 2\n2. Start")
    first = element.block.children[0]
    assert [child.kind for child in first.children] == ["code", "paragraph", "list", "table"]
    assert first.children[0].label == "bash"
    assert texts(element, "item") == [text(element, first), "a. Look", "b. Listen", "2. Start"]


def test_a_list_inside_a_list_without_an_item_belongs_to_the_item_before() -> None:
    element = only("<ul><li>Pumps<ul><li>H100</ul><ul><li>H200</ul></li></ul>")

    assert element.text == "Pumps\n  H100\n  H200"
    assert only("<ul><li>Pumps</li><ul><li>H100</li></ul></ul>").text == "Pumps\n  H100"


def test_lists_that_lay_out_sections_are_sections() -> None:
    found = shown("<ul><li><h2>Care</h2><p>Rinse.</p></li><li><h2>Repair</h2><p>Call us.</p></li></ul>")

    assert found == [("heading", "Care"), ("paragraph", "Rinse."), ("heading", "Repair"), ("paragraph", "Call us.")]


def test_a_numbered_step_with_a_heading_stays_a_step() -> None:
    assert only("<ol><li><h3>Drain</h3><p>Open the tap.</p></ol>").text == "1. Drain\n  Open the tap."


def test_definitions_are_terms_with_their_descriptions() -> None:
    page = (
        "<dl><dt>E-47</dt><dd>Too hot.</dd><div><dt>E-48</dt><dt>E-49</dt><dd><p>Open.</p><ul><li>Close</ul></dd></div>"
    )
    page += "</dl>"

    assert shown(page) == [("definition", "E-47: Too hot."), ("definition", "E-48, E-49: Open.\nClose")]


@pytest.mark.parametrize("depth", [20, 5000])
def test_lists_in_lists_are_read_in_order_however_deep(depth: int) -> None:
    opened = "".join(f"<ol><li>before{n}" for n in range(depth))
    closed = "".join(f"<p>after{n}</p></li></ol>" for n in reversed(range(depth)))

    element = only(opened + closed)

    expected = [f"before{n}" for n in range(depth)] + [f"after{n}" for n in reversed(range(depth))]
    assert [word for word in element.text.split() if word.startswith(("before", "after"))] == expected
    assert max(block.level or 0 for block in blocks(element, "list")) == min(depth, 22)
