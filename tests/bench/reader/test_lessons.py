"""A lesson without its answer, and lessons in a file: the text loses the answer alone, the places stay right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reader.lessons import IGNORED, Lesson, Similar, load, without, write


def lesson(*marked: tuple[str, int]) -> Lesson:
    """Return a lesson with one part on each line under a heading."""
    text, places = "Pump > Filter", list[tuple[int, int]]()
    for part, _ in marked:
        places.append((len(text) + 1, len(text) + 1 + len(part)))
        text += f"\n{part}"
    labels = tuple(label for _, label in marked)
    return Lesson("How often?", f"{text}\n", tuple(places), labels, 1, 1, "pump")


def said(of: Lesson) -> list[str]:
    return [of.text[start:end] for start, end in of.parts]


FILTER = lesson(("It is blue.", 0), ("Change it monthly.", 1), ("Keep the receipt.", 0), ("Oil", IGNORED), ("No.", 0))


def test_without_its_answer_a_text_keeps_the_rest_and_its_places() -> None:
    left = without(FILTER)

    assert left is not None
    assert said(left) == ["It is blue.", "Keep the receipt.", "No."]
    assert left.text.split() == ["Pump", ">", "Filter", "It", "is", "blue.", "Keep", "the", "receipt.", "No."]
    assert (left.labels, left.answers, left.relevance) == ((0, 0, 0), 0, IGNORED)
    assert (left.question, left.source) == (FILTER.question, FILTER.source)


def test_parts_that_count_in_no_loss_are_taken_out_with_the_answer() -> None:
    left = without(FILTER)

    assert left is not None
    assert "Oil" not in left.text


@pytest.mark.parametrize("label", [0, 1])
def test_nothing_is_left_of_a_text_that_is_all_answer_and_nothing_is_taken_from_one_without(label: int) -> None:
    assert without(lesson(("It is blue.", label), ("No.", label))) is None


def test_a_file_of_lessons_is_read_as_it_was_written(tmp_path: Path) -> None:
    lessons = [FILTER, lesson(("Filtre à huile\u2028 : 3 €", 1))]

    assert write(lessons, tmp_path / "lessons.jsonl") == 2
    assert list(load(tmp_path / "lessons.jsonl")) == lessons


def test_the_text_that_shares_most_words_is_first_and_one_without_any_is_left_out() -> None:
    similar = Similar(["The lid is red.", "The pump filter is blue.", "Warranty"])

    assert similar.order("Which filter has the blue pump?") == [1, 0]
