"""Markdown: read as the page that it is written for."""

from __future__ import annotations

import pytest

from core.types import Element
from ingest.account import collected
from ingest.blocks.write import elements
from ingest.readers.markdown import read_markdown
from tests.ingest.conftest import Read
from tests.ingest.readers.html.reading import headers, texts
from tests.ingest.readers.shape import shape


def read_all(text: str) -> list[Element]:
    return list(elements(read_markdown(text).nodes))


def shown(text: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in read_all(text)]


def test_markdown_keeps_its_structure(read: Read) -> None:
    text = b"---\ntitle: Guide\n---\n# One {#one}\n\nText *with* [a link](http://x.org).\n\n"
    text += b"- a\n- b\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n```sh\ncode\n```\n"

    parsed = read(text, "a.md")

    assert parsed.title == "Guide"
    assert shape(parsed) == [
        ("heading", "One"),
        ("paragraph", "Text with a link (http://x.org)."),
        ("list", "a\nb"),
        ("table", "h | i\n1 | 2"),
        ("code", "code"),
    ]
    assert parsed.elements[-1].block.label == "sh"


def test_steps_keep_their_numbers_code_and_inner_steps() -> None:
    (element,) = read_all("3. Stop:\n   ```bash\n   halt\n   ```\n   Wait.\n   1. Look\n   2. Listen\n4. Go\n")

    assert element.text == "3. Stop:\n  halt\n  Wait.\n  1. Look\n  2. Listen\n4. Go"
    assert [block.kind for block in element.block.children[0].children] == ["code", "paragraph", "list"]


def test_struck_text_is_left_out_with_its_reason() -> None:
    with collected() as left_out:
        found = shown("The fee is ~~25 EUR~~ 15 EUR.\n\n~~Within 60 days.~~\n\nOr ~5 EUR~ <del>6</del> <s>7</s> 8.")

    assert found == [("paragraph", "The fee is 15 EUR."), ("paragraph", "Or 8.")]
    assert left_out["struck"].words.total() == 9


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("> [!WARNING]\n> Hot.\n> Wait.", "warning", "Warning\nHot. Wait."),
        ("> **Warning**\n> Hot.", "warning", "Warning Hot."),
        ("> **Hinweis:** Heiß.", "note", "Hinweis: Heiß."),
        ('!!! tip "Do this"\n    Rinse it.\n', "tip", "Do this\nRinse it."),
        (":::caution\nHot.\n:::\n", "caution", "Caution\nHot."),
        (":::danger[Mind this]\nHot.\n:::\n", "danger", "Mind this\nHot."),
        ("<Note>\n\nHot.\n\n</Note>", "note", "Hot."),
    ],
)
def test_boxes_of_all_flavours_are_notes(text: str, label: str, expected: str) -> None:
    (element,) = read_all(text)

    assert (element.kind, element.block.label, element.text) == ("note", label, expected)


def test_quotations_that_are_no_notes_are_paragraphs() -> None:
    assert shown("> Warning signs are **yellow**.") == [("paragraph", "Warning signs are yellow.")]


def test_footnotes_have_their_numbers_and_unused_ones_stay() -> None:
    found = shown("42 pages.[^drum] Or so.[^2]\n\n[^drum]: With LD-4.\n[^2]: Or 40.\n\n[^old]: Not used.\n")

    assert found == [
        ("paragraph", "42 pages.¹ Or so.²"), ("paragraph", "[^old]: Not used."), ("footnote", "1 With LD-4."),
        ("footnote", "2 Or 40."),
    ]  # fmt: skip


def test_inline_marks_become_what_a_reader_sees() -> None:
    text = (
        "Max. 10^6^ of H~2~O, 5 x 10<sup>3</sup>; x^2 and y^3. Press ![gear icon](g.png) & **Update**\\\nnow `a <b>`.\n"
    )

    assert shown(text) == [("paragraph", "Max. 10⁶ of H2O, 5 x 10³; x^2 and y^3. Press gear icon & Update\nnow a <b>.")]


def test_task_lists_definitions_and_pictures() -> None:
    text = "- [x] Windows 11\n- [ ] Windows 10\n\nTerm\n: One\n: Two\n\n![A pump](p.png)\n"

    assert shown(text) == [
        ("list", "[x] Windows 11\n[ ] Windows 10"), ("definition", "Term: One\nTwo"), ("figure", "A pump"),
    ]  # fmt: skip


def test_tables_with_marks_pipes_and_breaks_in_cells() -> None:
    (element,) = read_all("| Model | Speed<br>p/min |\n|:--|--:|\n| **L\\|9** | `42` ~~41~~ |\n")

    assert element.text == "Model | Speed p/min\nL|9 | 42"
    assert headers(element) == ["Model", "Speed p/min"]


def test_html_inside_is_read_as_html_and_a_word_in_angle_brackets_stays() -> None:
    text = (
        "<details><summary>More</summary>\n\n*Text* of it\n\n</details>\n\nRun it with <file> and <my-dir>.\n\n<port>\n"
    )

    assert [text for _, text in shown(text)] == ["More", "Text of it", "Run it with <file> and <my-dir>.", "<port>"]


def test_front_matter_is_accounted_for() -> None:
    with collected() as left_out:
        assert shown("+++\ntitle = 'T'\nowner = 'Field'\n+++\nText") == [("paragraph", "Text")]

    assert read_markdown("+++\ntitle = 'T'\n+++\nText").title == "T"
    assert left_out["metadata"].words.total() == 4


@pytest.mark.parametrize("depth", [20, 400])
def test_deep_lists_and_quotations_lose_nothing(depth: int) -> None:
    lists = "\n".join(f"{'  ' * n}- word{n}" for n in range(depth))
    quotes = "> " * depth + "end"

    words = " ".join(text for _, text in shown(f"{lists}\n\n{quotes}\n")).split()

    assert [word for word in words if word.startswith("word")] == [f"word{n}" for n in range(depth)]
    assert "end" in words


def test_a_nested_list_keeps_its_place() -> None:
    (element,) = read_all("1. One\n   - a\n   - b\n2. Two\n")

    assert texts(element, "item") == ["1. One\n  a\n  b", "a", "b", "2. Two"]
