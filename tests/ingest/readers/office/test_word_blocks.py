"""Tables, boxes, notes, code, captions, pictures and running heads of Word files; damaged and hostile ones."""

from __future__ import annotations

import io

import docx
import pytest
from PIL import Image

from core.blocks import walk
from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office.words import (
    NAMES,
    box,
    field,
    kinds,
    old_box,
    only,
    p,
    r,
    table,
    tc,
    texts,
    with_part,
    word,
)


def span(columns: int) -> str:
    return f'<w:gridSpan w:val="{columns}"/>'


START, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
BOLD = "<w:b/>"


def test_merged_cells_stand_in_each_of_their_places(read: Read) -> None:
    data = word(
        table(
            tc("Series", START) + tc("Limits", span(2)),
            tc("", GOES_ON) + tc("Pressure") + tc("Weight"),
            tc("Heron", START) + tc("4 bar") + tc("11 kg"),
            tc("", GOES_ON) + tc("6 bar") + tc("14 kg"),
        )
    )

    element = only(read(data, "a.docx"), "table")

    assert (
        element.text
        == "Series | Limits | Limits\nSeries | Pressure | Weight\nHeron | 4 bar | 11 kg\nHeron | 6 bar | 14 kg"
    )
    rows = element.block.children
    assert [row.header for row in rows] == [True, True, False, False]
    assert [(cell.rows, cell.columns, cell.repeated) for cell in rows[0].children] == [
        (2, 1, False), (1, 2, False), (1, 1, True)
    ]  # fmt: skip


def test_a_row_that_begins_late_and_old_merges_keep_their_columns(read: Read) -> None:
    late = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'
    old = '<w:hMerge w:val="{}"/>'.format
    rows = [
        tc("A") + tc("B") + tc("C"),
        late + tc("2") + tc("3"),
        tc("4", old("restart")) + tc("", old("continue")) + tc("5"),
    ]

    assert texts(read(word(table(*rows)), "a.docx")) == ["A | B | C\n | 2 | 3\n4 | 4 | 5"]


def test_rows_that_word_repeats_are_headers(read: Read) -> None:
    head = "<w:trPr><w:tblHeader/></w:trPr>"
    rows = [
        head + tc("North") + tc("South"),
        head + tc("in") + tc("out"),
        tc("left") + tc("right"),
        tc("up") + tc("down"),
    ]

    block = only(read(word(table(*rows)), "a.docx"), "table").block

    assert [row.header for row in block.children] == [True, True, False, False]


def test_names_and_values_have_a_header_column(read: Read) -> None:
    names = [tc(p(r(name, BOLD))) + tc(value) for name, value in [("Voltage", "230 V"), ("Weight", "11 kg")]]

    block = only(read(word(table(*names)), "a.docx"), "table").block

    assert [[cell.header for cell in row.children] for row in block.children] == [[True, False], [True, False]]


def test_a_table_in_a_cell_and_a_list_in_a_cell_are_one_line(read: Read) -> None:
    inner = table(tc("b") + tc("c"), tc("d") + tc("e"))
    steps = p(r("Open"), style="ListNumber") + p(r("Close"), style="ListNumber")

    parsed = read(word(table(tc("Part") + tc("Use"), tc(inner + p()) + tc(steps))), "a.docx")

    assert texts(parsed) == ["Part | Use\nb, c; d, e | 1. Open 2. Close"]


def test_a_table_around_a_text_is_no_table(read: Read) -> None:
    warning = table(tc("WARNING") + tc("Hot surface. Let it cool."))
    frame = table(tc(p(r("Care"), style="Heading1") + p(r("Rinse daily."))))

    parsed = read(word(warning + frame), "a.docx")

    assert kinds(parsed) == [
        ("note", "WARNING\nHot surface. Let it cool."), ("heading", "Care"), ("paragraph", "Rinse daily.")
    ]  # fmt: skip
    assert parsed.elements[0].block.label == "warning"


