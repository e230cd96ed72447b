"""OpenDocument texts: lists with their numbers, tables, changes, notes, boxes, links, headings, captions."""

from __future__ import annotations

import pytest

from core.blocks import walk
from core.errors import DocumentRejected
from core.settings import load_settings
from ingest.formats.media import ODT
from ingest.sandbox.parent import Sandbox
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office.words import kinds, only, texts

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = {"office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
           "fo": "xsl-fo-compatible", "svg": "svg-compatible"}  # fmt: skip
_LINK = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_NAMES = " ".join(f'xmlns:{name}="{_URN}{space}:1.0"' for name, space in _SPACES.items()) + f" {_LINK}"
_LEVEL = '<text:list-level-style-{kind} text:level="{level}" {more}/>'
STEPS = (
    '<text:list-style style:name="Steps">'
    + _LEVEL.format(kind="number", level=1, more='style:num-format="1" style:num-suffix="."')
    + _LEVEL.format(kind="number", level=2, more='style:num-format="a" style:num-suffix=")"')
    + _LEVEL.format(kind="bullet", level=3, more='text:bullet-char="•"')
    + "</text:list-style>"
)


def odt(body: str, styles: str = "", *, named: str = "") -> bytes:
    """Return an OpenDocument text; `styles` are automatic ones, `named` those of the style part."""
    content = (
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:text>{body}</office:text>"
    )
    return files.package(
        {
            "mimetype": ODT.encode(),
            "content.xml": _root("document-content", f"{content}</office:body>"),
            "styles.xml": _root("document-styles", named),
        }
    )


def _root(name: str, inside: str) -> bytes:
    return f"<office:{name} {_NAMES}>{inside}</office:{name}>".encode()


def p(text: str, style: str = "Standard") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def items(*inside: str, more: str = "") -> str:
    listed = "".join(f"<text:list-item>{each}</text:list-item>" for each in inside)
    return f"<text:list {more}>{listed}</text:list>"


STEPPED = 'text:style-name="Steps"'


def test_steps_have_their_numbers_and_what_is_in_them(read: Read) -> None:
    inner = items(p("lift"), p("turn") + items(p("left")))
    body = items(p("Open") + inner + p("It clicks."), p("Close"), more=STEPPED)

    parsed = read(odt(body, STEPS), "a.odt")

    assert texts(parsed) == ["1. Open\n  a) lift\n  b) turn\n    left\n  It clicks.\n2. Close"]
    block = only(parsed, "list").block
    assert [child.kind for child in block.children[0].children] == ["list", "paragraph"]


def test_a_list_goes_on_where_it_says_so(read: Read) -> None:
    body = (
        items(p("Open"), p("Lift"), more=STEPPED)
        + p("The lamp is lit.")
        + items(p("Close"), more=f'{STEPPED} text:continue-numbering="true"')
        + p("Then:")
        + items(p("Dry"), more=STEPPED)
        + '<text:list text:style-name="Steps"><text:list-item text:start-value="7">'
        + p("Go")
        + "</text:list-item></text:list>"
    )

    assert texts(read(odt(body, STEPS), "a.odt")) == [
        "1. Open\n2. Lift", "The lamp is lit.", "3. Close", "Then:", "1. Dry", "7. Go"
    ]  # fmt: skip


def test_headings_have_their_level_and_the_number_of_the_outline(read: Read) -> None:
    level = '<text:outline-level-style text:level="{0}" style:num-format="1" text:display-levels="{0}"/>'.format
    levels = f"<text:outline-style>{level(1)}{level(2)}</text:outline-style>"
    heading = '<text:h text:outline-level="{}">{}</text:h>'.format
    body = heading(1, "Use") + heading(2, "On") + heading(2, "Off") + p("Press it.") + heading(1, "Care")

    parsed = read(odt(body, named=f"<office:styles>{levels}</office:styles>"), "a.odt")

    assert texts(parsed) == ["1 Use", "1.1 On", "1.2 Off", "Press it.", "2 Care"]
    assert [element.level for element in parsed.elements] == [1, 2, 2, None, 1]


