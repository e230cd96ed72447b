"""What Word shows of recorded changes, struck text, fields, controls, notes, links and formulas."""

from __future__ import annotations

import pytest

from core.settings import load_settings
from core.types import Parsed
from ingest.formats.media import DOCX
from ingest.sandbox.parent import Sandbox
from tests.ingest.conftest import Read
from tests.ingest.readers.office.words import (
    NAMES,
    abstract,
    field,
    in_list,
    kinds,
    levels,
    linked,
    num,
    p,
    r,
    table,
    tc,
    texts,
    with_part,
    word,
)


def ins(inside: str) -> str:
    return f'<w:ins w:id="1" w:author="a">{inside}</w:ins>'


def gone(text: str) -> str:
    return f'<w:del w:id="2" w:author="a"><w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'


DELETED_END = '<w:rPr><w:del w:id="3" w:author="a"/></w:rPr>'
INSERTED_END = '<w:rPr><w:ins w:id="3" w:author="a"/></w:rPr>'
CHANGED = word(
    p(r("The limit is "), gone("6 bar"), ins(r("3 bar")), r(" at 80 °C."))
    + p(r("Wait five"), more=DELETED_END)
    + p(r(" minutes."))
    + p(r("Stop"), more=INSERTED_END)
    + p(r(" at once."))
    + p(r("The fee is "), r("25 EUR", "<w:strike/>"), r(" 15 EUR."))
    + f"<w:p>{gone('Never.')}</w:p>"
    + table(
        tc("Part") + tc("Price"),
        '<w:trPr><w:del w:id="4" w:author="a"/></w:trPr>' + tc("Hose") + tc("5"),
        tc("Pump") + tc("80"),
    )
)
ACCEPTED = ["The limit is 3 bar at 80 °C.", "Wait five minutes.", "Stop", "at once.", "The fee is 15 EUR."]


def read_as(revisions: str) -> Parsed:
    with Sandbox(load_settings({"VOUCH_REVISIONS": revisions})) as sandbox:
        return sandbox.parse(CHANGED, DOCX, "a.docx")


def test_changes_are_read_as_accepted_and_counted(read: Read) -> None:
    parsed = read(CHANGED, "a.docx")

    assert texts(parsed) == [*ACCEPTED, "Part | Price\nPump | 80"]
    assert parsed.account is not None
    assert {each.reason: each.words for each in parsed.account.left_out} == {"deleted": 5, "struck": 2}
    assert parsed.account.unexplained == 0


def test_the_original_is_read_if_asked_for() -> None:
    assert texts(read_as("original")) == [
        "The limit is 6 bar at 80 °C.", "Wait five", "minutes.", "Stop at once.", "The fee is 25 EUR 15 EUR.", "Never.",
        "Part | Price\nHose | 5\nPump | 80",
    ]  # fmt: skip


def test_both_are_read_with_marks_if_asked_for() -> None:
    parsed = read_as("both")

    first, fee = parsed.elements[0], parsed.elements[5]
    assert first.text == "The limit is 6 bar3 bar at 80 °C."
    assert [(block.kind, first.text[block.start : block.end]) for block in first.block.children] == [
        ("struck", "6 bar"), ("inserted", "3 bar")
    ]  # fmt: skip
    assert [(block.kind, fee.text[block.start : block.end]) for block in fee.block.children] == [("struck", "25 EUR")]


def test_moved_text_stands_where_it_went(read: Read) -> None:
    moved = '<w:{0} w:id="1" w:author="a">{1}</w:{0}>'.format
    mark = '<w:rPr><w:moveFrom w:id="5" w:author="a"/></w:rPr>'
    body = p(moved("moveFrom", r("Rinse.")), more=mark) + p(r("Dry.")) + p(moved("moveTo", r("Rinse.")))

    assert texts(read(word(body), "a.docx")) == ["Dry.", "Rinse."]


def test_struck_styles_and_old_formats_are_known(read: Read) -> None:
    styles = (
        '<w:style w:type="character" w:styleId="Old"><w:name w:val="Old"/><w:rPr><w:dstrike/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Older"><w:name w:val="Older"/><w:basedOn w:val="Old"/></w:style>'
    )
    kept = "<w:rPrChange w:id='1' w:author='a'><w:rPr><w:strike/></w:rPr></w:rPrChange>"
    runs = [r("7 years", '<w:rStyle w:val="Older"/>'), r("5 years", kept), r(" of care", "<w:strike w:val='0'/>")]

    assert texts(read(word(p(*runs), styles=styles), "a.docx")) == ["5 years of care"]


def test_content_controls_are_read_and_prompts_left_out(read: Read) -> None:
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    prompt = "<w:showingPlcHdr/>"
    box = '<w14:checkbox><w14:checked w14:val="1"/></w14:checkbox>'
    body = (
        control("", p(r("Serial number "), control("", r("4711"))))
        + p(control(box, r("☒")), r(" tested by "), control(prompt, r("Click here.")))
        + table(control("", tc("Pump")) + tc("80"), tc("Hose") + control(prompt, tc("Choose an item.")))
    )

    parsed = read(word(body), "a.docx")

    assert texts(parsed) == ["Serial number 4711", "☒ tested by", "Pump | 80\nHose"]
    assert parsed.account is not None
    assert [(each.reason, each.words) for each in parsed.account.left_out] == [("placeholder", 5)]


