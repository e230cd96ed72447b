"""Quoted mails: the newest text first, what it quotes in blocks of its own, in the forms of many mail programs."""

from __future__ import annotations

import re
import time
from collections import Counter
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blocks import blocks_from_json, blocks_to_json
from core.types import Block, Element
from ingest.blocks.write import elements
from ingest.readers.email import read_eml

BELOW_THE_SUBJECT = 1


def mail(body: str, subtype: str = "plain", **parameters: str) -> list[Element]:
    """Return the elements of a mail's body."""
    message = EmailMessage()
    message["Subject"] = "Limit"
    message.set_content(body, subtype=subtype, cte="8bit")
    for name, value in parameters.items():
        message.set_param(name, value)
    found = list(elements(read_eml(message.as_bytes()).nodes))
    for element in found:
        assert blocks_from_json(blocks_to_json([element.block]), len(element.text)) == (element.block,)
    return found[BELOW_THE_SUBJECT:]


def texts(found: list[Element]) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in found]


def inside(element: Element) -> list[object]:
    """Return the texts of a quoted mail as lists in lists."""

    def listed(block: Block) -> list[object]:
        return [
            listed(child) if child.kind == "quoted_mail" else element.text[child.start : child.end]
            for child in block.children
        ]

    return listed(element.block)


def test_an_answer_above_the_quotation() -> None:
    found = mail(
        "Hello team,\n\nthe limit is 235 degrees now.\n\nRegards\nAda\n\n"
        "On Mon, 2 Mar 2026 at 17:40, Bob wrote:\n> It says 210 degrees.\n> Is that right?\n>\n>> It came up twice.\n"
    )

    assert texts(found[:3]) == [
        ("paragraph", "Hello team,"),
        ("paragraph", "the limit is 235 degrees now."),
        ("paragraph", "Regards\nAda"),
    ]
    assert [element.kind for element in found[3:]] == ["quoted_mail"]
    assert inside(found[3]) == [
        "On Mon, 2 Mar 2026 at 17:40, Bob wrote:",
        "It says 210 degrees.\nIs that right?",
        ["It came up twice."],
    ]


def test_an_answer_below_the_quotation_comes_first() -> None:
    found = mail(
        "On Mon, 2 Mar 2026 at 17:40, Bob\n<bob@example.com> wrote:\n> It says 210 degrees.\n> > Since when?\n\n"
        "The limit is 235 degrees now.\n-- \nAda\n"
    )

    assert texts(found[:2]) == [("paragraph", "The limit is 235 degrees now."), ("paragraph", "Ada")]
    assert inside(found[2]) == [
        "On Mon, 2 Mar 2026 at 17:40, Bob <bob@example.com> wrote:",
        "It says 210 degrees.",
        ["Since when?"],
    ]


def test_answers_between_quoted_lines_stay_below_their_questions() -> None:
    found = mail("> Is the limit 210?\n\nNo, 235.\n\n> And the hose?\n\nUnchanged.\n")

    assert texts(found) == [
        ("quoted_mail", "Is the limit 210?"),
        ("paragraph", "No, 235."),
        ("quoted_mail", "And the hose?"),
        ("paragraph", "Unchanged."),
    ]


def test_a_quoted_list_is_a_list_in_the_quoted_mail() -> None:
    (_, quoted) = mail(
        "Done.\n\nAm 02.03.2026 um 17:40 schrieb Bob:\n> Please:\n>\n> 1. Close the valve.\n> 2. Wait.\n"
    )

    listed = quoted.block.children[-1]
    assert listed.kind == "list"
    assert [(item.number, quoted.text[item.start : item.end]) for item in listed.children] == [
        ("1.", "1. Close the valve."),
        ("2.", "2. Wait."),
    ]


@pytest.mark.parametrize(
    "introduction",
    [
        "Am 02.03.2026 um 17:40 schrieb Bob <bob@example.com>:",
        "Bob <bob@example.com> schrieb am Mo., 2. März 2026, 17:40:",
        "Le lun. 2 mars 2026 à 17:40, Bob <bob@example.com> a écrit :",
        "El lun, 2 mar 2026 a las 17:40, Bob (<bob@example.com>) escribió:",
        "Il giorno lun 2 mar 2026 alle ore 17:40 Bob ha scritto:",
        "W dniu 2.03.2026 o 17:40, Bob pisze:",
        "2026年3月2日(月) 17:40 Bob <bob@example.com>:",
        "Den mån 2 mars 2026 kl 17:40 skrev Bob:",
        "* Bob <bob@example.com> [2026-03-02 17:40]:",
        "Bob wrote:",
    ],
)
def test_the_line_above_a_quotation_belongs_to_it(introduction: str) -> None:
    (own, quoted) = mail(f"It is 235 now.\n\n{introduction}\n\n> It says 210.\n")

    assert own.text == "It is 235 now."
    assert inside(quoted) == [introduction, "It says 210."]


