"""Candidates for a misspelt word."""

from __future__ import annotations

from retrieval.lexical.spelling import one_edit, within_two_edits


def test_one_edit_keeps_the_first_letter() -> None:
    assert {"batery", "abttery", "battrey"} & set(one_edit("battery")) == {"batery", "battrey"}


def test_a_swap_of_neighbours_is_one_edit() -> None:
    assert within_two_edits("abcdef", ["badcef", "badcfe", "abcd", "abc"]) == ["badcef", "abcd"]


def test_candidates_stay_in_the_order_of_the_vocabulary() -> None:
    assert within_two_edits("батарея", ["батареи", "батарея", "батя", "бтарея"]) == ["батареи", "батарея", "бтарея"]
