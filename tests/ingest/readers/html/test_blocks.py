"""Blocks of HTML besides lists and tables: notes, figures, footnotes, code."""

from __future__ import annotations

import time

import pytest

from tests.ingest.readers.html.reading import only, read, shown


@pytest.mark.parametrize(
    ("html", "label"),
    [
        ("<div class=warning>Hot.</div>", "warning"),
        ("<div class='admonition note'><p class=admonition-title>Note</p><p>Hot.</p></div>", "note"),
        ("<div class='alert alert-danger' role=alert>Hot.</div>", "danger"),
        ("<div class='bs-callout bs-callout-warning'>Hot.</div>", "warning"),
        ("<div class='markdown-alert markdown-alert-tip'>Hot.</div>", "tip"),
        ("<p class=caution>Hot.</p>", "caution"),
        ("<section role=note>Hot.</section>", "note"),
        ("<aside>Tip: clean it.</aside>", "tip"),
        ("<aside>Clean it.</aside>", None),
        ("<blockquote><p><b>Achtung:</b> heiß</p></blockquote>", "warning"),
        ("<div class='admonitionblock important'><table><tr><td>!<td>Hot.</table></div>", "important"),
    ],
)  # fmt: skip
def test_boxes_are_notes_with_their_kind(html: str, label: str | None) -> None:
    element = only(html)

    assert (element.kind, element.block.label) == ("note", label)


@pytest.mark.parametrize(
    "html",
    [
        "<div class=notebook>x</div>", "<div class=important><h1>T</h1><p>x</p></div>",
        "<p class=admonition-title>x</p>",
        "<blockquote>Warning signs are yellow.</blockquote>", f"<div class=note>{'word ' * 1000}</div>",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_box_is_none(html: str) -> None:
    assert "note" not in {element.kind for element in read(html)}


def test_pictures_are_figures_with_their_captions_and_code_in_a_figure_is_code() -> None:
    assert shown("<figure><img src=a alt='A pump'><figcaption>Fig. 1</figcaption></figure>") == [
        ("figure", "A pump\nFig. 1")
    ]
    assert shown("<p><img src=a alt='A pump'></p>") == [("figure", "A pump")]
    assert shown("<figure><pre>run</pre><figcaption>Listing</figcaption></figure>") == [
        ("code", "run"), ("paragraph", "Listing"),
    ]  # fmt: skip
    assert shown("<svg><text>Inlet</text><text>Outlet</text></svg>") == [("figure", "Inlet Outlet")]


@pytest.mark.parametrize(
    "html",
    [
        "<section class=footnotes><ol><li><p>With LD-4. <a href='#r' class=footnote-backref>↩</a></p></ol></section>",
        "<div role=doc-endnotes><ol><li>With LD-4.</ol></div>",
        "<div class=footnote id=f><p><a href='#r'><sup>[1]</sup></a> With LD-4.</p></div>",
        "<aside class='footnote brackets'><span><span>[</span>1<span>]</span></span><p>With LD-4.</p></aside>",
        "<p class=footnote><sup>1</sup> With LD-4.</p>",
    ],
)
def test_footnotes_have_their_numbers_and_lead_not_back(html: str) -> None:
    element = only(html)

    assert (element.kind, element.block.number) == ("footnote", "1")
    assert " ".join(element.text.split()) == "1 With LD-4."


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre><code class=language-python>x = 1</code></pre>", "python"),
        ("<pre class='sourceCode bash'><code>x = 1</code></pre>", "bash"),
        ("<div class='highlight-python3 notranslate'><div class=highlight><pre>x = 1</pre></div></div>", "python3"),
        ("<pre class='brush: js; gutter: false'>x = 1</pre>", "js"),
        ("<pre data-lang=SQL>x = 1</pre>", "sql"),
        ("<pre>x = 1</pre>", None),
        ("<pre><code>x =<br></code><button>Copy</button><code> 1</code></pre>", None),
    ],
)
def test_code_keeps_its_language(html: str, language: str | None) -> None:
    element = only(html)

    assert (element.kind, "".join(element.text.split()), element.block.label) == ("code", "x=1", language)


def test_numbers_of_lines_are_no_code() -> None:
    page = (
        "<table class=highlighttable><tr><td class=linenos><pre class=linenos>1\n2</pre><td><pre>a\n  b</pre></table>"
    )

    assert shown(page) == [("code", "a\n  b")]


def test_two_breaks_part_paragraphs_and_questions_stand_before_their_answers() -> None:
    assert shown("one<br>two<br><br>three") == [("paragraph", "one\ntwo"), ("paragraph", "three")]
    assert shown("<details><summary>Why?</summary>So.</details>") == [("paragraph", "Why?"), ("paragraph", "So.")]


def test_headings_are_found_by_role_too() -> None:
    element = only("<div role=heading aria-level=3>Care</div>")

    assert (element.kind, element.level) == ("heading", 3)


def test_quotations_that_are_never_closed_do_not_slow_it_down() -> None:
    started = time.process_time()
    found = read("<blockquote>words " * 20_000)

    assert len(found) == 20_000
    assert time.process_time() - started < 20
