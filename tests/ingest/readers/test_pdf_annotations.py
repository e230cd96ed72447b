"""What was put onto a PDF's pages: values of form fields, ticked boxes, typed-in text, comments, links, struck text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from core.types import Parsed
from ingest.account import collected
from ingest.blocks.write import elements
from ingest.readers.ocr import Ocr
from ingest.readers.pdf.read import read_pdf
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def form(draw: Callable[[Canvas], None]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def by_hand(
    content: str, annotations: Sequence[str], fields: Sequence[int] = (), more: Sequence[str] = (), form: bool = True
) -> bytes:
    """Return a PDF of one page; annotations are objects from 6 on, the form's fields are named by their numbers."""
    names = " ".join(f"{6 + at} 0 R" for at in range(len(annotations)))
    numbers = " ".join(f"{number} 0 R" for number in fields)
    described = f"/AcroForm<</Fields[{numbers}]/NeedAppearances true/DA(/F1 12 Tf 0 g)/DR<</Font<</F1 5 0 R>>>>>>"
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{described if form else ''}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>"
        f"/Annots[{names}]>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *annotations,
        *more,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010d} 00000 n \n" for at in places)
    return out + f"{table}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF".encode()


def line(text: str, x: int, y: int) -> str:
    return f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n"


def texts(data: bytes) -> list[str]:
    return [element.text for element in elements(read_pdf(data, Ocr()).nodes)]


def filled(canvas: Canvas) -> None:
    for y, label in ((750, "Serial number:"), (720, "Model:"), (600, "Remarks:")):
        canvas.drawString(60, y, label)
    for x, y, label in ((80, 690, "Filter replaced"), (80, 660, "Pump replaced"), (80, 630, "On site"),
                        (180, 630, "In workshop")):  # fmt: skip
        canvas.drawString(x, y, label)
    made = canvas.acroForm
    made.textfield(name="a", tooltip="never shown", value="LX-4711", x=160, y=745, width=200, height=18, fontSize=11)
    made.choice(name="b", value="X200", options=["X100", "X200"], x=160, y=715, width=100, height=18, fontSize=11)
    made.checkbox(name="c", checked=True, x=60, y=688, size=14)
    made.checkbox(name="d", checked=False, x=60, y=658, size=14)
    made.radio(name="e", value="site", selected=True, x=60, y=628, size=14)
    made.radio(name="e", value="shop", selected=False, x=160, y=628, size=14)
    made.textfield(name="f", value="The fan is loud\nand hot.", x=160, y=560, width=250, height=50, fontSize=11,
                   fieldFlags="multiline")  # fmt: skip


def test_values_of_a_form_stand_beside_their_labels(read: Read) -> None:
    assert [text for _, text in shape(read(form(filled), "a.pdf"))] == [
        "Serial number: LX-4711",
        "Model: X200",
        "☒ Filter replaced",
        "☐ Pump replaced",
        "☒ On site ☐ In workshop",
        "Remarks: The fan is loud and hot.",
    ]


def test_values_without_a_drawn_appearance_are_read() -> None:
    widget = "<</Type/Annot/Subtype/Widget/Rect[160 {y} 360 {top}]/F 4/DA(/F1 12 Tf 0 g)/P 3 0 R{more}>>"
    data = by_hand(
        line("Serial number:", 60, 750) + line("Firmware:", 60, 710),
        [widget.format(y=746, top=764, more="/FT/Tx/T(a)/V(LX-4711)"),
         widget.format(y=706, top=724, more="/Parent 8 0 R")],
        fields=(6, 8),
        more=["<</FT/Tx/T(b)/V(5.2 beta)/Kids[7 0 R]>>"],
    )  # fmt: skip

    assert texts(data) == ["Serial number: LX-4711", "Firmware: 5.2 beta"]


def test_a_hidden_field_is_not_read() -> None:
    widget = "<</Type/Annot/Subtype/Widget/Rect[160 746 360 764]/F 2/DA(/F1 12 Tf 0 g)/P 3 0 R/FT/Tx/T(a)/V(secret)>>"

    assert texts(by_hand(line("Serial number:", 60, 750), [widget], fields=(6,))) == ["Serial number:"]


