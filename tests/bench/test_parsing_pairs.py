"""Pairs to measure parsing with: pages become plain, and what is made of them says what their source says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook
from pptx import Presentation

from bench.parsing.pairs.clean import bulleted, cleaned, shown, written
from bench.parsing.pairs.mail import mail_pages
from bench.parsing.pairs.outline import Grid, List, outline
from bench.parsing.pairs.sheets import sheet_pages
from bench.parsing.pairs.site import serve_pages
from bench.parsing.pairs.slides import present_pages
from bench.parsing.pairs.sources import Page
from bench.parsing.structure import indulged
from bench.parsing.structure_worker import elements_html, markdown_html
from evaluation.parsing.content import words_of
from evaluation.parsing.pairs import find_pairs
from evaluation.parsing.truth import read_truth

RAW = """<body><div class="navheader"><table><tr><td>Prev<td>Next</table></div><div class="titlepage">
<h2>Pump</h2></div>
<p>Read <b>this</b>:</p><ol><li><p>Close</p><ul><li>left<li>right</ul></li><li>Drain</ol>
<div class="tip"><table><tr><td rowspan=2><img src=t.png></td><th>Tip</th></tr><tr><td><p>Wait.</p></table></div>
<h4>Torque</h4><table><tr><th>Part<th>Nm<tr><td rowspan="2">M4<td>1<tr><td>2</table>
<table><tr><td><p>Only places.</p></table><div>Loose <i>text</i></div><script>x()</script></body>"""


def page(name: str = "pump") -> Page:
    return Page(name, "Pump", cleaned(html.fromstring(RAW)), 1, 4, 2)


def test_a_page_becomes_plain_and_loses_only_what_is_no_content() -> None:
    content = read_truth(written(page().body, "Pump", ""))
    text = "Pump Read this Close left right Drain Tip Wait. Torque Part Nm M4 1 2 Only places. Loose text"
    assert " ".join(content.words) == text
    assert [(heading.text, heading.depth) for heading in content.headings] == [("Pump", 1), ("Torque", 2)]
    assert [table.texts() for table in content.tables] == [[("Part", "Nm"), ("M4", "1"), ("M4", "2")]]
    assert [(item.text, item.number, item.depth) for item in content.items][:3] == [
        ("Close", "1", 1), ("left", "", 2), ("right", "", 2),
    ]  # fmt: skip


def test_paragraphs_with_bullets_are_lists() -> None:
    body = bulleted(html.fromstring("<body><p>Do:</p><p>• one</p> <p>• two</p><p>End</p><p>• three</p></body>"))
    content = read_truth(written(body, "", ""))
    assert [(item.text, item.group) for item in content.items] == [("one", 1), ("two", 1), ("three", 2)]
    assert content.words == ["Do", "one", "two", "End", "three"]


def test_text_is_as_it_is_shown() -> None:
    assert shown(html.fromstring("<p>Press <b>Ctrl</b>+<b>S</b>.<br>Wait</p>")) == "Press Ctrl+S. Wait"


def test_an_outline_has_the_lists_in_items_and_the_spans_of_cells() -> None:
    pump, torque = outline(page().body)
    steps = next(part for part in pump.parts if isinstance(part, List))
    grid = next(part for part in torque.parts if isinstance(part, Grid))
    assert [entry.text for entry in steps.entries[0].inside[0].entries] == ["left", "right"]
    assert (grid.headers, grid.width, grid.places()[2][0][0]) == (1, 2, 1)


@pytest.mark.parametrize("make", [present_pages, mail_pages, serve_pages])
def test_each_page_becomes_a_pair(make: Callable[[Path, Sequence[Page]], None], tmp_path: Path) -> None:
    make(tmp_path, [page("a"), page("b"), page("c")])
    pairs = find_pairs(tmp_path)
    assert len(pairs) == 3
    assert all("Close" in read_truth(pair.source.read_bytes()).words for pair in pairs)


def test_slides_hold_what_their_source_says(tmp_path: Path) -> None:
    present_pages(tmp_path, [page()])
    show = Presentation(str(tmp_path / "pump.pptx"))
    texts = [words_of(shape.text_frame.text) for slide in show.slides for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for slide in show.slides for shape in slide.shapes if shape.has_table]
    source = read_truth((tmp_path / "pump.html").read_bytes())
    assert {word for text in texts for word in text} <= set(source.words)
    assert (tables[0].first_row, tables[0].cell(1, 0).is_merge_origin) == (True, True)
    assert source.tables[0].headers == 1


def test_sheets_hold_values_and_their_source_says_how_they_are_shown(tmp_path: Path) -> None:
    sheet_pages(tmp_path, [page("a"), page("b")])
    book = load_workbook(tmp_path / "made-up-00.xlsx")
    source = read_truth((tmp_path / "made-up-00.html").read_bytes())
    assert [heading.text for heading in source.headings] == book.sheetnames
    first = next(row for row in book.worksheets[0].iter_rows() if row[0].value == "Name")
    assert source.tables[0].texts()[0] == tuple(cell.value for cell in first)


def test_what_other_readers_leave_in_items_costs_them_nothing() -> None:
    content = indulged(read_truth("<ul><li>1. Open<li>• Close<li>a) Wait</ul><table><tr><td>a<tr><td>b</table>"))
    assert [(item.text, item.number) for item in content.items] == [("Open", "1"), ("Close", ""), ("Wait", "a")]
    assert content.tables[0].headers == 1


def test_markdown_and_elements_of_other_readers_become_pages() -> None:
    content = read_truth(markdown_html("# A\n\n1. x\n   - y\n\n| p | q |\n|---|---|\n| 1 | 2<br>3 |\n"))
    assert ([item.depth for item in content.items], content.cells()[1][2]) == ([1, 2], "2 3")
    assert elements_html([]) == ""
