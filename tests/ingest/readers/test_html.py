"""HTML as a reader of the page sees it."""

from __future__ import annotations

from tests.ingest.conftest import Read
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
