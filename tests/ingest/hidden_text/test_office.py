"""Office files with hidden text: left out, counted and reported."""

from __future__ import annotations

import io
from collections.abc import Sequence

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor

from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.hidden_text.texts import ORDER, texts


def word(**format_: object) -> bytes:
    """Return a DOCX whose second paragraph ends in a run with this format."""
    document = docx.Document()
    document.add_paragraph("Press it.")
    run = document.add_paragraph("Wait. ").add_run(ORDER)
    for name, value in format_.items():
        if name == "colour":
            run.font.color.rgb = value
        elif name == "style":
            document.styles.add_style("Quiet", 2).font.hidden = True
            run.style = value
        else:
            setattr(run.font, name, value)
    return files.saved(document)


@pytest.mark.parametrize(
    ("format_", "kind"),
    [
        ({"hidden": True}, "hidden"),
        ({"style": "Quiet"}, "hidden"),
        ({"size": Pt(1)}, "no_size"),
        ({"colour": RGBColor(255, 255, 255)}, "same_colour"),
    ],
)
def test_word_text_that_its_format_hides_is_left_out_and_reported(
    read: Read, format_: dict[str, object], kind: str
) -> None:
    parsed = read(word(**format_), "a.docx")

    assert texts(parsed) == ["Press it.", "Wait."]
    assert parsed.unseen == {kind: 1, "instructions": 1}


def test_white_text_stays_in_a_dark_cell_of_a_word_table(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("Press it.")
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="1F3864"/>'
    cell._tc.get_or_add_tcPr().append(parse_xml(shade))
    run = cell.paragraphs[0].add_run("Part")
    run.font.color.rgb = RGBColor(255, 255, 255)

    parsed = read(files.saved(document), "a.docx")

    assert "Part" in " ".join(texts(parsed))
    assert parsed.unseen == {}


def test_hidden_sheets_rows_and_columns_are_left_out_and_reported(read: Read) -> None:
    sheets: dict[str, Sequence[Sequence[object]]] = {
        "Parts": [["Part", "Price", "Cost"], ["Pump", 80, 12], ["Secret", 1, 2], ["Hose", 9, 3]],
        "Inside": [[ORDER]],
    }
    book = openpyxl.load_workbook(io.BytesIO(files.workbook(sheets)))
    book["Parts"].row_dimensions[3].hidden = True
    book["Parts"].column_dimensions["C"].hidden = True
    book["Inside"].sheet_state = "veryHidden"

    parsed = read(files.saved(book), "a.xlsx")

    assert texts(parsed) == ["Parts", "Part | Price\nPump | 80\nHose | 9"]
    assert parsed.unseen == {"hidden_sheet": 1, "hidden_row": 1, "hidden_column": 1, "instructions": 1}


def test_hidden_slides_and_shapes_off_the_slide_are_left_out_and_reported(read: Read) -> None:
    show = pptx.Presentation(io.BytesIO(files.slides([("Care", "Rinse daily."), ("Inside", "Not for customers.")])))
    show.slides[1]._element.set("show", "0")
    box = show.slides[0].shapes.add_textbox(show.slide_width + 1, 0, 100000, 100000)
    box.text_frame.text = ORDER

    parsed = read(files.saved(show), "a.pptx")

    assert texts(parsed) == ["Care", "Rinse daily."]
    assert parsed.unseen == {"off_page": 1, "hidden_slide": 2, "instructions": 1}
