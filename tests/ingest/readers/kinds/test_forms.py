"""Filled forms: a mark is at its label and says whether it was ticked; an invoice keeps its blocks apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.ingest.conftest import Read
from tests.ingest.readers.kinds.rows import tables, value
from tests.ingest.readers.office.books import book
from tests.ingest.readers.office.words import p, r, texts, word

BEGIN, OTHER = (
    '<w:r><w:fldChar w:fldCharType="begin">{}</w:fldChar></w:r>',
    '<w:r><w:fldChar w:fldCharType="{}"/></w:r>',
)


def control(ticked: bool) -> str:
    sign = "☒" if ticked else "☐"
    state = f'<w14:checkbox><w14:checked w14:val="{int(ticked)}"/></w14:checkbox>'
    return f"<w:sdt><w:sdtPr>{state}</w:sdtPr><w:sdtContent>{r(sign)}</w:sdtContent></w:sdt>"


def old_field(code: str, data: str) -> str:
    instruction = f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
    return BEGIN.format(f"<w:ffData>{data}</w:ffData>") + instruction + OTHER.format("separate") + OTHER.format("end")


def old_box(ticked: bool) -> str:
    state = "<w:checked/>" if ticked else ""
    return old_field("FORMCHECKBOX", f'<w:checkBox><w:default w:val="0"/>{state}</w:checkBox>')


def sign(code: str) -> str:
    return f'<w:r><w:sym w:font="Wingdings" w:char="{code}"/></w:r>'


@pytest.mark.parametrize(
    ("ticked", "empty", "signs"),
    [
        (control(True), control(False), "☒☐"),
        (old_box(True), old_box(False), "☒☐"),
        (sign("F0FE"), sign("F0A8"), "☑◻"),
    ],
)
def test_a_box_to_tick_says_at_its_label_whether_it_is_ticked(
    read: Read, ticked: str, empty: str, signs: str
) -> None:  # fmt: skip
    body = p(ticked + r(" Under warranty") + "<w:r><w:tab/></w:r>" + empty + r(" At my cost")) + p(r("Please tick."))

    assert texts(read(word(body), "a.docx")) == [f"{signs[0]} Under warranty {signs[1]} At my cost", "Please tick."]


def test_a_choice_from_a_list_is_the_entry_that_was_chosen(read: Read) -> None:
    entries = "".join(f'<w:listEntry w:val="{entry}"/>' for entry in ("standard", "urgent", "can wait"))
    data = f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>'

    parsed = read(word(p(r("Priority: "), old_field("FORMDROPDOWN", data))), "a.docx")

    assert texts(parsed) == ["Priority: urgent"]


def invoice(made: Any, sheet: Any) -> None:
    bold, euro = made.add_format({"bold": True}), made.add_format({"num_format": '#,##0.00 "€"'})
    head, day = made.add_format({"bold": True, "bg_color": "#D9E1F2"}), made.add_format({"num_format": "dd.mm.yyyy"})
    for row, text in enumerate(("Bill to:", "Harbour Works Ltd", "12 Quay Road", "Bristol BS1 4XE")):
        sheet.write(row, 0, text, bold if row == 0 else None)
    for row, (name, text) in enumerate((("Invoice no.", "2026-00417"), ("Customer no.", "008812"))):
        sheet.write(row, 3, name, bold)
        sheet.write(row, 4, text)
    sheet.write(2, 3, "Date", bold)
    sheet.write(2, 4, date(2026, 3, 14), day)
    for column, name in enumerate(("Pos", "Description", "Qty", "Unit price", "Amount")):
        sheet.write(5, column, name, head)
    for row, (name, count, price) in enumerate(
        (("Pump P-40", 1, 980.0), ("Seal kit", 4, 18.5), ("Mounting", 2, 68)), 6
    ):
        sheet.write_row(row, 0, (row - 5, name, count))
        sheet.write(row, 3, price, euro)
        sheet.write_formula(row, 4, f"=C{row + 1}*D{row + 1}", euro, count * price)
    for row, (name, total) in enumerate((("Subtotal", 1190.0), ("VAT 19 %", 226.1), ("Total", 1416.1)), 9):
        sheet.write(row, 3, name)
        sheet.write_formula(row, 4, "=SUM(E7:E9)", euro, total)
    sheet.write(13, 0, "Payable within 14 days without deduction.")


def test_an_invoice_keeps_address_data_items_and_totals_apart(read: Read) -> None:
    parsed = read(book(invoice), "a.xlsx")

    (items,) = [each for each in parsed.elements if each.kind == "table" and "Pos" in each.text]
    told = [row for table in tables(parsed.elements) for row in table]
    assert (value(items, "Qty", "Seal kit"), value(items, "Amount", "Seal kit")) == ("4", "74.00 €")
    assert [row[-2:] for row in told if row[-1].endswith("6.10 €")] == [
        ["VAT 19 %", "226.10 €"],
        ["Total", "1,416.10 €"],
    ]
    assert told[4:7] == [["Invoice no.", "2026-00417"], ["Customer no.", "008812"], ["Date", "14.03.2026"]]
    assert parsed.elements[-1].text == "Payable within 14 days without deduction."
    assert "Bill to:\nHarbour Works Ltd\n12 Quay Road\nBristol BS1 4XE" in [each.text for each in parsed.elements]
