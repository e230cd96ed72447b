"""HTML as a reader of the page sees it."""

from __future__ import annotations

from ingest.account import collected
from ingest.readers.html import read_html
from tests.ingest.conftest import Read
from tests.ingest.readers.html.reading import shown
from tests.ingest.readers.shape import shape


def test_html_becomes_what_a_reader_of_the_page_sees(read: Read) -> None:
    page = b"""<html><head><title>Help - Acme</title><script>var x = 'no';</script></head><body>
      <nav><a href="/">Home</a></nav><h1>Care</h1><p>Rinse <b>daily</b>.<br>Then dry.</p>
      <ul><li>Tray</li><li>Tank</li></ul><div style="display: none">secret</div>
      <table><tr><th>Part</th><th>Price</th></tr><tr><td>Pump</td><td>80</td></tr></table>
      <pre><code>acme --clean\n  --fast</code></pre></body></html>"""

    parsed = read(page, "a.html")

    assert parsed.title == "Help - Acme"
    assert shape(parsed) == [
        ("heading", "Care"),
        ("paragraph", "Rinse daily.\nThen dry."),
        ("list", "Tray\nTank"),
        ("table", "Part | Price\nPump | 80"),
        ("code", "acme --clean\n  --fast"),
    ]


def test_html_nested_ten_thousand_deep_is_read(read: Read) -> None:
    parsed = read(b"<html>" + b"<div>" * 10_000 + b"deep" + b"</div>" * 10_000, "a.html")

    assert shape(parsed) == [("paragraph", "deep")]


def test_what_stands_beside_the_main_part_stays_unless_it_is_a_menu() -> None:
    menu = '<div><a href="/a">One</a> <a href="/b">Two</a> <a href="/c">Three</a></div>'
    page = f"{menu}<main><p>{'Long text. ' * 30}</p></main><div>Call 4711 in an emergency.</div>"

    with collected() as left_out:
        found = [text for _, text in shown(page)]

    assert found[1:] == ["Call 4711 in an emergency."]
    assert left_out["navigation"].words.total() == 3


def test_what_is_left_out_is_accounted_for() -> None:
    page = "<nav>Home</nav><p>Press <button>OK</button> now.</p><div><button>Send all</button></div>"
    page += "<select><option>Europe</option></select><p>Now <s>25</s> 15 EUR</p><video>No film</video>"

    with collected() as left_out:
        assert shown(page) == [("paragraph", "Press OK now."), ("paragraph", "Now 15 EUR")]

    assert {reason: each.words.total() for reason, each in left_out.items()} == {
        "navigation": 1, "control": 3, "struck": 1, "fallback": 2,
    }  # fmt: skip


def test_a_page_that_is_all_menu_is_read_after_all() -> None:
    assert shown("<nav><p>Opening hours</p></nav>") == [("paragraph", "Opening hours")]


def test_a_page_header_and_footer_are_no_text_of_the_page_but_a_title_block_is() -> None:
    page = "<header>Acme</header><header><h1>Guide</h1><p>For model 7</p></header><p>Text</p><footer>(c)</footer>"

    assert shown(page) == [
        ("header", "Acme"), ("heading", "Guide"), ("paragraph", "For model 7"), ("paragraph", "Text"),
        ("footer", "(c)"),
    ]  # fmt: skip


def test_elements_that_xhtml_closes_themselves_swallow_nothing() -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
    page += '<body><p><a id="x"/>One<br/>two</p><![CDATA[a < b]]></body></html>'

    assert shown(page) == [("paragraph", "One\ntwo"), ("paragraph", "a < b")]


def test_text_that_only_screen_readers_skip_stays_and_a_copy_goes() -> None:
    page = '<div aria-hidden="true"><p>Left by a dialog that is open.</p></div>'
    page += '<p><span>5 EUR</span><span aria-hidden="true">5 EUR</span> <i aria-hidden="true">★</i></p>'
    page += '<p>Now <span aria-hidden="true">7 EUR</span></p>'

    assert [text for _, text in shown(page)] == ["Left by a dialog that is open.", "5 EUR", "Now 7 EUR"]


def test_a_document_in_one_pre_is_read_as_text_and_bytes_are_utf_8() -> None:
    lines = "Überschrift\n===========\n\n" + "This line was wrapped by an editor at sixty columns and more.\n" * 80

    reading = read_html(f"<pre>{lines}</pre>".encode())

    assert [node.kind for node in reading.nodes] == ["heading", "paragraph"]
