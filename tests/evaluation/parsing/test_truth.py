"""The truth of a page: its visible words, its headings, its items with their numbers, its cells in their places."""

from __future__ import annotations

import pytest

from evaluation.parsing.content import Heading
from evaluation.parsing.truth import read_truth


def items(page: str) -> list[tuple[str, str, int]]:
    return [(item.text, item.number, item.depth) for item in read_truth(page).items]


def test_only_visible_words_count() -> None:
    page = """<head><title>No</title><style>p {}</style></head><nav>Home</nav><p>One <b>t</b>wo</p><script>x()</script>
    <p hidden>three</p><p style="display: none">four</p><div style="Visibility:hidden"><p>five</p></div>
    <!-- six --><p>seven<br>eight <del>nine</del></p>"""
    assert read_truth(page).words == ["One", "two", "seven", "eight"]


def test_quotes_dashes_and_blanks_are_alike() -> None:
    assert read_truth("<p>“a”&nbsp;–\u00ad b’s  ﬁt</p>").words == ['"a"', "-", "b's", "fit"]


def test_the_depth_of_headings_is_their_place_in_one_another() -> None:
    page = "<h2>A</h2><h4>B</h4><h3>C</h3><h2>D</h2><table><tr><td><h1>no</h1></table>"
    assert read_truth(page).headings == [Heading("A", 1), Heading("B", 2), Heading("C", 2), Heading("D", 1)]


def test_items_have_their_own_text_number_and_depth() -> None:
    page = """<ol start=3><li>Open <b>it</b>:<ul><li>the left</ul><p>gently.</p><pre>code</pre>
    <li value=7><p>Close</p></ol><ol type=a reversed><li>x<li>y</ol>"""
    assert items(page) == [
        ("Open it: gently.", "3", 1), ("the left", "", 2), ("Close", "7", 1), ("x", "b", 1), ("y", "a", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("start", "kind", "number"), [(28, "a", "ab"), (4, "I", "IV"), (0, "a", "0"), (12, "1", "12")])
def test_numbers_are_written_in_the_style_of_the_list(start: int, kind: str, number: str) -> None:
    assert items(f"<ol type={kind} start={start}><li>x</ol>")[0][1] == number


def test_a_list_style_of_the_list_itself_wins() -> None:
    assert items('<ol style="list-style-type: lower-roman"><li>a<li>b</ol>')[1][1] == "ii"
    assert items('<ol style="list-style: none"><li>a</ol>')[0][1] == ""


def test_merged_cells_are_at_each_of_their_places() -> None:
    page = """<table><tr><th rowspan=2>Part<th colspan=2>Torque<tr><th>low<th>high
    <tr><td rowspan=2>M4<td>1<td>2<tr><td>3<td>4</table>"""
    table = read_truth(page).tables[0]
    assert table.headers == 2
    assert table.texts()[2:] == [("M4", "1", "2"), ("M4", "3", "4")]
    assert table.cells()[-1] == ("M4", "Torque high", "4")


def test_a_row_span_ends_with_its_part_of_the_table() -> None:
    page = "<table><tbody><tr><td rowspan=0>a<td>b<tr><td>c</tbody><tbody><tr><td>d<td>e</tbody></table>"
    assert read_truth(page).tables[0].texts() == [("a", "b"), ("a", "c"), ("d", "e")]


def test_rows_and_columns_without_text_are_none() -> None:
    page = "<table><tr><td><td>a<td><td>b<tr><td><td><td><td><tr><td><td>c<td><td></table>"
    assert read_truth(page).tables[0].texts() == [("a", "b"), ("c",)]


def test_the_head_stands_first_and_the_foot_last() -> None:
    page = "<table><tfoot><tr><td>sum</tfoot><tbody><tr><td>1</tbody><thead><tr><td>n</thead></table>"
    table = read_truth(page).tables[0]
    assert (table.texts(), table.headers) == ([("n",), ("1",), ("sum",)], 1)


def test_what_is_in_a_cell_is_text_of_the_cell() -> None:
    page = """<table><tr><td>a<td>Do: <ol><li>x<li>y</ol><tr><td>b<td>see <table><tr><td>1<td>2<tr><td>3<td>4</table>
    </table><p>after</p>"""
    content = read_truth(page)
    assert content.tables[0].texts() == [("a", "Do: 1. x 2. y"), ("b", "see 1, 2; 3, 4")]
    assert (len(content.tables), content.items, content.words[-1]) == (1, [], "after")


def test_a_table_that_only_places_is_none() -> None:
    page = """<table role=presentation><tr><td><ul><li>a</ul><td><h1>b</h1><table><tr><td>c<td>d</table></table>"""
    content = read_truth(page)
    assert ([item.text for item in content.items], content.headings[0].text) == (["a"], "b")
    assert [table.texts() for table in content.tables] == [[("c", "d")]]


def test_a_row_without_marked_header_is_named_by_its_first_text() -> None:
    plain = read_truth("<table><tr><td>M4<td>1</table>").cells()
    marked = read_truth("<table><tr><th>M4<td>1</table>").cells()
    assert plain == marked == [("M4", "column 1", "M4"), ("M4", "column 2", "1")]


def test_a_page_nested_without_end_is_read() -> None:
    deep = "<ul><li>x" * 3000
    assert items(deep)[0] == ("x", "", 1)
    assert read_truth("<div>" * 20_000 + "end").words == ["end"]
