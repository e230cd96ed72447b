"""Rich Text Format without LibreOffice: what a reader of the document sees, in order, with its structure."""

from __future__ import annotations

import time

import pytest

from core.errors import DocumentRejected
from core.types import Block, Element
from ingest import account
from ingest.blocks.nodes import Reading
from ingest.blocks.write import elements
from ingest.hidden_text import report
from ingest.readers.rtf.reader import read_rtf

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 MS;}}"


def rtf(body: str, head: str = HEAD) -> bytes:
    return (head + body + "}").encode("latin-1")


def read(body: str, head: str = HEAD) -> list[Element]:
    return list(elements(read_rtf(rtf(body, head)).nodes))


def texts(body: str) -> list[str]:
    return [element.text for element in read(body)]


def numbers(block: Block) -> list[object]:
    """Return an item's number, and those of the items inside it."""
    return [
        [child.number, *([numbers(deeper) for deeper in child.children if deeper.kind == "list"])]
        for child in block.children
        if child.kind == "item"
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r"plain \b bold\b0  end", "plain bold end"),
        (r"caf\'e9 5 \'80 \endash  \ldblquote so\rdblquote", "café 5 € – “so”"),
        (r"\u8364? and \uc0\u8364 5", "€ and €5"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"\uc2\u26085\'93\'fa{\uc1\u26412?}x", "日本x"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\f2 \'93\'fa\'96\'7b}", "日本"),
        (r"a\~b\_c\-d", "a b‑cd"),
        (r"10{\super 6} Pa and 4{\super th}", "10⁶ Pa and 4th"),
        (r"\{braces\} and \\ back", "{braces} and \\ back"),
        ("split\nover\r\n lines", "splitover lines"),
        (r"binary {\pict\bin5 }}}}}}is skipped", "binary is skipped"),
        (r"one{\*\unknown words of a destination} two", "one two"),
    ],
)
def test_characters_are_what_the_document_shows(written: str, expected: str) -> None:
    assert texts(rf"\pard {written}\par") == [expected]


def test_headings_come_from_styles_and_outline_levels() -> None:
    styles = r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\s7\b Title;}}"
    found = read(
        styles + r"\pard\s7 Manual\par\pard\s1 Care\par\pard\s2 Daily\par\pard\outlinelevel2 Cups\par\pard Rinse.\par"
    )

    assert [(each.kind, each.block.level, each.text) for each in found] == [
        ("heading", 1, "Manual"),
        ("heading", 1, "Care"),
        ("heading", 2, "Daily"),
        ("heading", 3, "Cups"),
        ("paragraph", None, "Rinse."),
    ]


def test_a_list_keeps_its_numbers_and_what_is_nested_in_it() -> None:
    found = read(
        r"\pard Do this:\par{\listtext 1.\tab}\pard\ilvl0 Open the lid.\par"
        r"{\listtext a)\tab}\pard\ilvl1 Turn it.\par{\listtext b)\tab}\pard\ilvl1 Lift it.\par"
        r"{\listtext 2.\tab}\pard\ilvl0 Close it.\par\pard Done.\par{\pntext\bullet\tab}\pard Free\par"
    )

    assert [each.kind for each in found] == ["paragraph", "list", "paragraph", "list"]
    assert numbers(found[1].block) == [["1.", [["a)"], ["b)"]]], ["2."]]
    assert found[3].block.children[0].number is None
    assert [word for word in ("Open", "Turn", "Lift", "Close") if word in found[1].text] == [
        "Open",
        "Turn",
        "Lift",
        "Close",
    ]


def row(*cells: str, widths: tuple[int, ...] | None = None, flags: tuple[str, ...] = (), head: str = "") -> str:
    edges = widths or tuple(1000 * (at + 1) for at in range(len(cells)))
    marks = flags or ("",) * len(edges)
    defined = "".join(rf"{mark}\cellx{edge}" for mark, edge in zip(marks, edges, strict=True))
    return rf"\trowd{head}{defined}" + "".join(rf"\pard\intbl {cell}\cell" for cell in cells) + r"\row "


def test_a_table_has_its_cells_with_merged_ones_in_their_places() -> None:
    body = (
        row("Series", "Model", "Price", head=r"\trhdr")
        + row("Heron", "H100", "4", flags=(r"\clvmgf", "", ""))
        + row("", "H200", "6", flags=(r"\clvmrg", "", ""))
        + row("Both", "10", widths=(2000, 3000))
        + r"\pard After.\par"
    )
    table, after = read(r"\pard Before\par" + body)[1:]

    assert table.kind == "table"
    assert table.text.splitlines() == [
        "Series | Model | Price",
        "Heron | H100 | 4",
        "Heron | H200 | 6",
        "Both | Both | 10",
    ]
    assert [each.header for each in table.block.children] == [True, False, False, False]
    assert after.text == "After."


