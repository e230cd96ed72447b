"""Presentations: lists with their numbers, tables, charts, notes under their slide, reading order."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pptx
import pytest
from lxml import etree
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office import books
from tests.ingest.readers.shape import shape

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
TITLE_AND_BODY, TITLE_ONLY, BLANK = 1, 5, 6


def show(*fills: Callable[[Any], None], layout: int = BLANK) -> bytes:
    """Return a PPTX with a slide for each function that fills one."""
    made = pptx.Presentation()
    for fill in fills:
        fill(made.slides.add_slide(made.slide_layouts[layout]))
    return files.saved(made)


def box(slide: Any, text: str, left: float = 1, top: float = 1, width: float = 3, height: float = 1) -> Any:
    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.text = text
    return frame


def bullet(paragraph: Any, xml: str, level: int = 0) -> None:
    """Give a paragraph a bullet or a number of its own."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("lvl", str(level))
    properties.append(etree.fromstring(f'<a:{xml} xmlns:a="{A}"/>'))


def lines(slide: Any, *marked: tuple[str, str, int]) -> None:
    frame = box(slide, "")
    for place, (text, xml, level) in enumerate(marked):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = text
        if xml:
            bullet(paragraph, xml, level)


def test_the_list_of_a_body_has_its_levels(read: Read) -> None:
    def fill(slide: Any) -> None:
        slide.shapes.title.text = "Care"
        frame = slide.placeholders[1].text_frame
        frame.text = "Tank"
        for text, level in (("Rinse daily", 1), ("Dry", 1), ("Lid", 0)):
            paragraph = frame.add_paragraph()
            paragraph.text, paragraph.level = text, level

    parsed = read(show(fill, layout=TITLE_AND_BODY), "a.pptx")

    assert shape(parsed) == [("heading", "Care"), ("list", "Tank\n  Rinse daily\n  Dry\nLid")]


def test_numbered_paragraphs_have_the_number_that_is_shown(read: Read) -> None:
    decimal, letters = 'buAutoNum type="arabicPeriod"', 'buAutoNum type="alphaLcParenR"'
    steps = [
        ("Open", decimal, 0), ("Lift", letters, 1), ("Turn", letters, 1), ("Pour", decimal, 0), ("Note", "buNone", 0),
        ("Close", f'{decimal} startAt="3"', 0), ("Go", 'buAutoNum type="romanUcPeriod"', 0),
    ]  # fmt: skip

    parsed = read(show(lambda slide: lines(slide, *steps)), "a.pptx")

    assert [text for _, text in shape(parsed)] == ["1. Open\n  a) Lift\n  b) Turn\n2. Pour", "Note", "3. Close\nI. Go"]


def test_typed_bullets_and_numbers_are_items_and_one_sentence_with_a_date_is_none(read: Read) -> None:
    def fill(slide: Any) -> None:
        lines(slide, ("- Rinse", "", 0), ("- Dry", "", 0))
        lines(slide, ("1. Open", "", 0), ("2. Close", "", 0))
        lines(slide, ("3. March is the last day.", "", 0))

    parsed = read(show(fill), "a.pptx")

    assert shape(parsed) == [
        ("list", "Rinse\nDry"), ("list", "1. Open\n2. Close"), ("paragraph", "3. March is the last day."),
    ]  # fmt: skip


def test_a_chart_is_a_figure_with_its_values(read: Read) -> None:
    def fill(slide: Any) -> None:
        data = CategoryChartData(number_format='0.00"%"')
        data.categories = ["Q1", "Q2"]
        data.add_series("North", (99.95, 99.81))
        data.add_series("South", (98.5, None))
        frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(5), Inches(4), data)
        frame.chart.has_title = True
        frame.chart.chart_title.text_frame.text = "Uptime of the year"

    parsed = read(show(fill), "a.pptx")

    assert shape(parsed) == [("figure", "Uptime of the year\n | North | South\nQ1 | 99.95% | 98.50%\nQ2 | 99.81%")]
    assert parsed.elements[0].block.children[0].kind == "caption"


def test_the_points_of_a_scatter_chart_keep_both_values(read: Read) -> None:
    def fill(slide: Any) -> None:
        data = XyChartData()
        for name, points in (("Pump", ((1.5, 20), (2.5, 30))), ("Hose", ((1, 5), (2, 6)))):
            series = data.add_series(name)
            for x, y in points:
                series.add_data_point(x, y)
        slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, 0, Inches(5), Inches(4), data)

    ((_, text),) = shape(read(show(fill), "a.pptx"))

    assert text == " | Pump\n1.5 | 20\n2.5 | 30\n | Hose\n1 | 5\n2 | 6"


def test_merged_cells_of_a_table_keep_their_columns(read: Read) -> None:
    def fill(slide: Any) -> None:
        table = slide.shapes.add_table(4, 3, 0, 0, Inches(5), Inches(2)).table
        for row, line in enumerate(
            (["Model", "Size", ""], ["", "Width", "Height"], ["X200", "30", "40"], ["", "50", "60"])
        ):
            for column, text in enumerate(line):
                table.cell(row, column).text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(0, 0).merge(table.cell(1, 0))
        table.cell(2, 0).merge(table.cell(3, 0))

    parsed = read(show(fill), "a.pptx")

    assert books.tables(parsed) == [
        (2, 0, "Model | Size | Size\nModel | Width | Height\nX200 | 30 | 40\nX200 | 50 | 60")
    ]


