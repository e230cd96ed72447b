"""Every document falls into parts: verbatim, apart from one another, and never a heading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Passage
from generation.evidence.parts import LONG_CODE, LONG_ITEM, Part, parts
from tests.generation.library import document, every, only
from tests.ingest.files import manual_page, pdf, word

MARKDOWN = """# Kestrel 40

The pump moves clean water. Keep it dry.

## Changing the filter

To change the filter:

1. Switch off the pump.
   - Wait until the lamp is off.
     1. Look at it.
   - Close the valve.
2. Open the cover.

   > **Warning:** The filter is hot. Wear gloves.

3. Flush it:

   ```
   pump --flush
   pump --stop
   ```

## Data

| Model | Weight (kg) |
|---|---|
| Hydra 10 | 9.2 |
| Hydra 40 | |

```sh
pump --version
```
"""
HTML = """<title>Guide</title><h1>Guide</h1><p>Intro. Second sentence.</p>
<table><tr><th rowspan=2>Model</th><th colspan=2>Power</th></tr><tr><th>in (W)</th><th>out (W)</th></tr>
<tr><td rowspan=2>Hydra 10</td><td>5</td><td>6</td></tr><tr><td>7</td><td>8</td></tr></table>
<dl><dt>IBAN</dt><dd>The number of an account.</dd><dt>BIC</dt><dd>The bank's code.</dd></dl>
<h2>Steps</h2><ol><li>One<ul><li>sub<ol><li>deep</li></ol></li></ul></li>
<li><p>Two</p><pre>cmd --x
cmd --y</pre><p>After the code.</p></li></ol>"""
MAIL = b"""From: a@example.com
To: b@example.com
Subject: Delivery
Date: Mon, 02 Jan 2023 10:00:00 +0000
Content-Type: text/plain

Hello, the delivery takes 5 days now.

