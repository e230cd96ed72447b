"""Spans are exact, in order, apart, and cut where a reader would cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.evidence.spans import LONG, Span, split

PIECES = st.sampled_from(
    [
        "Hold the button.",
        "e.g. this",
        "- an item",
        "1. Press it",
        "a | b",
        "| c | d |",
        "```",
        "Steps:",
        "\n",
        "\n\n",
        " ",
        "  ",
        "Nr. 5",
        "3.5 mm",
        "設定を開く。",
        "x" * 400,
        "word " * 90,
        "?!",
        "“Quoted.” Next",
        "\u2028",
        "\x0b",
        "\r\n",
        "…",
    ]
)
LAYOUT = st.lists(PIECES | st.text(max_size=12), max_size=14).map("".join)


def texts(text: str, *, code: bool = False) -> list[str]:
    return [text[span.start : span.end] for span in split(text, code=code)]


@given(LAYOUT, st.booleans())
def test_spans_are_in_order_apart_and_free_of_outer_space(text: str, code: bool) -> None:
    end = 0
    for span in split(text, code=code):
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        end = span.end


@given(LAYOUT)
def test_no_word_is_lost_or_cut(text: str) -> None:
    unfenced = text.replace("```", "").replace("~~~", "")
    assert " ".join(texts(unfenced)).split() == unfenced.split() or _has_full_width_ends(unfenced)


def _has_full_width_ends(text: str) -> bool:
    return any(mark in text for mark in "。！？")


def test_sentences_end_where_they_end() -> None:
    assert texts("Hold it. Then let go! Is it on?") == ["Hold it.", "Then let go!", "Is it on?"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Use a cable, e.g. HDMI, for this.",
        "See Fig. 3 for the U.S. model.",
        "It is 3.5 mm wide.",
        "Ask Dr. Smith about it.",
        "Open vouch.example.com now.",
    ],
)
def test_abbreviations_and_decimals_do_not_end_a_sentence(sentence: str) -> None:
    assert texts(sentence) == [sentence]


def test_wrapped_lines_are_one_sentence_and_short_ones_are_not() -> None:
    wrapped = "To get your test result, please check with the group that\nperformed your test."
    assert texts(f"{wrapped}\nCough\nFever") == [wrapped, "Cough", "Fever"]


def test_list_items_have_the_line_that_introduces_the_list_as_lead() -> None:
    text = "To reset:\n- Hold the button.\n- Wait.\n\nDone."
    spans = split(text)
    assert [span.kind for span in spans] == ["sentence", "item", "item", "sentence"]
    assert [_lead(text, span) for span in spans] == [None, "To reset:", "To reset:", None]


def test_table_rows_have_their_header_as_lead() -> None:
    text = "Model | Weight\nX1 | 3 kg\nX2 | 4 kg"
    spans = split(text)
    assert texts(text) == ["Model | Weight", "X1 | 3 kg", "X2 | 4 kg"]
    assert [_lead(text, span) for span in spans] == [None, "Model | Weight", "Model | Weight"]


def test_a_short_line_has_the_short_line_above_it_as_lead() -> None:
    text = "Weight\n\n3.5 kg\n\nWidth\n\n112 cm. Without the stand."
    leads = {text[span.start : span.end]: _lead(text, span) for span in split(text)}
    assert leads["3.5 kg"] == "Weight"
    assert leads["112 cm."] == "Width"
    assert leads["Without the stand."] is None


def test_code_is_cut_into_lines_without_its_fences() -> None:
    text = "Run this:\n```\nvouch up. Now\n    --port 8000\n```\nThen open it."
    assert texts(text) == ["Run this:", "vouch up. Now", "--port 8000", "Then open it."]
    assert texts("a. B\nc", code=True) == ["a. B", "c"]


def test_a_text_without_ends_is_cut_into_pieces_that_can_be_quoted() -> None:
    pieces = texts("word " * 500)
    assert len(pieces) > 5
    assert all(len(piece) <= LONG for piece in pieces)


def test_full_width_marks_end_sentences_without_a_gap() -> None:
    assert texts("設定を開く。次に押す。") == ["設定を開く。", "次に押す。"]


def _lead(text: str, span: Span) -> str | None:
    return text[slice(*span.lead)] if span.lead else None