def test_tables_have_spans_covered_cells_and_header_rows(read: Read) -> None:
    cell = "<table:table-cell {}>{}</table:table-cell>".format
    covered = "<table:covered-table-cell/>"
    head = cell('table:number-columns-spanned="2"', p("Limits")) + covered + cell("", p("Weight"))
    rows = [
        cell('table:number-rows-spanned="2"', p("Heron"))
        + cell("", p("4 bar"))
        + cell('office:value-type="float"', p("11")),
        covered + cell("", p("6 bar")) + cell('office:value-type="float"', p("14")),
    ]
    listed = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    top = f"<table:table-header-rows><table:table-row>{head}</table:table-row></table:table-header-rows>"
    body = f"<table:table>{top}{listed}</table:table>"

    element = only(read(odt(body), "a.odt"), "table")

    assert element.text == "Limits | Limits | Weight\nHeron | 4 bar | 11\nHeron | 6 bar | 14"
    assert [row.header for row in element.block.children] == [True, False, False]
    assert element.block.children[1].children[2].type == "number"


CHANGES = (
    '<text:tracked-changes><text:changed-region text:id="i"><text:insertion/></text:changed-region>'
    '<text:changed-region text:id="d"><text:deletion><text:p>6 bar</text:p></text:deletion></text:changed-region>'
    "</text:tracked-changes>"
)
CHANGED = CHANGES + p(
    'At <text:change text:change-id="d"/><text:change-start text:change-id="i"/>3 bar'
    '<text:change-end text:change-id="i"/>.'
)


@pytest.mark.parametrize(
    ("revisions", "text"), [("accepted", "At 3 bar."), ("original", "At 6 bar."), ("both", "At 6 bar3 bar.")]
)
def test_recorded_changes_are_read_as_the_setting_says(revisions: str, text: str) -> None:
    with Sandbox(load_settings({"VOUCH_REVISIONS": revisions})) as sandbox:
        (element,) = sandbox.parse(odt(CHANGED), ODT, "a.odt").elements

    assert element.text == text
    assert [block.kind for block in element.block.children] == (["struck", "inserted"] if revisions == "both" else [])


def test_struck_hidden_and_raised_text_is_known_by_its_style(read: Read) -> None:
    style = '<style:style style:name="{}" style:family="text"><style:text-properties {}/></style:style>'.format
    styles = (
        style("S", 'style:text-line-through-style="solid"')
        + style("H", 'text:display="none"')
        + style("R", 'style:text-position="super 58%"')
    )
    span = '<text:span text:style-name="{}">{}</text:span>'.format
    body = p(f"Fee {span('S', '25')} 15 EUR{span('H', ' or else')} for 10{span('R', '6')}<text:s/>m")

    parsed = read(odt(body, styles), "a.odt")

    assert texts(parsed) == ["Fee 15 EUR for 10⁶ m"]
    assert parsed.unseen == {"hidden": 1}


def test_notes_links_and_boxes_stand_behind_their_paragraph(read: Read) -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p('At sea level.')}</text:note-body></text:note>"
    )
    box = f"<draw:frame><draw:text-box>{p('Warning: hot.')}</draw:text-box></draw:frame>"
    link = '<text:a xlink:href="https://example.com/m">manual</text:a>'

    parsed = read(odt(p(f"It boils{note}. See the {link}.{box}") + p("Next.")), "a.odt")

    assert kinds(parsed) == [
        ("paragraph", "It boils¹. See the manual (https://example.com/m)."),
        ("footnote", "1 At sea level."),
        ("note", "Warning: hot."),
        ("paragraph", "Next."),
    ]


