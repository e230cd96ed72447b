"""OpenDocument sheets and slides: what is shown, where it is, and what is left out."""

from __future__ import annotations

from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office import books
from tests.ingest.readers.shape import shape

NAMES = ("office", "table", "text", "style", "presentation")
SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in NAMES) + (
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    ' xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def document(kind: str, body: str, styles: str = "", **parts: str) -> bytes:
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    named = {name.replace("__", " ").replace("_", "/") + "/content.xml": text.encode() for name, text in parts.items()}
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return files.package({"mimetype": mimetype, "content.xml": content.encode(), **named})


def cell(text: str, kind: str = "string", more: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str, name: str = "Tariff", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


def test_a_sheet_reads_as_it_shows_its_values(read: Read) -> None:
    data = document("spreadsheet", sheet(
        row(cell("Item"), cell("Discount"), cell("Day")),
        row(cell("Visit"), cell("7.5 %", "percentage"), cell("01.03.2026", "date")),
        row(cell("Night"), cell("20 %", "percentage"), cell("04.05.2026", "date")),
        row('<table:table-cell table:number-columns-repeated="1000"/>', more='table:number-rows-repeated="1000000"'),
    ))  # fmt: skip

    parsed = read(data, "a.ods")

    text = "Item | Discount | Day\nVisit | 7.5 % | 01.03.2026\nNight | 20 % | 04.05.2026"
    assert books.tables(parsed) == [(1, 0, text)]
    assert (books.cells(parsed)["7.5 %"].type, books.cells(parsed)["7.5 %"].unit) == ("number", "%")


def test_merged_cells_comments_links_and_struck_text_of_a_sheet(read: Read) -> None:
    note = "<office:annotation><text:p>Ask Ann.</text:p></office:annotation>"
    styles = (
        '<style:style style:name="X" style:family="text">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    price = '<text:span text:style-name="X">25</text:span> 15'
    data = document("spreadsheet", sheet(
        row(cell("Model"), cell("Price"), cell("See")),
        row(cell("X200", more='table:number-rows-spanned="2"'), cell(price),
            cell('<text:a xlink:href="https://example.com/x">page</text:a>')),
        row("<table:covered-table-cell/>", f"<table:table-cell>{note}<text:p>7</text:p></table:table-cell>"),
    ), styles)  # fmt: skip

    parsed = read(data, "a.ods")

    assert books.texts(parsed) == [
        ("table", "Model | Price | See\nX200 | 15 | page (https://example.com/x)\nX200 | 7"),
    ]  # fmt: skip
    assert parsed.account is not None
    assert {left.reason: left.example for left in parsed.account.left_out} == {"comment": "Ask Ann.", "struck": "25"}


def test_hidden_sheets_rows_and_columns_are_left_out_and_reported(read: Read) -> None:
    hidden_style = '<style:table-properties table:display="false"/>'
    styles = f'<style:style style:name="H" style:family="table">{hidden_style}</style:style>'
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    shown = sheet(
        columns, row(cell("Part"), cell("Cost"), cell("Price")), row(cell("Pump"), cell("1"), cell("2")),
        row(cell("Secret"), cell("3"), cell("4"), more='table:visibility="filter"'),
        row(cell("Hose"), cell("5"), cell("6")),
    )  # fmt: skip
    hidden = sheet(row(cell("margin")), name="Inside", more='table:style-name="H"')

    parsed = read(document("spreadsheet", shown + hidden, styles), "a.ods")

    assert books.texts(parsed) == [("table", "Part | Price\nPump | 2\nHose | 6")]
    assert parsed.unseen == {"hidden_row": 1, "hidden_column": 1, "hidden_sheet": 1}


def frame(inner: str, kind: str = "outline", y: int = 1) -> str:
    place = f'svg:x="1cm" svg:y="{y}cm" svg:width="9cm" svg:height="1cm"'
    return f'<draw:frame presentation:class="{kind}" {place}><draw:text-box>{inner}</draw:text-box></draw:frame>'


def entry(text: str, inner: str = "") -> str:
    return f"<text:list-item><text:p>{text}</text:p>{inner}</text:list-item>"


def test_slides_have_titles_numbered_lists_and_their_notes(read: Read) -> None:
    styles = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>'
        "</text:list-style>"
    )
    deeper = f"<text:list>{entry('Lift')}{entry('Turn')}</text:list>"
    steps = f'<text:list text:style-name="L">{entry("Open", deeper)}{entry("Pour")}</text:list>'
    notes = f"<presentation:notes>{frame('<text:p>Say it.</text:p>', 'notes')}</presentation:notes>"
    body = frame(steps, y=5) + frame("<text:p>Care</text:p>", "title") + notes
    pages = f"<draw:page>{body}</draw:page><draw:page>{frame('<text:p>End</text:p>')}</draw:page>"
    data = document("presentation", pages, styles)

    assert [(e.page, e.kind, e.text) for e in read(data, "a.odp").elements] == [
        (1, "heading", "Care"), (1, "list", "1. Open\n  a) Lift\n  b) Turn\n2. Pour"), (1, "note", "Say it."),
        (2, "paragraph", "End"),
    ]  # fmt: skip


def test_a_chart_on_a_slide_is_a_figure_with_its_values(read: Read) -> None:
    chart = f"<office:document-content {SPACES}><chart:title><text:p>Uptime</text:p></chart:title>" + sheet(
        row(cell("Quarter"), cell("Percent")), row(cell("Q1"), cell("99.95")), row(cell("Q2"), cell("99.81"))
    ) + "</office:document-content>"  # fmt: skip
    body = '<draw:page><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></draw:page>'

    parsed = read(document("presentation", body, Object__1=chart), "a.odp")

    assert shape(parsed) == [("figure", "Uptime\nQuarter | Percent\nQ1 | 99.95\nQ2 | 99.81")]


def test_a_list_nested_twenty_deep_is_read_or_said_to_be_left_out(read: Read) -> None:
    inner = ""
    for depth in range(25, 0, -1):
        inner = f"<text:list>{entry(f'depth{depth}', inner)}</text:list>"

    parsed = read(document("presentation", f"<draw:page>{frame(inner)}</draw:page>"), "a.odp")

    assert "depth20" in parsed.elements[0].text
    assert parsed.account is not None
    assert [left.reason for left in parsed.account.left_out] == ["nested"]