def test_a_text_box_is_read_once_behind_its_paragraph(read: Read) -> None:
    body = p(box(p(r("Achtung: Never run it dry."))), r("Check the oil.")) + p(box(p(r("See page 3.")))) + p(r("Next."))

    parsed = read(word(body), "a.docx")

    assert kinds(parsed) == [
        ("paragraph", "Check the oil."),
        ("note", "Achtung: Never run it dry."),
        ("paragraph", "See page 3."),
        ("paragraph", "Next."),
    ]
    assert parsed.elements[1].block.label == "caution"


def test_paragraphs_in_one_frame_are_one_note(read: Read) -> None:
    frame = (
        "<w:pBdr>" + "".join(f'<w:{side} w:val="single"/>' for side in ("top", "left", "bottom", "right")) + "</w:pBdr>"
    )
    body = p(r("Note"), more=frame) + p(r("Use soft water."), more=frame) + p(r("Note the number."))

    assert kinds(read(word(body), "a.docx")) == [("note", "Note\nUse soft water."), ("paragraph", "Note the number.")]


def test_lines_of_code_are_one_block(read: Read) -> None:
    mono = '<w:rFonts w:ascii="Consolas"/>'
    body = p(r("Run:")) + p(r("if x:", mono)) + p(r("    stop()", mono)) + p(r("Then "), r("ls", mono), r(" shows it."))

    assert kinds(read(word(body), "a.docx")) == [
        ("paragraph", "Run:"), ("code", "if x:\n    stop()"), ("paragraph", "Then ls shows it.")
    ]  # fmt: skip


def test_captions_belong_to_their_tables(read: Read) -> None:
    def caption(number: str, text: str) -> str:
        return p(r("Table "), field("SEQ Table", r(number)), r(f": {text}"), style="Caption")

    grid = table(tc("A") + tc("B"), tc("1") + tc("2"))
    above = read(word(caption("1", "Limits") + grid + caption("2", "Parts") + grid), "a.docx")
    below = read(word(grid + caption("1", "Limits") + grid + caption("2", "Parts")), "a.docx")

    for parsed in (above, below):
        assert [element.text.split("\n")[0] for element in parsed.elements] == ["Table 1: Limits", "Table 2: Parts"]
        assert [element.block.children[0].kind for element in parsed.elements] == ["caption", "caption"]


def test_a_picture_is_its_caption_and_alternative_text(read: Read) -> None:
    document = docx.Document()
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    document.add_picture(picture)
    document.inline_shapes[0]._inline.docPr.set("descr", "The drain plug, left of the pump")
    document.add_paragraph("Figure 1: Drain plug", style="Caption")

    (element,) = read(files.saved(document), "a.docx").elements

    assert (element.kind, element.text) == ("figure", "Figure 1: Drain plug\nThe drain plug, left of the pump")


