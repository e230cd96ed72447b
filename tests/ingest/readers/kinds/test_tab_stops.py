"""Price lists and the like, set with tabs: each value is in a row with its name, and in the right column."""

from __future__ import annotations

from typing import Any

import docx
import pytest
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.shared import Cm

from core.types import Element
from ingest.blocks.write import elements
from ingest.readers.rtf.reader import read_rtf
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.kinds.rows import rows, tables, value
from tests.ingest.readers.office.test_odt import odt

PRICES = ("Basic inspection\t89,00 €", "Oil change\t49,50 €", "Descaling\t35,00 €")
MODELS = ("Model\tPower\tWeight", "Kestrel 20\t900 W\t6,1 kg", "Kestrel 40\t1400 W\t9,2 kg", "Kestrel 60\t\t12,8 kg")
NOTE = "Note:\tBring it dry."
STOPS = (
    '<style:tab-stops><style:tab-stop style:position="5cm"/><style:tab-stop style:position="9cm"/></style:tab-stops>'
)


def word(*lines: str, stops: int = 0, lead: bool = False) -> bytes:
    document = docx.Document()
    for line in lines:
        _set(document.add_paragraph(line), stops, lead=lead)
    return files.saved(document)


def _set(paragraph: Any, stops: int, *, lead: bool) -> None:
    for place in range(stops):
        leader = WD_TAB_LEADER.DOTS if lead else WD_TAB_LEADER.SPACES
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(5 + 4 * place), WD_TAB_ALIGNMENT.LEFT, leader)


def rich(*lines: str, stops: int) -> bytes:
    set_ = "".join(rf"\tx{3000 * place}" for place in range(1, stops + 1))
    body = "".join(rf"\pard{set_} " + line.replace("\t", r"\tab ").replace("€", r"\'80") + r"\par " for line in lines)
    return (r"{\rtf1\ansi\ansicpg1252 " + body + "}").encode("latin-1")


def open_text(*lines: str) -> bytes:
    style = f'<style:style style:name="T" style:family="paragraph"><style:paragraph-properties>{STOPS}'
    body = "".join(f'<text:p text:style-name="T">{line.replace(chr(9), "<text:tab/>")}</text:p>' for line in lines)
    return odt(body, f"{style}</style:paragraph-properties></style:style>")


def read_rich(data: bytes) -> list[Element]:
    return list(elements(read_rtf(data).nodes))


def test_prices_with_dots_before_them_are_rows(read: Read) -> None:
    rowed = [line.split("\t") for line in PRICES]

    assert tables(read(word(*PRICES, NOTE, stops=1, lead=True), "a.docx").elements) == [[*rowed, NOTE.split("\t")]]
    assert tables(read_rich(rich(*PRICES, stops=1))) == [rowed]


@pytest.mark.parametrize("form", ["docx", "odt", "rtf"])
def test_an_empty_place_moves_no_value_to_another_column(read: Read, form: str) -> None:
    if form == "rtf":
        (table,) = read_rich(rich(*MODELS, stops=2))
    else:
        data = word(*MODELS, stops=2) if form == "docx" else open_text(*MODELS)
        (table,) = read(data, f"a.{form}").elements

    assert value(table, "Power", "Kestrel 40") == "1400 W"
    assert value(table, "Weight", "Kestrel 60") == "12,8 kg"
    assert value(table, "Power", "Kestrel 60") == ""


def test_lines_broken_in_one_paragraph_are_rows_and_tabs_that_only_align_are_one(read: Read) -> None:
    parsed = read(word("Mon\t\t8.00\nTuesday\t9.00\nWednesday\t\t\t9.30"), "a.docx")

    assert tables(parsed.elements) == [[["Mon", "8.00"], ["Tuesday", "9.00"], ["Wednesday", "9.30"]]]


def test_a_bold_head_is_the_head_of_its_table_and_no_heading(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("Two models can be had.")
    for line in MODELS[:3]:
        paragraph = document.add_paragraph()
        paragraph.add_run(line).bold = line == MODELS[0]
        _set(paragraph, 2, lead=False)
    document.add_paragraph("They are sold worldwide, with plugs for each country.")

    parsed = read(files.saved(document), "a.docx")

    assert [each.kind for each in parsed.elements] == ["paragraph", "table", "paragraph"]
    assert value(parsed.elements[1], "Weight", "Kestrel 20") == "6,1 kg"


@pytest.mark.parametrize(
    "lines",
    [
        (NOTE, "Then switch it on."),
        ("\tThe first line is indented.", "\tSo is this one.", "\tAnd this one."),
        ("1.\tOpen the lid.", "2.\tTake out the tank.", "3.\tClose the lid."),
        ("Place, date\tSignature", "____________\t____________", "Name\tStamp"),
        ("Term\t" + "A description that goes on and on. " * 4, "Word\t" + "Another one that is long as well. " * 4) * 2,
    ],
)
def test_tabs_in_other_text_make_no_table(read: Read, lines: tuple[str, ...]) -> None:
    assert tables(read(word(*lines), "a.docx").elements) == []
    assert tables(read_rich(rich(*lines, stops=0))) == []


def test_a_link_in_a_row_keeps_its_place() -> None:
    field = r'{\field{\*\fldinst HYPERLINK "https://a.org/x"}{\fldrslt Manual}}'
    (table,) = read_rich(rich("Name\tFile", f"Pump\t{field}", stops=1))

    cell = table.block.children[1].children[1]
    assert rows(table)[1] == ["Pump", "Manual (https://a.org/x)"]
    assert [(table.text[link.start : link.end], link.label) for link in cell.children] == [
        ("Manual (https://a.org/x)", "https://a.org/x")
    ]