def test_a_sentence_above_a_quotation_that_introduces_no_mail_is_the_writers_own() -> None:
    found = mail("Please check this passage again:\n\n> It says 210.\n\nI think the manual is old in this place.\n")

    assert texts(found)[0] == ("paragraph", "Please check this passage again:")


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("-----Original Message-----", ("From", "Sent", "To", "Subject")),
        ("-----Ursprüngliche Nachricht-----", ("Von", "Gesendet", "An", "Betreff")),
        ("-----Message d'origine-----", ("De", "Envoyé", "À", "Objet")),
        ("________________________________", ("Da", "Inviato", "A", "Oggetto")),
        ("---------- Forwarded message ---------", ("From", "Date", "Subject", "To")),
        ("-------- Weitergeleitete Nachricht --------", ("Betreff", "Datum", "Von", "An")),
        ("-----Wiadomość oryginalna-----", ("Od", "Wysłano", "Do", "Temat")),
        ("", ("От", "Дата", "Кому", "Тема")),
    ],
)
def test_a_header_in_the_body_begins_a_quoted_mail(rule: str, names: tuple[str, ...]) -> None:
    header = "\n".join(f"{name}: value {at}" for at, name in enumerate(names))

    (own, quoted) = mail(f"It is 235 now.\n\n{rule}\n{header}\n\nIt says 210.\n\nRegards\n")

    assert own.text == "It is 235 now."
    assert quoted.kind == "quoted_mail"
    fields = next(block for block in quoted.block.children if block.kind == "key_value")
    assert quoted.text[fields.start : fields.end] == header
    assert quoted.text.endswith("It says 210.\nRegards")


def test_headers_below_headers_are_mails_in_mails() -> None:
    header = "From: {0}\nSent: Monday\nTo: all\n cc@example.com\nSubject: {0}\n"

    (_, quoted) = mail(f"new\n\n{header.format('first')}\nolder\n\n{header.format('second')}\noldest\n")

    assert inside(quoted) == [
        "From: first\nSent: Monday\nTo: all cc@example.com\nSubject: first",
        "older",
        ["From: second\nSent: Monday\nTo: all cc@example.com\nSubject: second", "oldest"],
    ]


def test_a_line_that_looks_like_one_header_field_is_text() -> None:
    found = mail("The route:\n\nFrom: Hamburg\nTo: Kiel\n\nTake the red bus.\n")

    assert [element.kind for element in found] == ["paragraph"] * 3


def test_a_comparison_is_no_quotation() -> None:
    found = mail("Alarm levels of the pump\n> 5 bar: error\nand below that nothing.\n")

    assert [element.kind for element in found] == ["paragraph"]
    assert "> 5 bar" in found[0].text


def test_flowed_lines_are_joined() -> None:
    found = mail("The limit was \nraised.\n\nBob wrote on 2026-03-02:\n> It says \n> 210.\n", format="flowed")

    assert texts(found) == [
        ("paragraph", "The limit was raised."),
        ("quoted_mail", "Bob wrote on 2026-03-02:\nIt says 210."),
    ]


GMAIL = """<div dir="ltr">It is 235 now.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Am Mo.
schrieb Bob:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc">
<div>It says 210.<ul><li>twice</li></ul></div><blockquote type="cite"><div>Since when?</div></blockquote>
</blockquote></div>"""
GMAIL_BELOW = """<div class="gmail_quote"><div class="gmail_attr">Am Mo. schrieb Bob:</div>
<blockquote class="gmail_quote"><div>It says 210.</div></blockquote><div>It is 235 now.</div></div>"""
THUNDERBIRD = """<p>It is 235 now.</p><div class="moz-cite-prefix">Bob, gestern<br></div><blockquote type="cite"
cite="mid:1"><p>It says 210.</p></blockquote>"""
OUTLOOK = """<div class=WordSection1><p class=MsoNormal>It is 235 now.</p><div><div style='border:none;border-top:solid
#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Von:</b> Bob<br><b>Gesendet:</b> Montag<br><b>An:</b>
Ada<br><b>Betreff:</b> Limit</p></div></div><p class=MsoNormal>It says 210.</p></div>"""
OUTLOOK_WEB = """<div>It is 235 now.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">
<font><b>From:</b> Bob<br><b>Sent:</b> Monday<br><b>To:</b> Ada<br><b>Subject:</b> Limit</font>
<div>&nbsp;</div></div><div>It says 210.</div>"""
BLUE_LINE = """<p>It is 235 now.</p><div style='border:none;border-left:solid blue 1.5pt;padding:0cm 0cm 0cm 4.0pt'>
<p>From: Bob</p><p>Sent: Monday</p><p>To: Ada</p><p>Subject: Limit</p><p>It says 210.</p></div>"""
ATTRIBUTION = """<p>It is 235 now.</p><p>On Mon, 2 Mar 2026 at 17:40, Bob wrote:</p><div style="border-left:2px solid
#1010FF;padding-left:5px"><p>It says 210.</p></div>"""


