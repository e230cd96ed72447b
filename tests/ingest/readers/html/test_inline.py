"""What stands inside a line of HTML: links, raised and struck text, formulas, pictures, boxes."""

from __future__ import annotations

import time

import pytest

from ingest import revisions
from tests.ingest.readers.html.reading import blocks, only, text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("get it <a href='https://a.org/x'>here</a>.", "get it here (https://a.org/x)."),
        ("<a href='https://www.a.org/'>a.org</a>", "a.org"),
        ("<a href='https://a.org/x?q=1'>https://a.org/x</a>", "https://a.org/x"),
        ("<a href='mailto:help@a.org?subject=x'>write</a> us", "write (help@a.org) us"),
        ("<a href='mailto:help@a.org'>help@a.org</a>", "help@a.org"),
        ("<a href='tel:+49301234'>+49 30 1234</a>", "+49 30 1234"),
        ("see <a href='#top'>above</a>, <a href='other.html'>there</a>", "see above, there"),
        ("<a href='javascript:go()'>go</a>", "go"),
        ("<a href='https://a.org'></a>nothing", "nothing"),
        (f"<a href='https://a.org/{'x' * 400}'>long</a>", "long"),
    ],
)
def test_the_target_of_a_link_is_in_the_text_where_it_says_more(html: str, expected: str) -> None:
    assert only(f"<p>{html}</p>").text == expected


def test_links_are_marked_with_their_targets_also_in_lists_and_cells() -> None:
    link = "<a href='https://a.org/x'>here</a>"
    for html in (
        f"<ul><li>One<br>see {link}<ul><li>b</ul></ul>",
        f"<table><tr><th>A<th>B<tr><td>x<td>see {link}</table>",
    ):
        element = only(html)
        (found,) = blocks(element, "link")
        assert (text(element, found), found.label) == ("here", "https://a.org/x")


def test_a_heading_does_not_show_the_target_of_its_link() -> None:
    assert only("<h2><a href='https://a.org'>Care</a> <a class=headerlink href='#care'>¶</a></h2>").text == "Care"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("10<sup>6</sup> ohms, 10<sup>-3</sup>, m<sup>2</sup>", "10⁶ ohms, 10⁻³, m²"),
        ("the 4<sup>th</sup>, x<sup>n+1</sup>, Acme<sup>®</sup>", "the 4th, xⁿ⁺¹, Acme®"),
        ("10<span style='vertical-align: super'>6</span>", "10⁶"),
        ("<style>.u{vertical-align:super}</style>10<span class=u>6</span>", "10⁶"),
        ("so<sup><a href='#fn1'>1</a></sup> and <a role=doc-noteref href='#fn2'>2</a>", "so¹ and ²"),
        ("H<sub>2</sub>O", "H2O"),
        ("say <q>stop</q> now", "say “stop” now"),
        ("<ruby>漢<rt>kan</rt></ruby><ruby>字<rp>(</rp><rt>ji</rt><rp>)</rp></ruby>", "漢(kan)字(ji)"),
        ("Press <img alt='the gear' src=g.png> <img alt=''><img alt='x.png' src=x.png>now", "Press the gear now"),
        ("<svg><title>Warning</title><path d=x /></svg> hot", "Warning hot"),
        ("<input type=checkbox checked> Yes <input type=radio> No", "[x] Yes [ ] No"),
        ("soft&shy;ware, <wbr>long", "software, long"),
        ("a<b>b</b>c <i> d </i> e", "abc d e"),
        ("(<a href='#'> in </a>)", "( in )"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("שלום <b>עולם</b> 12", "שלום עולם 12"),
    ],
)  # fmt: skip
def test_a_line_reads_as_it_is_seen(html: str, expected: str) -> None:
    assert only(f"<p dir=auto>{html}</p>").text == expected


@pytest.mark.parametrize(
    ("math", "expected"),
    [
        ("<mfrac><mn>1</mn><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow></mfrac>", "1/(a + b)"),
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><mn>4</mn>", "x² = 4"),
        ("<msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup>", "e^kt"),
        ("<msub><mi>U</mi><mi>max</mi></msub>", "U_max"),
        ("<msqrt><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow></msqrt>", "√(a + 1)"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\x</annotation></semantics>", "x"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "³√x"),
    ],
)
def test_formulas_are_written_in_a_line(math: str, expected: str) -> None:
    assert only(f"<p>So <math>{math}</math>.</p>").text == f"So {expected}."


@pytest.mark.parametrize(
    ("mode", "expected", "marks"),
    [
        ("accepted", "The fee is 15 EUR.", []),
        ("original", "The fee is 25 EUR.", []),
        ("both", "The fee is 25 15 EUR.", [("struck", "25"), ("inserted", "15")]),
    ],
)
def test_struck_and_inserted_text_follow_the_setting(
    mode: revisions.Revisions, expected: str, marks: list[tuple[str, str]]
) -> None:
    with revisions.reading(mode):
        element = only("<p>The fee is <del>25</del> <ins>15</ins> EUR.</p>")

    assert element.text == expected
    assert [(block.kind, text(element, block)) for block in element.block.children] == marks


@pytest.mark.parametrize(
    "struck",
    [
        "<s>25</s>", "<strike>25</strike>", "<span style='text-decoration: line-through'>25</span>",
        "<style>.old { text-decoration: line-through red }</style><span class=old>25</span>",
    ],
)  # fmt: skip
def test_struck_text_is_left_out_however_it_is_struck(struck: str) -> None:
    assert only(f"<p>Now {struck} 15 EUR</p>").text == "Now 15 EUR"


def test_a_paragraph_of_ten_thousand_links_takes_no_longer_than_its_length() -> None:
    started = time.perf_counter()

    element = only("<p>" + "<a href='https://a.org/é'>né</a> word " * 10_000)

    assert len(element.block.children) == 10_000
    assert time.perf_counter() - started < 10
