"""Lists and headings of Word files: numbers as Word shows them, items in items, what goes on with an item."""

from __future__ import annotations

from core.blocks import walk
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office.words import abstract, in_list, kinds, levels, num, only, p, r, table, tc, texts, word

STEPS = abstract(0, levels(("decimal", "%1."), ("lowerLetter", "%2)"), ("lowerRoman", "(%3)"))) + num(1, 0)


def test_a_word_file_keeps_its_structure(read: Read) -> None:
    data = files.word(
        [("Heading 1", "Care"), ("Normal", "Rinse daily."), ("List Bullet", "Tray"), ("Heading 2", "Drying")],
        [("Part", "Price"), ("Pump", "80")],
    )

    parsed = read(data, "a.docx")

    assert kinds(parsed) == [
        ("heading", "Care"),
        ("paragraph", "Rinse daily."),
        ("list", "Tray"),
        ("heading", "Drying"),
        ("table", "Part | Price\nPump | 80"),
    ]
    assert [element.level for element in parsed.elements if element.kind == "heading"] == [1, 2]


def test_steps_have_the_numbers_that_word_counts(read: Read) -> None:
    body = "".join(
        p(r(text), more=in_list(1, level))
        for text, level in [("Open", 0), ("Lift", 1), ("Turn", 1), ("Left", 2), ("Close", 0), ("Push", 1)]
    )

    parsed = read(word(body, lists=STEPS), "a.docx")

    assert texts(parsed) == ["1. Open\n  a) Lift\n  b) Turn\n    (i) Left\n2. Close\n  a) Push"]
    block = only(parsed, "list").block
    assert block.ordered
    assert [item.number for item in block.children] == ["1.", "2."]
    assert [child.kind for child in block.children[0].children] == ["list"]


def test_a_list_goes_on_behind_a_paragraph_and_a_table(read: Read) -> None:
    step = "".join(p(r(text), more=in_list(1)) for text in ["Open", "Close"])
    body = step + p(r("The lamp is lit.")) + p(r("Wait"), more=in_list(1)) + table(tc("A") + tc("B"), tc("1") + tc("2"))

    parsed = read(word(body + p(r("Stop"), more=in_list(1)), lists=STEPS), "a.docx")

    assert texts(parsed) == ["1. Open\n2. Close", "The lamp is lit.", "3. Wait", "A | B\n1 | 2", "4. Stop"]