def test_captions_code_terms_and_pictures_are_known_by_their_styles(read: Read) -> None:
    cell = "<table:table-cell>{}</table:table-cell>".format
    rows = [cell(p("A")) + cell(p("B")), cell(p("1")) + cell(p("2"))]
    grid = f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"
    names = {"Caption": "Caption", "Preformatted_20_Text": "Preformatted Text", "List_20_Heading": "List Heading",
             "List_20_Contents": "List Contents"}  # fmt: skip
    named = "".join(
        f'<style:style style:family="paragraph" style:name="{name}" style:display-name="{shown}"/>'
        for name, shown in names.items()
    )
    frame = "<draw:frame><draw:image/><svg:title>Plug</svg:title><svg:desc>The drain plug</svg:desc></draw:frame>"
    body = (
        p('Table <text:sequence text:name="Table">1</text:sequence>: Limits', "Caption") + grid
        + p("ls -l", "Preformatted_20_Text") + p("<text:s text:c='2'/>cd", "Preformatted_20_Text")
        + p("Bar", "List_20_Heading") + p("A unit.", "List_20_Contents") + p(frame)
    )  # fmt: skip

    parsed = read(odt(body, named=f"<office:styles>{named}</office:styles>"), "a.odt")

    assert kinds(parsed) == [
        ("table", "Table 1: Limits\nA | B\n1 | 2"), ("code", "ls -l\n  cd"), ("definition", "Bar: A unit."),
        ("figure", "Plug: The drain plug"),
    ]  # fmt: skip


def test_contents_and_comments_are_left_out_with_their_reasons(read: Read) -> None:
    contents = f"<text:table-of-content><text:index-body>{p('Care 1')}</text:index-body></text:table-of-content>"
    body = contents + p("Rinse.<office:annotation><dc:creator>A</dc:creator>" + p("Why?") + "</office:annotation>")

    parsed = read(odt(body), "a.odt")

    assert texts(parsed) == ["Rinse."]
    assert parsed.account is not None
    assert {each.reason for each in parsed.account.left_out} == {"navigation", "comment"}


def test_headers_and_footers_of_the_used_pages_come_once(read: Read) -> None:
    page = (
        '<office:master-styles><style:master-page style:name="Standard">'
        f"<style:header>{p('Orca 7 manual')}</style:header>"
        f"<style:footer>{p('Page <text:page-number>1</text:page-number>')}</style:footer></style:master-page>"
        f'<style:master-page style:name="Other"><style:header>{p("Unused")}</style:header>'
        "</style:master-page></office:master-styles>"
    )

    assert kinds(read(odt(p("Rinse."), named=page), "a.odt")) == [("header", "Orca 7 manual"), ("paragraph", "Rinse.")]


def test_lists_twenty_deep_and_many_rows_are_read(read: Read) -> None:
    deep = p("t20")
    for depth in range(19, 0, -1):
        deep = p(f"t{depth}") + items(deep)
    cell = "<table:table-cell>{}</table:table-cell>"
    row = f"<table:table-row>{cell}{cell}</table:table-row>"
    rows = "".join(row.format(p(f"part {n}"), p(f"{n}")) for n in range(10_000))

    parsed = read(odt(items(deep, more=STEPPED) + f"<table:table>{rows}</table:table>", STEPS), "a.odt")

    listed = [block for block in walk([parsed.elements[0].block]) if block.kind == "item"]
    assert len(listed) == 20
    assert parsed.elements[0].text.split()[-1] == "t20"
    assert parsed.elements[1].text.count("\n") == 9_999


def test_an_encrypted_or_damaged_text_is_rejected(read: Read) -> None:
    parts = files.parts(odt(p("x")))

    with pytest.raises(DocumentRejected, match="password"):
        read(files.package({**parts, "META-INF/manifest.xml": b"<m><encryption-data/></m>"}), "a.odt")
    with pytest.raises(DocumentRejected, match="damaged"):
        read(files.package({"mimetype": ODT.encode(), "other.xml": b"<a/>"}), "a.odt")


def _nested(depth: int, name: str) -> bytes:
    return odt(p("Before") + f"<text:{name}>" * depth + p("Inside") + f"</text:{name}>" * depth + p("After"))


def test_what_stands_behind_deep_nesting_is_read_too(read: Read) -> None:
    assert texts(read(_nested(500, "section"), "a.odt")) == ["Before", "Inside", "After"]


def test_a_file_of_which_the_parser_would_read_only_a_part_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="nested too deeply"):
        read(_nested(5000, "section"), "a.odt")
