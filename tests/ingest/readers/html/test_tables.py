"""Tables of HTML: merged cells, headers, captions, tables in cells, and tables that only lay out a page."""

from __future__ import annotations

import time

import pytest

from tests.ingest.readers.html.reading import blocks, headers, only, shown, text

HEAD = "<tr><th>Series</th><th>Model</th><th>Limit</th></tr>"


def test_merged_cells_are_in_each_row_that_they_are_for() -> None:
    element = only(f"<table>{HEAD}<tr><td rowspan=2>Heron<td>H1<td>4 bar<tr><td>H2<td>6 bar</table>")

    assert element.text == "Series | Model | Limit\nHeron | H1 | 4 bar\nHeron | H2 | 6 bar"
    merged = [block for block in blocks(element, "cell") if text(element, block) == "Heron"]
    assert [(block.row, block.column, block.rows, block.repeated) for block in merged] == [
        (1, 0, 2, False), (2, 0, 1, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><td rowspan=0>a<td>1<tr><td>2<tr><td>3", "a | 1\na | 2\na | 3"),
        ("<tbody><tr><td rowspan=9>a<td>1<tr><td>2<tbody><tr><td>b<td>3", "a | 1\na | 2\nb | 3"),
        ("<tr><td colspan=2>a<td>1<tr><td>2<td>3<td>4", "a | a | 1\n2 | 3 | 4"),
        ("<tr><td>a<td rowspan=2 colspan=2>b<tr><td>c<tr><td>1<td>2<td>3", "a | b | b\nc | b | b\n1 | 2 | 3"),
        ("<tfoot><tr><td>sum<td>9<tbody><tr><td>a<td>1", "a | 1\nsum | 9"),
        ("<tr><td>a<td><tr><td><td>b", "a\n| b"),
        ("<tr><td>a<td>b<tr><td><td><tr><td>1<td>2", "a | b\n1 | 2"),
    ],
)
def test_cells_are_in_their_places(rows: str, expected: str) -> None:
    element = only(f"<table>{rows}</table>")

    assert [line.strip() for line in element.text.split("\n")] == [line.strip() for line in expected.split("\n")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<thead><tr><td>A<td>B<tbody><tr><td>1<td>2", ["A", "B"]),
        ("<tr><th>A<th>B<tr><td>1<td>2", ["A", "B"]),
        ("<tr><th>Weight<td>5 kg<tr><th>Height<td>2 m", ["Weight", "Height"]),
        ("<tr><th scope=col>A<th scope=col>B<tr><th scope=row>x<td>2", ["A", "B", "x"]),
        ("<tr><td><b>A</b><td><strong>B</strong><tr><td>1<td>2", ["A", "B"]),
        ("<tr><td><b>A</b><td><b>B</b><tr><td><b>1</b><td>2", ["A", "B", "1"]),
        ("<tr><td><b>Weight</b><td>5 kg<tr><td><b>Height</b><td>2 m", ["Weight", "Height"]),
        (
            "<tr><th>M<th colspan=2>First<tr><td><td>hours<td>weeks<tr><td>H1<td>50<td>2",
            ["M", "First", "hours", "weeks"],
        ),
        ("<tr><th>A<th>B<tr><th colspan=2>Pumps<tr><td>1<td>2", ["A", "B", "Pumps"]),
        ("<tr><td>a<td>b<tr><td>1<td>2", ["a", "b"]),
        ("<tr><td>1<td>2<tr><td>3<td>4", []),
    ],
)
def test_headers_of_rows_and_columns_are_marked(rows: str, expected: list[str]) -> None:
    assert [found for found in headers(only(f"<table>{rows}</table>")) if found] == expected


def test_a_row_that_heads_a_part_of_a_table_is_not_a_row_of_its_header() -> None:
    element = only("<table><tr><th>A<th>B<tr><th colspan=2>Pumps<tr><td>1<td>2</table>")

    assert [row.header for row in element.block.children] == [True, False, False]