@pytest.mark.parametrize("body", [GMAIL, GMAIL_BELOW, THUNDERBIRD, OUTLOOK, OUTLOOK_WEB, BLUE_LINE, ATTRIBUTION])
def test_quotations_of_mail_programs_in_html(body: str) -> None:
    found = mail(body, "html")

    assert [element.text for element in found if element.kind != "quoted_mail"] == ["It is 235 now."]
    assert [element.kind for element in found] == ["paragraph", "quoted_mail"]
    assert "It says 210." in found[1].text
    assert "Bob" in found[1].text.split("\n")[0]
    assert "\ue0f0" not in found[1].text


def test_what_a_quoted_html_mail_quotes_is_nested() -> None:
    quoted = mail(GMAIL, "html")[1]

    assert inside(quoted)[0] == "Am Mo. schrieb Bob:"
    assert inside(quoted)[-1] == ["Since when?"]
    assert [child.kind for child in quoted.block.children] == ["paragraph", "paragraph", "list", "quoted_mail"]


def test_a_box_with_a_line_at_its_left_is_no_quotation_by_itself() -> None:
    found = mail('<p>Hi.</p><div style="border-left:4px solid red"><p>Tip: close it.</p></div><p>Bye.</p>', "html")

    assert [element.text for element in found] == ["Hi.", "Tip: close it.", "Bye."]
    assert "quoted_mail" not in [element.kind for element in found]


def test_an_indented_paragraph_of_html_is_no_quotation() -> None:
    found = mail(
        '<p>Do this first.</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px">Close it.</blockquote>'
        "<p>Bye.</p>",
        "html",
    )

    assert [element.text for element in found] == ["Do this first.", "Close it.", "Bye."]


@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize("depth", [40, 300])
def test_a_mail_that_is_quoted_deep_is_read_fast_and_whole(subtype: str, depth: int) -> None:
    if subtype == "plain":
        body = "\n".join(f"{'>' * level} word{level}" for level in range(depth))
    else:
        body = "".join(f"<p>word{level}</p><blockquote type=cite>" for level in range(depth))
    started = time.monotonic()

    found = mail(body, subtype)

    assert time.monotonic() - started < 3
    assert " ".join(element.text for element in found).split() == [f"word{level}" for level in range(depth)]
    block, levels = found[-1].block, 0
    while block.kind == "quoted_mail":
        block, levels = block.children[-1], levels + 1
    assert levels == min(depth - 1, 50)


def test_a_thousand_headers_in_a_row_are_read() -> None:
    header = "From: a\nSent: b\nTo: c\n\n"

    found = mail("new\n\n" + "".join(f"{header}word{at}\n\n" for at in range(1000)))

    words = [word for element in found for word in element.text.split() if word.startswith("word")]
    assert words == [f"word{at}" for at in range(1000)]


def test_a_long_block_of_header_lines_is_read_in_time() -> None:
    started = time.monotonic()

    found = mail("new\n\n" + "From: Hamburg\n" * 50_000)

    assert time.monotonic() - started < 10
    assert sum(element.text.count("Hamburg") for element in found) == 50_000


LINES = st.sampled_from([
    "", "own{}", "> quoted{}", ">> deeper{}", ">", "-- ", "On Mon, 2 Mar 2026 at 17:40, ada{} wrote:", "wrote:",
    "-----Original Message-----", "From: bob{}", "Sent: monday{}", "To: all{}", "Von: bob{}", "Gesendet: montag{}",
    "1. step{}", "* point{}", "Begin forwarded message:", "> From: eve{}", "> Sent: friday{}", "> To: them{}",
])  # fmt: skip
TAGS = st.sampled_from([
    "<p>own{}</p>", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "</div>",
    "<div class=gmail_attr>On Monday ada{} wrote:</div>", "<div style='border-left:1px solid'>", "<ul><li>point{} ",
    "</ul>", "<div id=divRplyFwdMsg>From: bob{}<br>Sent: monday{}<br>To: all{}</div>",
    "<table><tr><td>cell{}<td>b{}</table>",
    "<table><tr><td><blockquote>inner{}</blockquote></table>", "<blockquote>", " loose{} ",
])  # fmt: skip


def named(text: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z]+\d+", text))


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=30), st.lists(TAGS, max_size=25))
def test_each_word_of_a_mail_is_kept_once(lines: list[str], tags: list[str]) -> None:
    plain = "\n".join(line.replace("{}", str(at)) for at, line in enumerate(lines))
    html = "".join(tag.replace("{}", str(at)) for at, tag in enumerate(tags))

    assert named("\n".join(element.text for element in mail(plain))) == named(plain)
    assert named("\n".join(element.text for element in mail(html, "html"))) == named(re.sub("<[^>]*>", " ", html))