def test_a_cell_with_paragraphs_a_list_and_a_table_is_one_line() -> None:
    ends = r"\nestcell{\*\nesttableprops\trowd\cellx1\nestrow}\nestrow"
    nested = rf"in \itap2 a\nestcell b{{\nonesttables\par}}{ends} c{ends}"
    body = row("Part", "How") + row("Lid", r"First.\par {\listtext 1.\tab}Second.\par Third.") + row("Cup", nested)

    (table,) = read(body)

    assert table.text.splitlines()[1:] == ["Lid | First. 1. Second. Third.", "Cup | in a, b; c"]


def test_a_link_tells_its_target_and_a_footnote_stands_after_its_paragraph() -> None:
    found = read(
        r'\pard See {\field{\*\fldinst HYPERLINK "https://example.com/a"}{\fldrslt {\ul here}}} now{\super\chftn}'
        r"{\footnote\pard{\super\chftn} Only in winter.\par}.\par\pard Next.\par"
    )

    assert [(each.kind, each.text, each.block.number) for each in found] == [
        ("paragraph", "See here (https://example.com/a) now¹.", None),
        ("footnote", "1 Only in winter.", "1"),
        ("paragraph", "Next.", None),
    ]
    (link,) = [child for child in found[0].block.children if child.kind == "link"]
    assert found[0].text[link.start : link.end] == "here (https://example.com/a)"
    assert link.label == "https://example.com/a"


def test_a_text_box_is_read_once() -> None:
    shape = r"{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard In the box.\par}}"
    box = rf"{{\shp{shape}{{\shprslt{{\*\do\dptxbx{{\dptxbxtext In the box.\par}}}}}}}}"

    assert texts(rf"\pard Around{box} the box.\par") == ["Around the box.", "In the box."]


def test_what_is_left_out_has_its_reason() -> None:
    body = (
        r"{\header Acme manual}{\info{\title Care of pumps}{\author Somebody}}\pard It costs {\strike 25 EUR }15 EUR"
        r"{\deleted  or not}{\v  obey the model}{\fs2  tiny}.{\*\annotation A remark.}\par"
    )
    with account.collected() as left, report.collected() as hidden:
        reading = read_rtf(rtf(body))

    assert reading.title == "Care of pumps"
    assert [node.text for node in reading.nodes] == ["It costs 15 EUR."]
    assert set(left) == {"struck", "deleted", "hidden", "comment", "running_head"}
    assert (hidden["hidden"], hidden["no_size"]) == (1, 1)


def test_a_file_that_ends_early_is_read_as_far_as_it_goes_and_says_so() -> None:
    reading = read_rtf(rtf(r"\pard Whole.\par" + row("a", "b") + r"\trowd\cellx1\pard\intbl half")[:-1])

    assert next(elements(reading.nodes)).text == "Whole."
    assert "half" in [element.text for element in elements(reading.nodes)][-1]
    assert "ends early" in reading.warnings[0]


@pytest.mark.parametrize(
    "data",
    [
        b"{\\rtf1",
        b"{\\rtf1 \\",
        b"{\\rtf1 \\'",
        b"{\\rtf1 \\u",
        b"{\\rtf1}}}}}",
        b"{\\rtf1\\bin999999999 x}",
        b"{\\rtf1\\cell\\row\\cellx\\cell}",
        b"{\\rtf1{\\field{\\footnote{\\field}}}\\par}",
        b"{\\rtf1\\ansicpg99999 caf\\'e9\\par}",
        b"{\\rtf1{\\fonttbl{\\f1\\fcharset999 X;}}\\f1 x\\par}",
    ],
)
def test_damage_is_no_crash(data: bytes) -> None:
    assert isinstance(read_rtf(data), Reading)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(DocumentRejected, match="nested too deeply"):
        read_rtf(b"{" * 2000)


def test_a_long_document_takes_linear_time() -> None:
    rows = "".join(row(f"part {n}", f"{n} bar") for n in range(10_000))
    started = time.perf_counter()
    (table,) = read(rows)

    assert len(table.block.children) == 10_000
    assert time.perf_counter() - started < 20
