"""What was not stored is counted, with its reason if there is one."""

from __future__ import annotations

import io
import time

import docx
import pytest

from core.types import Account
from ingest import account
from ingest.account import left_out, warning, words_of
from ingest.blocks.nodes import Node
from ingest.blocks.tables import TableCell, table
from ingest.blocks.write import elements
from ingest.formats import media
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse
from ingest.readers.source_words import source_words
from tests.elements import element


def told(source: str, stored: str, *out: tuple[str, str]) -> Account:
    with account.collected() as left:
        for reason, text in out:
            left_out(reason, text)
    return account.account(words_of(source), [element("text", stored)], left)


def test_all_words_stored_is_an_account_without_gaps() -> None:
    found = told("Open the valve.", "Open  the valve")

    assert (found.source_words, found.stored_words, found.unexplained) == (3, 3, 0)
    assert warning(found) is None


def test_a_word_that_is_gone_is_named() -> None:
    found = told("Close the red valve", "Close the valve")

    assert (found.unexplained, found.examples) == (1, ("red",))
    assert warning(found) is not None


def test_a_word_that_stands_twice_must_be_stored_twice() -> None:
    assert told("valve by valve", "valve by").unexplained == 1


def test_a_reason_explains_it() -> None:
    found = told("Price 25 EUR 15 EUR", "Price 15 EUR", ("struck", "25 EUR"))

    assert found.unexplained == 0
    assert [(left.reason, left.words, left.example) for left in found.left_out] == [("struck", 2, "25 EUR")]


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("config- uration", "configuration"),
        ("W A R N I N G", "WA RN ING"),
        ("10 6 ohms", "10⁶ ohms"),
        ("ofﬁce", "office"),
        ("firstsecond", "first second"),
    ],
)
def test_joined_and_parted_words_are_the_same_words(source: str, stored: str) -> None:
    assert told(source, stored).unexplained == 0


def test_a_merged_cell_counts_once() -> None:
    merged = table([[TableCell("Heron", rows=2), TableCell("H100")], [TableCell("H200")]])
    assert isinstance(merged, Node)
    with account.collected() as left:
        pass

    found = account.account(words_of("Heron H100 H200 Heron"), list(elements([merged])), left)

    assert (found.stored_words, found.unexplained, found.examples) == (3, 1, ("heron",))


def test_the_words_of_a_word_file_are_found_without_its_reader() -> None:
    document = docx.Document()
    document.add_paragraph("In the body.")
    document.add_table(1, 2).rows[0].cells[1].text = "In a cell"
    document.sections[0].header.paragraphs[0].text = "Head"
    stream = io.BytesIO()
    document.save(stream)

    expected = ["in", "the", "body", "in", "a", "cell", "head"]
    assert sorted(source_words(stream.getvalue(), media.DOCX)) == sorted(expected)


def test_an_html_file_is_accounted_for_whole() -> None:
    hidden = "<p style='display:none'>Not seen</p>"
    page = f"<body><nav>Menu</nav><p>Text <b>bold</b></p><script>var hidden;</script>{hidden}".encode()

    parsed = parse(page, media.HTML, "a.html", Ocr())

    assert parsed.account is not None
    assert parsed.account.source_words == 5
    assert [left.reason for left in parsed.account.left_out if left.reason == "hidden"] == ["hidden"]


def test_a_damaged_package_has_no_words_of_its_own() -> None:
    assert source_words(b"PK\x03\x04 nothing", media.DOCX) == []
    assert source_words(b"{", "application/json") == []


def test_what_is_beyond_the_limits_of_a_table_is_a_warning() -> None:
    assert account.cut_off(told("a b", "a b", ("comment", "c"))) is None
    found = account.cut_off(told("a b", "a", ("too_wide", "b")))

    assert found == "The text is not whole: 1 words in columns of a table beyond the thousandth were left out."


def test_the_words_of_markdown_are_not_decoded_a_second_time() -> None:
    assert source_words(b"# One\n\ntwo &#xD800; &#x1F600; three", media.MARKDOWN) == ["one", "two", "three"]


def test_deep_lists_of_markdown_count_too() -> None:
    deep = "".join(f"{'  ' * depth}- w{depth}\n" for depth in range(20))

    assert source_words(deep.encode(), media.MARKDOWN) == [f"w{depth}" for depth in range(20)]


def test_the_number_of_a_note_at_a_word_leaves_no_gap() -> None:
    assert told("See the manual.", "See the manual²⁷.").unexplained == 0


def test_a_merged_cell_in_a_quoted_mail_counts_once_too() -> None:
    merged = table([[TableCell("Heron", rows=2), TableCell("H100")], [TableCell("H200")]])
    assert isinstance(merged, Node)
    with account.collected() as left:
        pass

    found = account.account(words_of("Heron H100 H200"), list(elements([Node("quoted_mail", children=[merged])])), left)

    assert (found.stored_words, found.unexplained) == (3, 0)


def test_a_file_of_which_nothing_was_stored_is_counted_in_time() -> None:
    words = [f"word{'x' * (number % 7)}{number}y" for number in range(200_000)]
    began = time.process_time()

    found = account.account([*words, "z" * 1_000_000], [element("text", "other words")], {})

    assert found.unexplained == 200_001
    assert time.process_time() - began < 15