def test_a_caption_belongs_to_its_table_also_in_a_figure() -> None:
    rows = "<tr><th>A<th>B<tr><td>1<td>2"

    element = only(f"<table><caption>Limits</caption>{rows}</table>")
    assert (element.text, element.block.children[0].kind) == ("Limits\nA | B\n1 | 2", "caption")
    assert only(f"<figure><table>{rows}</table><figcaption>Limits</figcaption></figure>").text == element.text


def test_a_cell_is_one_line_with_all_that_is_in_it() -> None:
    cell = "<p>One</p><ul><li>x</li><li>y</li></ul><pre>a\nb</pre>two<br>three <img alt=yes src=y.png>"
    element = only(f"<table>{HEAD}<tr><td>{cell}<td>2<td>10<sup>6</sup></table>")

    assert element.text.split("\n")[1] == "One x; y a b two three yes | 2 | 10⁶"


def test_a_table_in_a_cell_is_a_part_of_the_cell_and_its_words_stand_once() -> None:
    inner = "<table><tr><td>p<td>q<tr><td>r<td>s</table>"
    element = only(f"<table>{HEAD}<tr><td>see {inner} end<td>1<td>2</table>")

    assert element.text.split("\n")[1] == "see p, q; r, s end | 1 | 2"


def test_tables_that_lay_out_a_page_are_no_tables() -> None:
    long = "A sentence of the page. " * 60

    assert next(kind for kind, _ in shown(f"<table><tr><td><h1>T</h1>{long}<td>side</table>")) == "heading"
    assert shown("<table><tr><td>alone</table>") == [("paragraph", "alone")]
    assert shown("<table role=presentation><tr><td>a<td>b</table>") == [("paragraph", "a"), ("paragraph", "b")]
    inner = "<table><tr><th>A<th>B<tr><td>1<td>2</table>"
    assert shown(f"<table><tr><td>menu<td>{inner}</table>") == [("paragraph", "menu"), ("table", "A | B\n1 | 2")]


def test_a_grid_that_is_made_of_divs_and_says_so_is_a_table() -> None:
    cells = "<div role=row><span role=columnheader>A</span><span role=columnheader>B</span></div>"
    cells += "<div role=row><span role=cell>1</span><span role=cell>2</span></div>"
    element = only(f"<div role=table>{cells}</div>")

    assert (element.kind, element.text, headers(element)) == ("table", "A | B\n1 | 2", ["A", "B"])


def test_a_table_of_ten_thousand_rows_is_whole() -> None:
    rows = "".join(
        f"<tr><td>K{n}<td>{n} bar<td rowspan=2>m{n}" if n % 2 else f"<tr><td>K{n}<td>{n} bar" for n in range(9999)
    )

    element = only(f"<table>{HEAD}{rows}</table>")

    assert len(element.text.split("\n")) == 10_000
    assert "K7 | 7 bar | m7\nK8 | 8 bar | m7" in element.text


def test_spans_that_are_bombs_cost_no_more_than_the_table_is_large() -> None:
    bomb = "<td rowspan=65534 colspan=1000>x"
    started = time.perf_counter()

    assert only(f"<table>{f'<tr>{bomb}' * 3000}</table>").kind == "table"
    assert only(f"<table><tr>{'<th>h' * 900}{'<tr><td colspan=1000>word' * 3000}</table>").text.count("word") == 3000
    assert only(f"<table>{''.join(f'<tr>{bomb * 20}' for _ in range(500))}</table>").kind == "table"
    assert time.perf_counter() - started < 10


def test_tables_in_tables_by_the_thousand_are_read() -> None:
    assert shown("<table><tr><td>" * 2000 + "deep" + "</table>" * 2000) == [("paragraph", "deep")]
    element = only(f"<table>{HEAD}<tr><td>a<td>b<td>" + "<table><tr><td>i<td>" * 2000 + "deep" + "</table>" * 2001)
    assert element.text.endswith("deep")
