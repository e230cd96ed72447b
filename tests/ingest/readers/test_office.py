"""Word, PowerPoint and Excel files, through the sandbox as an upload goes."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_each_slide_is_a_page(read: Read) -> None:
    parsed = read(files.slides([("First", "hello there"), ("Second", "goodbye then")]), "a.pptx")

    assert [(element.page, element.text) for element in parsed.elements if element.kind == "heading"] == [
        (1, "First"),
        (2, "Second"),
    ]
    assert parsed.pages == 2


def test_each_sheet_is_a_table_under_its_name(read: Read) -> None:
    parsed = read(files.workbook({"Prices": [["Part", "Price"], ["Pump", 80], ["Hose", 5]]}), "a.xlsx")

    assert shape(parsed) == [("heading", "Prices"), ("table", "Part | Price\nPump | 80\nHose | 5")]


def test_a_package_whose_parts_are_missing_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match=r"damaged|could not be read"):
        read(files.package({"[Content_Types].xml": b"<Types/>", "word/other.xml": b"<a/>"}), "a.docx")


OPEN, MS = "application/vnd.openxmlformats-officedocument.", "application/vnd.ms-"
WORD = files.word([("Heading 1", "Care"), ("Normal", "Rinse daily.")])
SLIDES = files.slides([("Care", "Rinse daily.")])
SHEETS = files.workbook({"Care": [["Step", "When"], ["Rinse", "daily"]]})
SISTERS = {
    "docm": (WORD, MS + "word.document.macroEnabled"),
    "dotx": (WORD, OPEN + "wordprocessingml.template"),
    "dotm": (WORD, MS + "word.template.macroEnabledTemplate"),
    "pptm": (SLIDES, MS + "powerpoint.presentation.macroEnabled"),
    "potx": (SLIDES, OPEN + "presentationml.template"),
    "potm": (SLIDES, MS + "powerpoint.template.macroEnabled"),
    "ppsx": (SLIDES, OPEN + "presentationml.slideshow"),
    "ppsm": (SLIDES, MS + "powerpoint.slideshow.macroEnabled"),
    "xlsm": (SHEETS, MS + "excel.sheet.macroEnabled"),
    "xltx": (SHEETS, OPEN + "spreadsheetml.template"),
    "xltm": (SHEETS, MS + "excel.template.macroEnabled"),
}
PLAIN = {"d": "docx", "p": "pptx", "x": "xlsx"}


@pytest.mark.parametrize("ending", SISTERS)
def test_a_file_with_macros_and_a_template_are_read_as_their_plain_sister(read: Read, ending: str) -> None:
    plain, main_type = SISTERS[ending]
    data = files.sister(plain, f"{main_type}.main+xml")

    parsed = read(data, f"a.{ending}")

    assert main_type.encode() in files.part(data, "[Content_Types].xml")
    assert shape(parsed) == shape(read(plain, f"a.{PLAIN[ending[0]]}")) != []
    assert "AutoOpen" not in str(parsed.elements)


def test_hidden_text_of_a_file_with_macros_is_left_out(read: Read) -> None:
    hidden = files.workbook({"Care": [["Rinse"]], "Secret": [["4711"]]}, hidden=["Secret"])

    parsed = read(files.sister(hidden, f"{SISTERS['xlsm'][1]}.main+xml"), "a.xlsm")

    assert shape(parsed) == [("heading", "Care"), ("paragraph", "Rinse")]
    assert parsed.unseen["hidden_sheet"] == 1


def test_an_excel_97_workbook_is_read(read: Read) -> None:
    parsed = read(files.old_workbook([("Bolt", "Torque"), ("M8", "25 Nm")]), "a.xls")

    assert shape(parsed) == [("heading", "Sheet"), ("table", "Bolt | Torque\nM8 | 25 Nm")]


def test_only_a_workbook_with_a_password_is_told_to_remove_it(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="Remove the password"):
        read(files.old_workbook([("Bolt",)], locked=True), "a.xls")
    with pytest.raises(DocumentRejected, match="damaged") as refused:
        read(files.ole("Workbook", b"no records at all"), "a.xls")
    assert "password" not in str(refused.value)
