"""The figures of parsing: each falls when what it measures is damaged, and only then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.types import Parsed
from evaluation.parsing.figures import Counts, compare
from evaluation.parsing.result import read_result
from evaluation.parsing.truth import read_truth
from ingest.blocks.nodes import Inline, Node, heading, item, listing, paragraph
from ingest.blocks.tables import TableCell, plain_table, table
from ingest.blocks.write import elements

PAGE = """<h1>Pump</h1><p>Read this <a href="https://example.com/a">page</a> first.</p><ol><li>Close
<ul><li>the inlet</li><li>the outlet</li></ul></li><li>Drain</li><li>Open</li></ol><h2>Torque</h2>
<table><caption>Values</caption><tr><th>Part<th>Low<th>High<tr><td>M4<td>1<td>2<tr><td>M5<td>3<td>4<tr><td>M6<td>5<td>6
</table><p>End.</p>"""
ROWS = (("Part", "Low", "High"), ("M4", "1", "2"), ("M5", "3", "4"), ("M6", "5", "6"))


def steps(*texts: str) -> Node:
    """Return the page's list with the items of these texts."""
    made = [item(text, f"{number}.") for number, text in enumerate(texts, 1)]
    made[texts.index("Close")].children.append(listing([item("the inlet"), item("the outlet")]))
    return listing(made)


def nodes(
    rows: Sequence[Sequence[str]] = ROWS, lists: Sequence[Node] | None = None, level: int = 2, end: str = "End."
) -> list[Node]:
    link = "Read this page (https://example.com/a) first."
    grid = plain_table(rows, caption="Values")
    assert grid is not None
    return [
        heading("Pump", 1),
        Node("paragraph", link, inlines=(Inline("link", 10, 38, "https://example.com/a"),)),
        *(lists or [steps("Close", "Drain", "Open")]),
        heading("Torque", level),
        grid,
        paragraph(end),
    ]


def scores(made: Sequence[Node]) -> dict[str, float]:
    return compared(made).scores()


def compared(made: Sequence[Node]) -> Counts:
    return compare(read_truth(PAGE), read_result(Parsed(tuple(elements(made)))))


def fallen(made: Sequence[Node]) -> set[str]:
    return {name for name, score in scores(made).items() if score < 1}


def test_a_document_that_came_out_whole_has_every_figure_one() -> None:
    assert set(scores(nodes()).values()) == {1.0}


def test_a_column_that_is_shifted_lowers_cells_and_rows() -> None:
    shifted = scores(nodes([ROWS[0], *[("", *row[:2]) for row in ROWS[1:]]]))
    assert shifted["table_cell_f1"] < 0.4
    assert shifted["table_row_f1"] == 0.25
    assert shifted["list_item_f1"] == 1


def test_two_values_that_are_swapped_between_rows_lower_cells_and_rows() -> None:
    swapped = scores(nodes([ROWS[0], ("M4", "1", "4"), ("M5", "3", "2"), ROWS[3]]))
    assert swapped["table_cell_f1"] == pytest.approx(7 / 9, abs=1e-4)
    assert swapped["table_row_f1"] == 0.5


def test_a_header_that_is_lost_lowers_all_cells_of_its_columns_but_not_their_rows() -> None:
    grid = table([[TableCell(text) for text in row] for row in ROWS[1:]])
    lost = scores([*nodes()[:-2], *([grid] if grid else ()), paragraph("Values Part Low High End.")])
    assert lost["table_cell_f1"] == 0
    assert lost["table_row_f1"] == pytest.approx(6 / 7, abs=1e-4)


def test_cells_that_are_glued_lower_cells_and_rows() -> None:
    glued = scores(nodes([*ROWS[:3], ("M6", "5 6")]))
    assert glued["table_cell_f1"] < 0.9
    assert glued["table_row_f1"] == 0.75


def test_swapped_items_lower_the_order() -> None:
    swapped = scores(nodes(lists=[steps("Drain", "Close", "Open")]))
    assert swapped["list_order"] < 0.7
    assert swapped["list_item_f1"] < 1, "their numbers differ"


def test_a_list_that_is_torn_lowers_the_order_and_not_its_items() -> None:
    last = listing([item("Open", "3.")])
    assert fallen(nodes(lists=[steps("Close", "Drain"), last])) == {"list_order"}


def test_a_lost_item_lowers_the_items_and_not_the_order() -> None:
    made = listing([*steps("Close", "Drain").children[:1], item("Open", "3.")])
    assert fallen(nodes(lists=[made])) == {"list_item_f1", "text_similarity"}


def test_a_wrong_number_or_depth_is_a_wrong_item() -> None:
    flat = listing(
        [item("Close", "1."), item("the inlet"), item("the outlet"), item("Drain", "2."), item("Open", "4.")]
    )
    made = compared(nodes(lists=[flat]))
    assert (made.items.source, made.items.both) == (5, 2)


def test_equal_items_are_not_counted_twice() -> None:
    source = read_truth("<ul><li>a<li>b<li>a<li>b</ul>")
    made = listing([item(text) for text in "abab"])
    assert set(_known(compare(source, read_result(Parsed(tuple(elements([made]))))))) == {1.0}
    torn = [listing([item("a"), item("b")]), listing([item("a"), item("b")])]
    assert compare(source, read_result(Parsed(tuple(elements(torn))))).order.value == pytest.approx(2 / 3)


def test_a_heading_that_is_a_paragraph_lowers_headings_and_a_wrong_level_only_levels() -> None:
    made = nodes()
    made[3] = paragraph("Torque")
    assert fallen(made) == {"heading_f1"}
    assert fallen(nodes(level=1)) == {"heading_level_accuracy"}


def test_words_that_are_lost_or_moved_lower_the_similarity() -> None:
    assert fallen(nodes(end="")) == {"text_similarity"}
    made = nodes()
    assert fallen([made[-1], *made[:-1]]) == {"text_similarity"}


def test_what_is_repeated_counts_once() -> None:
    made = nodes()
    again = Node("row", children=[Node("cell", text, column=x) for x, text in enumerate(ROWS[0])], repeated=True)
    made[-2].children.insert(3, again)
    assert fallen([*made, Node("paragraph", "Pump", repeated=True), Node("footer", "Page 1")]) == set()


def test_more_paragraphs_notes_and_quotes_of_an_item_are_its_text() -> None:
    source = read_truth("<ol><li><p>Open.</p><p>Wait.</p><div><p>Hot!</p></div><pre>run</pre></ol>")
    children = [paragraph("Wait."), Node("note", children=[paragraph("Hot!")], label="warning"), Node("code", "run")]
    made = elements([listing([item("Open.", "1)", children)])])
    assert set(_known(compare(source, read_result(Parsed(tuple(made)))))) == {1.0}


def test_a_colon_that_a_form_shows_between_a_name_and_its_value_counts_for_nothing() -> None:
    pair = Node("key_value", children=[Node("paragraph", "From", header=True), paragraph("Ana")])
    source = read_truth("<p>From: Ana</p>")
    assert _known(compare(source, read_result(Parsed(tuple(elements([pair])))))) == [1.0]


def test_nothing_to_find_and_nothing_found_is_no_figure() -> None:
    counts = compare(read_truth("<p>a</p>"), read_result(Parsed(tuple(elements([paragraph("a")])))))
    assert _known(counts) == [1.0]
    spurious = compare(read_truth("<p>a b</p>"), read_result(Parsed(tuple(elements([listing([item("a b")])])))))
    assert spurious.scores()["list_item_f1"] == 0


def _known(counts: Counts) -> list[float]:
    return [score for score in counts.scores().values() if score is not None]
