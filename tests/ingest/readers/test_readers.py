"""Every other format, from bytes that its own programs would write, through the sandbox as an upload goes."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected, LimitExceeded
from core.types import Element, Parsed
from tests.ingest import files
from tests.ingest.conftest import Read, needs_ocr

Shape = list[tuple[str, str]]


def shape(parsed: Parsed) -> Shape:
    return [(element.kind, element.text) for element in parsed.elements]


def test_html_as_a_reader_sees_it(read: Read) -> None:
    page = b"""<html><head><title>Help - Acme</title><script>var x = 'no';</script></head><body>
      <nav><a href="/">Home</a></nav><h1>Care</h1><p>Rinse <b>daily</b>.<br>Then dry.</p>
      <ul><li>Tray</li><li>Tank</li></ul><div style="display: none">secret</div>
      <table><tr><th>Part</th><th>Price</th></tr><tr><td>Pump</td><td>80</td></tr></table>
      <pre><code>acme --clean\n  --fast</code></pre></body></html>"""

    parsed = read(page, "a.html")

    assert parsed.title == "Help - Acme"
    assert shape(parsed) == [
        ("title", "Care"),
        ("text", "Rinse daily.\nThen dry."),
        ("list_item", "Tray"),
        ("list_item", "Tank"),
        ("table", "Part | Price\nPump | 80"),
        ("code", "acme --clean\n  --fast"),
    ]


def test_html_nested_ten_thousand_deep_is_read(read: Read) -> None:
    parsed = read(b"<html>" + b"<div>" * 10_000 + b"deep" + b"</div>" * 10_000, "a.html")

    assert shape(parsed) == [("text", "deep")]


def test_markdown(read: Read) -> None:
    text = b"---\ntitle: Guide\n---\n# One\n\nText *with* [a link](http://x).\n\n"
    text += b"- a\n- b\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"

    parsed = read(text, "a.md")

    assert parsed.title == "Guide"
    assert shape(parsed) == [
        ("title", "One"),
        ("text", "Text with a link."),
        ("list_item", "a"),
        ("list_item", "b"),
        ("table", "h | i\n1 | 2"),
        ("code", "code"),
    ]


def test_word(read: Read) -> None:
    data = files.word(
        [("Heading 1", "Care"), ("Normal", "Rinse daily."), ("List Bullet", "Tray"), ("Heading 2", "Drying")],
        [("Part", "Price"), ("Pump", "80")],
    )

    parsed = read(data, "a.docx")

    assert shape(parsed) == [
        ("title", "Care"),
        ("text", "Rinse daily."),
        ("list_item", "Tray"),
        ("title", "Drying"),
        ("table", "Part | Price\nPump | 80"),
    ]
    assert [element.level for element in parsed.elements if element.kind == "title"] == [1, 2]


def test_slides_are_pages(read: Read) -> None:
    parsed = read(files.slides([("First", "hello there"), ("Second", "goodbye then")]), "a.pptx")

    assert [(element.page, element.text) for element in parsed.elements if element.kind == "title"] == [
        (1, "First"),
        (2, "Second"),
    ]
    assert parsed.pages == 2


def test_sheets_are_pages_under_their_names(read: Read) -> None:
    parsed = read(files.workbook({"Prices": [["Part", "Price"], ["Pump", 80], ["Hose", 5]]}), "a.xlsx")

    assert shape(parsed) == [("title", "Prices"), ("table", "Part | Price\nPump | 80\nHose | 5")]


def test_mail_names_its_attachments(read: Read) -> None:
    parsed = read(
        files.mail("Filters", "plain", html="<p>Use the <b>blue</b> one.</p>", attachment="plan.pdf"), "a.eml"
    )

    assert parsed.title == "Filters"
    assert parsed.elements[-1] == Element("text", "Use the blue one.")
    assert "plan.pdf" in parsed.warnings[0]


def test_a_table_of_commas_or_semicolons(read: Read) -> None:
    assert shape(read(b'a;b\n1,5;"x;y"\n', "a.csv")) == [("table", "a | b\n1,5 | x;y")]


def test_records_keep_names_beside_values(read: Read) -> None:
    parsed = read(b'[{"question": "Why?", "meta": {"lang": "en"}}, {"question": "How?"}]', "a.json")

    assert shape(parsed) == [("text", "question: Why?\nmeta.lang: en"), ("text", "question: How?")]


def test_json_nested_too_deep_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="nested"):
        read(b"[" * 100_000 + b"]" * 100_000, "a.json")


def test_an_xml_bomb_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="entities"):
        read(files.xml_bomb(), "a.xml")


def test_plain_text_by_the_marks_that_people_use(read: Read) -> None:
    text = "User Guide\n==========\n\nThis line was wrapped by an editor at about sixty columns and\n"
    text += "goes on here.\n\n1. First\n2. Second\n"

    assert shape(read(text.encode("utf-16"), "a.txt")) == [
        ("title", "User Guide"),
        ("text", "This line was wrapped by an editor at about sixty columns and goes on here."),
        ("list_item", "1. First"),
        ("list_item", "2. Second"),
    ]


@needs_ocr
def test_a_picture_is_read_by_ocr(read: Read) -> None:
    parsed = read(files.scan("Turn the dial to nine"), "a.png")

    assert parsed.elements[0].text == "Turn the dial to nine"
    assert parsed.elements[0].boxes[0].page == 1


@needs_ocr
def test_a_damaged_picture_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="damaged"):
        read(files.scan("x")[:300], "a.png")


def test_a_package_whose_parts_are_missing_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match=r"damaged|could not be read"):
        read(files.package({"[Content_Types].xml": b"<Types/>", "word/other.xml": b"<a/>"}), "a.docx")


def test_a_huge_text_is_read_or_stopped_but_never_crashes(read: Read) -> None:
    try:
        parsed = read(b"A line of text that is repeated.\n" * 600_000, "a.txt")
    except LimitExceeded:
        return
    assert len(parsed.elements) >= 1