def test_the_style_of_a_table_says_that_its_first_row_is_the_header(read: Read) -> None:
    def fill(slide: Any) -> None:
        table = slide.shapes.add_table(3, 3, 0, 0, Inches(5), Inches(2)).table
        for row, line in enumerate((["", "A", "B"], ["1", "Product", "Sales"], ["2", "Pencil", "20"])):
            for column, text in enumerate(line):
                table.cell(row, column).text = text

    assert books.tables(read(show(fill), "a.pptx"))[0][:2] == (1, 1)


def test_notes_stand_under_their_slide(read: Read) -> None:
    def fill(slide: Any, number: int) -> None:
        slide.shapes.title.text = f"Slide {number}"
        slide.notes_slide.notes_text_frame.text = f"Say {number}."

    data = show(lambda slide: fill(slide, 1), lambda slide: fill(slide, 2), layout=TITLE_ONLY)

    assert [(e.page, e.kind, e.text) for e in read(data, "a.pptx").elements] == [
        (1, "heading", "Slide 1"), (1, "note", "Say 1."), (2, "heading", "Slide 2"), (2, "note", "Say 2."),
    ]  # fmt: skip


def test_two_columns_are_read_one_after_the_other_though_drawn_in_another_order(read: Read) -> None:
    def fill(slide: Any) -> None:
        box(slide, "right below", left=6, top=4)
        box(slide, "left above", left=1, top=1)
        box(slide, "right above", left=6, top=1.2)
        box(slide, "left below", left=1, top=3)

    assert [text for _, text in shape(read(show(fill), "a.pptx"))] == [
        "left above", "left below", "right above", "right below",
    ]  # fmt: skip


def test_shapes_that_were_drawn_column_by_column_stay_in_that_order(read: Read) -> None:
    def fill(slide: Any) -> None:
        for left in (1, 6):
            for top in (1, 2.2):
                box(slide, f"{left} {top}", left=left, top=top)

    assert [text for _, text in shape(read(show(fill), "a.pptx"))] == ["1 1", "1 2.2", "6 1", "6 2.2"]


def test_struck_text_is_left_out_links_have_their_target_and_digits_stay_raised(read: Read) -> None:
    def fill(slide: Any) -> None:
        paragraph = box(slide, "Fee ").paragraphs[0]
        struck = paragraph.add_run()
        struck.text = "25 EUR "
        struck._r.get_or_add_rPr().set("strike", "sngStrike")
        paragraph.add_run().text = "15 EUR per 10"
        raised = paragraph.add_run()
        raised.text = "6"
        raised._r.get_or_add_rPr().set("baseline", "30000")
        for words in (", see ", "our ", "tariff"):
            run = paragraph.add_run()
            run.text = words
            if words in {"our ", "tariff"}:
                run.hyperlink.address = "https://example.com/tariff"

    parsed = read(show(fill), "a.pptx")

    text = "Fee 15 EUR per 10⁶, see our tariff (https://example.com/tariff)"
    assert shape(parsed) == [("paragraph", text)]
    (link,) = parsed.elements[0].block.children
    assert (text[link.start : link.end], link.label) == (
        "our tariff (https://example.com/tariff)", "https://example.com/tariff",
    )  # fmt: skip
    assert parsed.account is not None
    assert [left.reason for left in parsed.account.left_out] == ["struck"]


def test_groups_are_read_and_pictures_by_their_alternative_text(read: Read) -> None:
    def fill(slide: Any) -> None:
        group = slide.shapes.add_group_shape().shapes.add_group_shape()
        group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "inside"
        picture = io.BytesIO(files.encoded("no text", "PNG"))
        drawn = slide.shapes.add_picture(picture, 0, Inches(2))
        drawn._element.nvPicPr.cNvPr.set("descr", "The pump from the left")
        slide.shapes.add_picture(picture, 0, Inches(4))._element.nvPicPr.cNvPr.set("descr", "pump.png")

    assert shape(read(show(fill), "a.pptx")) == [("paragraph", "inside"), ("figure", "The pump from the left")]


def test_prompts_of_empty_placeholders_and_slide_numbers_are_not_read(read: Read) -> None:
    def fill(slide: Any) -> None:
        slide.shapes.title.text = "Care"

    assert shape(read(show(fill, layout=TITLE_AND_BODY), "a.pptx")) == [("heading", "Care")]


@pytest.mark.parametrize("depth", [5, 60])
def test_groups_in_groups_are_read_as_deep_as_they_can_be(read: Read, depth: int) -> None:
    def fill(slide: Any) -> None:
        group = slide.shapes
        for _ in range(depth):
            group = group.add_group_shape().shapes
        group.add_textbox(0, 0, 100, 100).text_frame.text = "inside"

    parsed = read(show(fill), "a.pptx")

    assert parsed.account is not None
    assert shape(parsed) == [("paragraph", "inside")] or parsed.account.left_out[0].reason == "nested"