def test_a_list_with_a_start_of_its_own_begins_there(read: Read) -> None:
    again = num(2, 0, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>')
    body = "".join(p(r(text), more=in_list(n)) for text, n in [("a", 1), ("b", 1), ("c", 2), ("d", 2)])

    parsed = read(word(body, lists=STEPS + again), "a.docx")

    assert "".join(texts(parsed)) == "1. a\n2. b\n5. c\n6. d"


def test_numbers_have_their_form_and_parents(read: Read) -> None:
    forms = [("upperRoman", "Part %1"), ("decimal", "§ %1.%2"), ("decimalZero", "%3"), ("none", ""), ("bullet", "•")]
    legal = levels(*forms).replace('<w:lvlText w:val="§', '<w:isLgl/><w:lvlText w:val="§')
    body = "".join(p(r(f"t{level}"), more=in_list(1, level)) for level in [0, 0, 1, 2, 4])

    parsed = read(word(body, lists=abstract(0, legal) + num(1, 0)), "a.docx")

    numbers = [block.number for block in walk([only(parsed, "list").block]) if block.kind == "item"]
    assert numbers == ["Part I", "Part II", "§ 2.1", "01", None]


def test_headings_show_the_number_of_the_list_that_their_style_is_linked_to(read: Read) -> None:
    linked = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="H{n + 1}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, text in enumerate(["%1", "%1.%2"])
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="Überschrift {n}"/><w:pPr>'
        f'<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    mine = '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H2"/></w:style>'
    body = "".join(
        p(r(text), style=style) for text, style in [("Use", "H1"), ("On", "H2"), ("Off", "H2"), ("Care", "H1")]
    )

    parsed = read(
        word(body + p(r("Dry"), style="Mine"), lists=abstract(0, linked) + num(1, 0), styles=styles + mine), "a"
    )

    assert texts(parsed)[:4] == ["1 Use", "1.1 On", "1.2 Off", "2 Care"]
    assert [element.level for element in parsed.elements] == [1, 2, 2, 1, 2]
    assert {element.kind for element in parsed.elements} == {"heading"}


def test_what_stands_under_an_item_without_a_number_goes_on_with_it(read: Read) -> None:
    indented = '<w:ind w:left="720"/>'
    body = (
        p(r("Before you begin:"))
        + p(r("Open"), more=in_list(1))
        + p(r("It clicks."), more=indented)
        + p(r("Lift"), more=in_list(1, 1))
        + p(r("Not far."), more='<w:numPr><w:ilvl w:val="1"/><w:numId w:val="0"/></w:numPr>')
        + p(r("Close"), more=in_list(1))
        + p(r("Done."))
    )

    parsed = read(word(body, lists=STEPS), "a.docx")

    assert texts(parsed) == [
        "Before you begin:", "1. Open\n  It clicks.\n  a) Lift\n    Not far.\n2. Close", "Done."
    ]  # fmt: skip
    first = only(parsed, "list").block.children[0]
    assert [child.kind for child in first.children] == ["paragraph", "list"]


def test_text_as_far_right_as_all_text_does_not_go_on_with_an_item(read: Read) -> None:
    indented = '<w:ind w:left="720"/>'
    body = p(r("First:"), more=indented) + p(r("Open"), more=in_list(1)) + p(r("Then rest."), more=indented)

    assert texts(read(word(body, lists=STEPS), "a.docx")) == ["First:", "1. Open", "Then rest."]


def test_typed_numbers_and_bullets_are_lists(read: Read) -> None:
    lines = ["1. Open", "2. Turn", "a) left", "b) right", "3. Close", "2024. A good year", "• Tray", "• Tank"]

    parsed = read(word("".join(p(r(line)) for line in lines)), "a.docx")

    assert kinds(parsed) == [
        ("list", "1. Open\n2. Turn\n  a) left\n  b) right\n3. Close"),
        ("paragraph", "2024. A good year"),
        ("list", "Tray\nTank"),
    ]


def test_a_list_typed_with_line_breaks_in_one_paragraph_is_a_list(read: Read) -> None:
    br = "<w:r><w:br/></w:r>"

    parsed = read(word(p(r("Do this:"), br, r("1. Open"), br, r("2. Close"), br, r("at once"))), "a.docx")

    assert kinds(parsed) == [("paragraph", "Do this:"), ("list", "1. Open\n2. Close at once")]


def test_one_number_at_the_beginning_of_a_sentence_is_no_list(read: Read) -> None:
    parsed = read(word(p(r("1. May is a holiday.")) + p(r("A. Smith wrote this."))), "a.docx")

    assert [kind for kind, _ in kinds(parsed)] == ["paragraph", "paragraph"]


def test_lists_in_lists_by_indent_alone(read: Read) -> None:
    bullets = abstract(1, levels(("bullet", "•"))) + num(2, 1)
    deep = '<w:ind w:left="1440" w:hanging="360"/>'
    body = p(r("Open"), more=in_list(1)) + p(r("top"), more=in_list(2) + deep) + p(r("Close"), more=in_list(1))

    assert texts(read(word(body, lists=STEPS + bullets), "a.docx")) == ["1. Open\n  top\n2. Close"]


def test_lists_of_nine_levels_and_many_items_are_read(read: Read) -> None:
    deep = abstract(0, levels(*[("decimal", f"%{n + 1}.") for n in range(9)])) + num(1, 0)
    body = "".join(p(r(f"t{n}"), more=in_list(1, n % 9)) for n in range(3000))

    parsed = read(word(body, lists=deep), "a.docx")

    assert parsed.elements[0].text.count("\n") == 2999
    assert parsed.elements[0].text.startswith("1. t0\n  1. t1\n    1. t2")