@pytest.mark.parametrize("with_form", [True, False])
def test_typed_in_text_stands_in_its_place(with_form: bool) -> None:
    typed = (
        "<</Type/Annot/Subtype/FreeText/Contents(Only for the X300.)/Rect[60 690 300 720]/F 4/DA(/F1 12 Tf 0 g)"
        "/P 3 0 R>>"
    )
    content = line("The limit is 210 degrees.", 60, 750) + line("The pump has its own chapter.", 60, 650)

    assert texts(by_hand(content, [typed], form=with_form)) == [
        "The limit is 210 degrees.",
        "Only for the X300.",
        "The pump has its own chapter.",
    ]


def test_comments_are_notes_with_their_place() -> None:
    note = "<</Type/Annot/Subtype/Text/Contents(Since 5.2 it is 235.)/T(Ada)/Rect[400 740 420 760]/F 4/P 3 0 R>>"
    marked = (
        "<</Type/Annot/Subtype/Highlight/Contents(Check this.)/QuadPoints[60 764 160 764 60 746 160 746]"
        "/Rect[60 746 160 764]/F 4/P 3 0 R>>"
    )

    found = list(elements(read_pdf(by_hand(line("The limit is 210 degrees.", 60, 750), [note, marked]), Ocr()).nodes))

    assert [(each.kind, each.block.label, each.text) for each in found] == [
        ("paragraph", None, "The limit is 210 degrees."),
        ("note", "comment", "Check this."),
        ("note", "comment", "Since 5.2 it is 235."),
    ]
    assert found[2].boxes[0].x0 == pytest.approx(400 / 595, abs=0.01)


def test_text_that_a_comment_strikes_is_left_out() -> None:
    struck = (
        "<</Type/Annot/Subtype/StrikeOut/QuadPoints[60 764 105 764 60 746 105 746]/Rect[60 746 105 764]/F 4/P 3 0 R>>"
    )

    with collected() as left:
        found = texts(by_hand(line("25 EUR", 60, 750) + line("15 EUR", 120, 750), [struck]))

    assert found == ["15 EUR"]
    assert left["struck"].words.total() == 2


def links(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "See the manual here for details.")
    canvas.linkURL("https://example.com/manual", (147, 696, 172, 712))
    canvas.drawString(60, 660, "Write to service@example.com or open example.com/help today.")
    canvas.linkURL("mailto:service@example.com", (107, 656, 223, 672))
    canvas.linkURL("https://www.example.com/help", (272, 656, 366, 672))
    canvas.drawString(60, 620, "Chapter two is below, the map is there.")
    canvas.linkURL("javascript:alert(1)", (60, 616, 110, 632))


def test_the_target_of_a_link_stands_behind_its_text(read: Read) -> None:
    assert [text for _, text in shape(read(form(links), "a.pdf"))] == [
        "See the manual here (https://example.com/manual) for details.",
        "Write to service@example.com or open example.com/help today.",
        "Chapter two is below, the map is there.",
    ]


def test_a_button_is_left_out_and_counted() -> None:
    button = (
        "<</Type/Annot/Subtype/Widget/Rect[160 746 260 764]/F 4/DA(/F1 12 Tf 0 g)/P 3 0 R/FT/Btn/Ff 65536/T(a)"
        "/TU(Print form)/MK<</CA(Print form)>>>>"
    )

    with collected() as left:
        found = texts(by_hand(line("Serial number:", 60, 750), [button], fields=(6,)))

    assert found == ["Serial number:"]
    assert left["control"].words.total() == 2


def test_thousands_of_annotations_are_read_in_time(read: Read) -> None:
    note = "<</Type/Annot/Subtype/Text/Contents(word{at})/Rect[{x} {y} {x}9 {y}9]/F 4/P 3 0 R>>"
    data = by_hand(line("One line.", 60, 750), [note.format(at=at, x=at % 50, y=at % 70) for at in range(4000)])

    parsed: Parsed = read(data, "a.pdf")

    assert sum(element.kind == "note" for element in parsed.elements) == 4000
