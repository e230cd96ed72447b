"""The units of a stored answer are given back as they were shown, if all of them still stands in what is cited."""

from __future__ import annotations

import pytest

from core.types import Citation, Json, Unit
from generation.units import write
from generation.units.draft import Draft, Piece
from learning.answer_cache.recall import units
from tests.generation.doubles import passage

STEPS = passage("To reset:\n1. Press the button.\n2. Wait.")
ROW = passage("Hydra 40 | 27.3", chunk_id=2)


def answer() -> tuple[tuple[Unit, ...], tuple[Citation, ...]]:
    steps = Draft(
        "steps",
        (
            Piece(STEPS, 0, 9, "lead"),
            Piece(STEPS, 13, 30, "step", number="1."),
            Piece(STEPS, 34, 39, "step", number="2."),
        ),
        1.0,
    )
    cells = (Piece(ROW, 0, 8, "cell", cited=False), Piece(ROW, 11, 15, "cell", column="Weight (kg)"))
    return write.write([steps, Draft("table", cells, 1.0), Draft("fact", (Piece(STEPS, 34, 39, "text"),), 1.0)])


def stored(shown: tuple[Unit, ...]) -> dict[str, Json]:
    """Return the body of an answer as the journal holds it, as far as it concerns units."""
    return {
        "units": [
            {
                "kind": unit.kind,
                "text": unit.text,
                "citations": list(unit.cites),
                "steps": [
                    {"kind": s.kind, "text": s.text, "citation": s.cite, "number": s.number, "level": s.level}
                    for s in unit.steps
                ],
                "table": [
                    {
                        "name": row.name,
                        "cells": [{"column": c.column, "text": c.text, "citation": c.cite} for c in row.cells],
                    }
                    for row in unit.table
                ],
            }
            for unit in shown
        ]
    }


def test_units_are_given_back_as_they_were_shown() -> None:
    shown, citations = answer()
    assert [unit.kind for unit in shown] == ["steps", "table", "fact"]
    assert units(stored(shown), citations) == shown


def test_an_answer_without_units_has_a_fact_for_each_quote() -> None:
    _, citations = answer()
    (first, *_) = units({}, citations) or ()
    assert (first.kind, first.text, first.cites) == ("fact", "“To reset: 1. Press the button. 2. Wait.” [1]", (1,))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["units"][0]["steps"][1].update(text="Press the lever."),
        lambda body: body["units"][1]["table"][0]["cells"][0].update(text="Hydra 50"),
        lambda body: body["units"][1]["table"][0]["cells"][1].update(text="72.3"),
        lambda body: body["units"][2].update(citations=[9]),
        lambda body: body["units"][2].update(citations=[]),
    ],
)
def test_units_that_show_what_is_not_cited_are_not_given_back(change: Json) -> None:
    shown, citations = answer()
    body = stored(shown)
    change(body)
    assert units(body, citations) is None
