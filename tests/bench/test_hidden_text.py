"""The files of the measure of hidden text: each has its trick, and each trick is judged as its reader would."""

from __future__ import annotations

import pytest

from bench.hidden_text.__main__ import all_cases, is_right
from bench.hidden_text.case import Case

CASES = list(all_cases())


@pytest.mark.parametrize("case", CASES, ids=[f"{case.suffix[1:]} {case.name}" for case in CASES])
def test_what_a_reader_sees_is_read_and_nothing_else(case: Case) -> None:
    assert is_right(case)


def test_every_format_has_text_that_is_seen_and_text_that_is_not() -> None:
    kinds = {(case.suffix, case.seen) for case in CASES}

    formats = (".html", ".pdf", ".docx", ".pptx", ".xlsx")
    assert kinds == {(suffix, seen) for suffix in formats for seen in (True, False)}