def test_headers_and_footers_come_once(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("Rinse.")
    document.add_section()
    document.add_paragraph("Dry.")
    first, second = document.sections
    first.header.paragraphs[0].text = "Orca 7 manual"
    first.footer.paragraphs[0].text = "Page 1 of 3"
    second.footer.is_linked_to_previous = False
    second.footer.paragraphs[0].text = "Edition 4"

    assert kinds(read(files.saved(document), "a.docx")) == [
        ("header", "Orca 7 manual"), ("paragraph", "Rinse."), ("paragraph", "Dry."), ("footer", "Edition 4")
    ]  # fmt: skip


def test_bold_lines_are_headings_where_no_style_says_which(read: Read) -> None:
    body = p(r("Care", BOLD)) + p(r("Rinse the tank daily.")) + p(r("Storage", BOLD)) + p(r("Keep it dry and warm."))

    assert [kind for kind, _ in kinds(read(word(body), "a.docx"))] == ["heading", "paragraph"] * 2


def test_terms_and_descriptions_are_definitions(read: Read) -> None:
    style = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/></w:style>'.format
    styles = style("T", "Definition Term") + style("D", "Definition")
    body = (
        p(r("Bar"), style="T")
        + p(r("A unit of pressure."), style="D")
        + p(r("Volt"), style="T")
        + p(r("Another."), style="D")
    )

    assert kinds(read(word(body, styles=styles), "a.docx")) == [
        ("definition", "Bar: A unit of pressure."), ("definition", "Volt: Another.")
    ]  # fmt: skip


def test_html_inside_a_word_file_is_read_in_its_place(read: Read) -> None:
    data = with_part(word(p(r("Before.")) + '<w:altChunk r:id="x"/>' + p(r("After."))), "aFChunk", "<html/>", "x")
    html = b"<html><body><h1>Care</h1><p>Rinse daily.</p></body></html>"
    parts = {**files.parts(data), "word/aFChunk.xml": html}

    assert texts(read(files.package(parts), "a.docx")) == ["Before.", "Care", "Rinse daily.", "After."]


def test_a_strict_file_is_read_like_others(read: Read) -> None:
    parts = files.parts(word(p(r("Care"), style="Heading1") + p(r("Rinse."))))
    for name in ("document", "_rels/document", "numbering", "styles"):
        path = f"word/{name}.xml" if not name.startswith("_") else f"word/{name}.xml.rels"
        for room in (b"wordprocessingml", b"officeDocument"):
            usual = b"http://schemas.openxmlformats.org/%s/2006/" % room
            parts[path] = parts[path].replace(usual, b"http://purl.oclc.org/ooxml/%s/" % room)

    assert kinds(read(files.package(parts), "a.docx")) == [("heading", "Care"), ("paragraph", "Rinse.")]


def test_text_from_right_to_left_keeps_its_order(read: Read) -> None:
    body = p(r("اضغط", "<w:rtl/>"), r(" RV-12 ", "<w:rtl/>"), r("مرتين", "<w:rtl/>"), more="<w:bidi/>")

    assert texts(read(word(body), "a.docx")) == ["اضغط RV-12 مرتين"]


def test_a_table_of_ten_thousand_rows_is_read(read: Read) -> None:
    rows = [tc("Part") + tc("Price"), *(tc(f"part {n}") + tc(f"{n}") for n in range(10_000))]

    element = only(read(word(table(*rows)), "a.docx"), "table")

    assert element.text.count("\n") == 10_000
    assert sum(block.kind == "row" and block.header for block in walk([element.block])) == 1


def test_tables_and_boxes_deep_in_one_another_lose_no_word(read: Read) -> None:
    cell, inside = "w0", p(r("b0"))
    for depth in range(1, 25):
        cell = table(tc(f"w{depth}") + tc(cell + p() if cell.startswith("<") else cell), tc("x") + tc("y"))
        inside = p(r(f"b{depth}"), old_box(inside))

    parsed = read(word(cell + inside), "a.docx")

    found = " ".join(texts(parsed)).replace(",", " ").replace(";", " ").replace("|", " ").split()
    assert {f"w{n}" for n in range(25)} | {f"b{n}" for n in range(25)} <= set(found)
    assert all(found.count(f"w{n}") == 1 for n in range(25))


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_damaged_part_is_no_crash(read: Read, cut: float) -> None:
    parts = files.parts(word("".join(p(r(f"Line {n}.")) for n in range(50))))
    for name in ("word/styles.xml", "word/numbering.xml"):
        parts[name] = parts[name][: int(len(parts[name]) * cut)]

    assert texts(read(files.package(parts), "a.docx"))[:1] == ["Line 0."]


def test_a_file_without_a_body_is_rejected(read: Read) -> None:
    parts = files.parts(word(p(r("x"))))
    parts["word/document.xml"] = f"<w:document {NAMES}/>".encode()

    with pytest.raises(DocumentRejected, match="damaged"):
        read(files.package(parts), "a.docx")


def test_a_file_nested_deeper_than_the_parser_reads_is_rejected(read: Read) -> None:
    inside = "<w:sdt><w:sdtContent>" * 3000 + p(r("Inside")) + "</w:sdtContent></w:sdt>" * 3000

    with pytest.raises(DocumentRejected, match="nested too deeply"):
        read(word(p(r("Before")) + inside + p(r("After"))), "a.docx")