def test_fields_show_their_result(read: Read) -> None:
    data = "<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"
    check = f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    nested = field('IF "a" = "a" ', r("see step "), field("REF step", r("2")))
    body = (
        p(nested, r("."))
        + p(check, "<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r>", end, r(" Dry"))
        + p(r("Table "), '<w:fldSimple w:instr=" SEQ Table "><w:r><w:t>3</w:t></w:r></w:fldSimple>', r(": Limits"))
        + p(field('HYPERLINK "https://example.com/spares"', r("Order")), r(" now."))
    )

    assert texts(read(word(body), "a.docx")) == [
        "see step 2.", "☒ Dry", "Table 3: Limits", "Order (https://example.com/spares) now."
    ]  # fmt: skip


def test_a_table_of_contents_is_left_out_with_its_reason(read: Read) -> None:
    start = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o </w:instrText></w:r>'
    start += '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = p(start, r("Care 1")) + p(r("Use 2")) + p(end) + p(r("Care"), style="Heading1") + p(r("Rinse."))

    parsed = read(word(body), "a.docx")

    assert kinds(parsed) == [("heading", "Care"), ("paragraph", "Rinse.")]
    assert parsed.account is not None
    assert [(each.reason, each.words) for each in parsed.account.left_out] == [("navigation", 4)]


def test_a_footnote_stands_behind_its_paragraph(read: Read) -> None:
    mark = '<w:r><w:footnoteReference w:id="{}"/></w:r>'.format
    notes = "".join(
        f'<w:footnote w:id="{n}">{p(r(text))}</w:footnote>' for n, text in [(2, "At sea level."), (3, "Or oil.")]
    )
    lists = abstract(0, levels(("decimal", "%1."))) + num(1, 0)
    body = p(r("Water boils at 100"), mark(2), r(" °C.")) + p(r("Fill water"), mark(3), more=in_list(1)) + p(r("End."))

    parsed = read(word(body, notes=notes, lists=lists), "a.docx")

    assert kinds(parsed) == [
        ("paragraph", "Water boils at 100 ¹ °C."),
        ("footnote", "1 At sea level."),
        ("list", "1. Fill water²\n  2 Or oil."),
        ("paragraph", "End."),
    ]
    assert parsed.elements[1].block.number == "1"
    assert parsed.account is not None
    assert parsed.account.unexplained == 0


def test_hidden_text_of_a_footnote_is_left_out(read: Read) -> None:
    notes = f'<w:footnote w:id="2">{p(r("Seen."), r("Unseen.", "<w:vanish/>"))}</w:footnote>'
    parsed = read(word(p(r("A"), '<w:r><w:footnoteReference w:id="2"/></w:r>'), notes=notes), "a.docx")

    assert texts(parsed) == ["A¹", "1 Seen."]
    assert parsed.unseen == {"hidden": 1}


def test_a_link_shows_its_address_once(read: Read) -> None:
    link = '<w:hyperlink r:id="{}">{}</w:hyperlink>'.format
    body = p(
        link("a", r("Man") + r("ual")), r(" or "), link("b", r("help@example.com")), r(" or "), link("c", r("file"))
    )
    targets = {"a": "https://example.com/m", "b": "mailto:help@example.com", "c": "C:\\secret.doc"}

    (element,) = read(linked(word(body), targets), "a.docx").elements

    assert element.text == "Manual (https://example.com/m) or help@example.com or file"
    assert [(b.kind, element.text[b.start : b.end], b.label) for b in element.block.children] == [
        ("link", "Manual", "https://example.com/m"), ("link", "help@example.com", "mailto:help@example.com")
    ]  # fmt: skip


def test_raised_digits_symbols_and_breaks_are_kept(read: Read) -> None:
    up = '<w:vertAlign w:val="superscript"/>'
    sym = '<w:r><w:sym w:font="Symbol" w:char="F0B0"/></w:r>'
    hyphen = "<w:r><w:noBreakHyphen/></w:r>"
    runs = [r("10"), r("-", up), r("6", up), r(" m"), r("2", up), r(" at 80 "), sym, r("C, E"), hyphen,
            r("7,"), "<w:r><w:br/></w:r>", r("4"), r("th", up)]  # fmt: skip

    assert texts(read(word(p(*runs)), "a.docx")) == ["10⁻⁶ m² at 80 °C, E-7, 4th"]


def test_formulas_are_written_in_one_line(read: Read) -> None:
    def mr(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{mr('a+b')}</m:num><m:den>{mr('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{mr('x')}</m:e><m:sup>{mr('2')}</m:sup></m:sSup>"
    root = f"<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/><m:e>{power}</m:e></m:rad>"

    parsed = read(word(p(r("So "), f"<m:oMath>{mr('y=')}{fraction}{mr('+')}{root}</m:oMath>", r("."))), "a.docx")

    assert texts(parsed) == ["So y=(a+b)/2+√(x²)."]


def test_comments_are_left_out_with_their_reason(read: Read) -> None:
    data = with_part(
        word(p(r("Rinse."))), "comments", f"<w:comments {NAMES}><w:comment>{p(r('Why?'))}</w:comment></w:comments>"
    )

    parsed = read(data, "a.docx")

    assert texts(parsed) == ["Rinse."]
    assert parsed.account is not None
    assert [each.reason for each in parsed.account.left_out] == ["comment"]


@pytest.mark.parametrize("revisions", ["accepted", "both"])
def test_a_thousand_changes_are_read(revisions: str) -> None:
    data = word(p(*[gone(f"old{n} ") + ins(r(f"new{n} ")) for n in range(1000)]))

    with Sandbox(load_settings({"VOUCH_REVISIONS": revisions}, parse_timeout_s=20)) as sandbox:
        (element,) = sandbox.parse(data, DOCX, "a.docx").elements

    assert element.text.endswith("new999")
    assert ("old999" in element.text) is (revisions == "both")
