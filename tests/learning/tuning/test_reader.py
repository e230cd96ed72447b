"""Training a reader: its loss falls, what it does not know counts in no loss, and its vocabulary stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.ports import ReaderText
from learning.tuning.reader import IGNORED, Recipe, Row, encode, loss, open_tokenizer, train
from retrieval.models.readers.model import ReaderModel, load
from tests.retrieval.models import tiny_reader

QUESTION = "How do I change the filter?"
RECIPE = Recipe(rate=3e-3, batch=4, epochs=4, bfloat16=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_reader.make(tmp_path_factory.mktemp("reader"))


@pytest.fixture
def model(folder: Path) -> ReaderModel:
    return load(folder)


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Row]:
    """Return four lessons: in the first two the first part answers, in the others nothing does."""
    tokenizer = open_tokenizer(str(folder / "tokenizer.json"))

    def row(text: str, labels: Sequence[int], about: int) -> Row:
        ends = [place + 1 for place, char in enumerate(text) if char == "."]
        parts = tuple(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
        ids, types, places = encode(tokenizer, QUESTION, ReaderText(text, parts))
        return Row(tuple(ids), tuple(types), tuple(map(tuple, places)), tuple(labels), max(labels), about)

    return [
        row("Lift the old filter out. The lid is red.", (1, 0), 1),
        row("Put a new filter in. Keep the receipt.", (1, IGNORED), 1),
        row("The pump is red. The warranty lasts two years.", (0, 0), 0),
        row("The lid is red. Clean it with water.", (0, 0), IGNORED),
    ]


def total(model: ReaderModel, rows: Sequence[Row]) -> dict[str, float]:
    with torch.no_grad():
        return {name: float(value) for name, value in loss(model, rows).items()}


def test_four_steps_lower_every_loss(model: ReaderModel, rows: list[Row]) -> None:
    before, reports = total(model, rows), list[tuple[int, int]]()

    def report(step: int, steps: int, losses: Mapping[str, float]) -> None:
        reports.append((step, steps))
        assert losses.keys() == before.keys()

    train(model, rows, RECIPE, report)

    after = total(model, rows)
    assert reports == [(4, 4)]
    assert {name for name in before if after[name] >= before[name]} == set()


def test_training_leaves_the_embeddings_unless_it_is_told_to(folder: Path, rows: list[Row]) -> None:
    def moved(recipe: Recipe) -> bool:
        model = load(folder)
        before = model.encoder.embeddings.word_embeddings.weight.detach().clone()
        train(model, rows, recipe, lambda step, steps, losses: None)
        return not torch.equal(before, model.encoder.embeddings.word_embeddings.weight)

    assert not moved(RECIPE)
    assert moved(replace(RECIPE, frozen_embeddings=False))


def test_one_seed_makes_one_reader(folder: Path, rows: list[Row]) -> None:
    def trained() -> torch.Tensor:
        model = load(folder)
        train(model, rows, RECIPE, lambda step, steps, losses: None)
        return model.token.weight.detach()

    assert torch.equal(trained(), trained())


def test_what_is_ignored_counts_in_no_loss(model: ReaderModel, rows: list[Row]) -> None:
    unknown = [replace(row, labels=(IGNORED,) * 2, answers=IGNORED, relevance=IGNORED) for row in rows]

    assert set(total(model, unknown).values()) == {0.0}


def test_a_part_weighs_the_same_however_many_others_stand_beside_it(model: ReaderModel, rows: list[Row]) -> None:
    """The parts that answer are half of a text's loss: doubling the others changes nothing."""
    one = rows[0]
    more = replace(one, labels=(1, 0, 0), places=(one.places[0], one.places[1], one.places[1]))

    assert total(model, [more])["parts"] == pytest.approx(total(model, [one])["parts"])


def test_padding_changes_no_loss(model: ReaderModel, rows: list[Row]) -> None:
    long = replace(rows[0], ids=rows[0].ids * 4, types=rows[0].types * 4)
    alone = total(model, rows[1:2])["parts"] + total(model, [long])["parts"]

    assert 2 * total(model, [rows[1], long])["parts"] == pytest.approx(alone, rel=1e-4)