On Sun, 1 Jan 2023, b@example.com wrote:
> The delivery takes 9 days.
"""
WORD = word(
    [
        ("Heading 1", "Pump"),
        ("Normal", "Do this:"),
        ("List Number", "Open it."),
        ("List Number", "Close it."),
        ("List Bullet", "A remark."),
    ],
    [["Model", "Weight"], ["X200", "5 kg"]],
)
FILES: list[tuple[str | bytes, str]] = [
    (MARKDOWN, "pump.md"),
    (HTML, "guide.html"),
    (MAIL, "mail.eml"),
    (WORD, "pump.docx"),
    (pdf([manual_page(1), manual_page(2)]), "manual.pdf"),
]


def cut(passage: Passage) -> tuple[Part, ...]:
    return parts(passage.text, passage.blocks, code=passage.kind == "code")


def said(passage: Passage, kind: str | None = None) -> list[str]:
    """Return the words of the parts of a kind."""
    return [passage.text[part.start : part.end] for part in cut(passage) if kind in {None, part.kind}]


def assert_whole(passage: Passage) -> None:
    """Check that the parts are in order, apart, without white space around them, and are all but headings and marks."""
    place, left = 0, ""
    for part in cut(passage):
        assert place <= part.start < part.end <= len(passage.text)
        assert passage.text[part.start : part.end].strip() == passage.text[part.start : part.end]
        left += passage.text[place : part.start]
        place = part.end
    left += passage.text[place:]
    for block in every(passage.blocks):
        if block.kind == "heading":
            left = left.replace(passage.text[block.start : block.end], "", 1)
    assert not left.replace("|", "").strip()


@pytest.mark.parametrize(("source", "name"), FILES)
def test_parts_are_apart_and_are_all_of_the_text_but_the_headings(source: str | bytes, name: str) -> None:
    for passage in document(source, name):
        assert_whole(passage)


@pytest.mark.parametrize(("source", "name"), FILES)
def test_a_heading_is_never_a_part(source: str | bytes, name: str) -> None:
    for passage in document(source, name):
        headings = [block for block in every(passage.blocks) if block.kind == "heading"]
        for part in cut(passage):
            assert not any(part.start < each.end and each.start < part.end for each in headings)


def test_items_notes_and_code_in_steps_are_parts_of_their_own() -> None:
    passage = only(MARKDOWN)
    assert said(passage, "item") == [
        "1. Switch off the pump.",
        "Wait until the lamp is off.",
        "1. Look at it.",
        "Close the valve.",
        "2. Open the cover.",
        "3. Flush it:",
    ]
    assert said(passage, "code") == ["pump --flush\n  pump --stop", "pump --version"]
    notes = [passage.text[each.start : each.end] for each in cut(passage) if each.inside("note")]
    assert notes == ["Warning: The filter is hot.", "Wear gloves."]


def test_a_part_knows_the_blocks_that_hold_it() -> None:
    passage = only(HTML, "guide.html")
    deep = next(each for each in cut(passage) if passage.text[each.start : each.end].endswith("deep"))
    assert [block.kind for block in deep.within] == ["list", "item"] * 3
    innermost = deep.inside("list")
    assert innermost is not None
    assert passage.text[innermost.start : innermost.end].strip() == "1. deep"
    assert deep.inside("table") is None


def test_each_cell_is_a_part_also_a_merged_one_that_stands_once_more() -> None:
    passage = only(HTML, "guide.html")
    assert said(passage, "cell") == "Model|Power|Power|Model|in (W)|out (W)|Hydra 10|5|6|Hydra 10|7|8".split("|")


def test_an_empty_cell_is_no_part() -> None:
    assert said(only(MARKDOWN), "cell") == ["Model", "Weight (kg)", "Hydra 10", "9.2", "Hydra 40"]


def test_a_definition_is_one_part_with_its_term() -> None:
    passage = only(HTML, "guide.html")
    assert [each for each in said(passage, "item") if ":" in each] == [
        "IBAN: The number of an account.",
        "BIC: The bank's code.",
    ]


def test_a_quoted_mail_is_told_from_the_mail() -> None:
    passage = only(MAIL, "mail.eml")
    quoted = [passage.text[each.start : each.end] for each in cut(passage) if each.inside("quoted_mail")]
    assert "The delivery takes 9 days." in quoted
    assert not any("5 days" in each for each in quoted)


def test_a_long_item_is_cut_into_sentences() -> None:
    long = "Turn the key a little to the left and listen. " * (LONG_ITEM // 40)
    passage = only(f"# Key\n\n- Short one. With two sentences.\n- {long}\n")
    assert said(passage)[:2] == ["Short one. With two sentences.", "Turn the key a little to the left and listen."]
    assert len(said(passage)) > 5
    assert_whole(passage)


def test_long_code_is_cut_into_lines_and_short_code_is_whole() -> None:
    line = "curl https://pumps.example/api/v1/models/hydra-40/errors/e-47?format=json\n"
    short = only(f"# Code\n\n```sh\n{line * 3}```\n")
    assert said(short) == [(line * 3).strip()]
    count = 1 + LONG_CODE // len(line)
    assert said(only(f"# Code\n\n```sh\n{line * count}```\n")) == [line.strip()] * count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One sentence. Another one.", ["One sentence.", "Another one."]),
        ("- first\n- second", ["- first", "- second"]),
        ("Model | Weight\nX20 | 5 kg", ["Model", "Weight", "X20", "5 kg"]),
        ("| a || b |", ["a", "b"]),
        ("Word", ["Word"]),
        ("   \n\n", []),
        ("", []),
    ],
)
def test_text_without_blocks_is_cut_by_its_layout(text: str, found: list[str]) -> None:
    assert [text[each.start : each.end] for each in parts(text, ())] == found


def test_a_passage_of_code_without_blocks_is_cut_into_its_lines() -> None:
    text = "if x:\n    return 1. Or 2"
    assert [text[each.start : each.end] for each in parts(text, (), code=True)] == ["if x:", "return 1. Or 2"]


LINES = st.sampled_from(
    [
        "# Heading", "## Other", "Words. More words.", "Do this:", "1. one", "2. two", "   - sub", "   > note",
        "- dash", "", "| a | b |", "|---|---|", "| 1 | 2 |", "```", "code --x", "    indented", "> quoted", "Term\n: meaning",
        "<table><tr><td rowspan=2>x</td><td>y</td></tr><tr><td>z</td></tr></table>", "***", "\u200b", "Größe: 5 °C",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=25))
def test_any_markdown_falls_into_verbatim_parts_that_never_overlap(lines: list[str]) -> None:
    for passage in document("\n".join(lines)):
        place = 0
        for part in cut(passage):
            assert place <= part.start < part.end <= len(passage.text)
            assert passage.text[part.start : part.end].strip() == passage.text[part.start : part.end]
            place = part.end
