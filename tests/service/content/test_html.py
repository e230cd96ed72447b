"""A document as HTML: escaped, with spans, numbers, scopes, and links only where a page may lead."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from ingest.blocks.nodes import Inline, Node, code, item, listing, paragraph
from ingest.blocks.tables import TableCell, table
from service.content.html import as_html
from tests.service.content.manual import manual, pressures, steps, text_of


def body(*nodes: Node) -> str:
    found = text_of(nodes)
    return as_html("x", found.text, found.blocks).split("<body>\n")[1].split("\n</body>")[0]


class _Tags(HTMLParser):
    """Collects tags, and fails where one is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_manual_is_well_formed_and_runs_nothing() -> None:
    found, tags = manual(), _Tags()

    tags.feed(as_html("<script>alert(1)</script>", found.text, found.blocks))

    assert tags.open == []
    assert "script" not in tags.seen
    assert {"table", "caption", "thead", "ol", "ul", "pre", "aside", "dl", "figure", "del", "ins", "a"} <= tags.seen


def test_merged_cells_are_drawn_once_with_their_spans() -> None:
    assert body(pressures()) == (
        "<table><caption>Working pressure</caption>"
        '<thead><tr><th scope="col" rowspan="2">Model</th><th scope="colgroup" colspan="2">Pressure</th></tr>'
        '<tr><th scope="col">min</th><th scope="col">max</th></tr></thead>'
        '<tbody><tr><th scope="row">X200</th><td rowspan="2">1 bar</td><td>4 bar</td></tr>'
        '<tr><th scope="row">X300</th><td>6 &lt;b&gt;bar&lt;/b&gt; | hot</td></tr></tbody></table>'
    )


def test_a_repeated_cell_without_the_one_that_it_repeats_is_drawn() -> None:
    found = text_of([pressures()])
    block = replace(found.blocks[0], children=found.blocks[0].children[-1:])

    assert '<tr><th scope="row">X300</th><td>1 bar</td>' in as_html("x", found.text, [block])


def test_steps_have_the_numbers_that_the_document_shows() -> None:
    shown = body(steps())

    assert shown.startswith('<ol start="3"><li>Open the *valve*.</li><li>Run the command:<pre dir="ltr">')
    assert '<code class="language-sh">vouch up\n  --port 80</code></pre><p>Wait for</p><ul>' in shown
    assert '<ol class="numbered"><li>a) on top</li></ol>' in shown


def test_a_number_that_jumps_is_said() -> None:
    assert body(listing([item("one", "1."), item("four", "4.")])) == '<ol><li>one</li><li value="4">four</li></ol>'


def test_a_note_has_its_label_once() -> None:
    said = [Node("note", text, label="warning") for text in ("Hot water.", "Warning: hot.")]

    assert body(*said) == (
        '<aside role="note" aria-label="warning"><p><strong>Warning</strong></p><p>Hot water.</p></aside>\n'
        '<aside role="note" aria-label="warning"><p>Warning: hot.</p></aside>'
    )


def test_a_link_leads_only_where_a_page_may_lead() -> None:
    goals = ['https://a.example/"x', "javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:1", "tel:+49"]
    shown = body(*(Node("paragraph", "here", inlines=(Inline("link", 0, 4, goal),)) for goal in goals))

    assert shown.splitlines() == [
        '<p><a href="https://a.example/&quot;x" rel="noopener noreferrer">here</a></p>',
        "<p>here</p>",
        "<p>here</p>",
        "<p>here</p>",
        '<p><a href="tel:+49" rel="noopener noreferrer">here</a></p>',
    ]


def test_a_language_cannot_leave_its_attribute() -> None:
    assert body(code("x", '"><script>')) == '<pre dir="ltr"><code class="language--script-">x</code></pre>'


def test_text_from_right_to_left_says_so() -> None:
    assert body(paragraph("שלום")) == '<p dir="auto">שלום</p>'


def test_a_table_of_ten_thousand_rows_is_written() -> None:
    found = table([[TableCell(f"{row}.{column}") for column in range(6)] for row in range(10_000)], header_rows=1)
    assert found is not None

    assert body(found).count("<tr>") == 10_000
