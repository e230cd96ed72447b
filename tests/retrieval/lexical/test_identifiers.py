"""Identifiers in a text."""

from __future__ import annotations

from retrieval.lexical.identifiers import identifiers


def test_ordinary_words_and_plain_numbers_are_no_identifiers() -> None:
    assert identifiers("A well-known up-to-date and/or so-called rule: 12 of 2041 pages, e.g. 50% (see p. 7).") == []


def test_dots_and_hyphens_between_digits_tell_identifiers_apart() -> None:
    assert identifiers("2.3.1 23.1 12-345 1-2345") == ["2.3.1", "23.1", "12-345", "1-2345"]
