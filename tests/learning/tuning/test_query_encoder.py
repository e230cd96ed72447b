"""Tuning the question's side: questions move to their passages, other texts stay, and what is written opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from core.errors import WeightsError
from core.ports import Vectors
from learning.tuning import query_encoder
from learning.tuning.query_encoder import QueryLesson, QueryRecipe, QueryTuning, tune_questions
from retrieval.models.embedder_onnx import OnnxEmbedder
from retrieval.models.spec import CPU, ModelSpec
from tests.learning.tuning import tiny_encoder

QUESTIONS = ("how do i change the filter", "how do i clean the pump", "is the warranty two years", "switch the lid off")
OTHERS = ("keep the receipt", "open again before you start", "put a new one in")
RECIPE = QueryRecipe(rate=3e-3, epochs=12, batch=2, layers=1, keep=0.0, patience=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder.make(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def passages() -> Vectors:
    rows = np.random.default_rng(5).standard_normal((30, 64)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


LESSONS = [QueryLesson(question, (row,)) for row, question in enumerate(QUESTIONS)]


def tune(folder: Path, passages: Vectors, out: Path, recipe: QueryRecipe = RECIPE) -> QueryTuning:
    return tune_questions(
        folder, "", passages, LESSONS, LESSONS, OTHERS, out=out, progress=lambda *_: None, recipe=recipe, threads=1
    )


def opened(folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(ModelSpec("test", "onnx", "tiny", folder, CPU), "", 1)


def test_questions_find_their_passages_by_the_exported_encoder(folder: Path, passages: Vectors, tmp_path: Path) -> None:
    report = tune(folder, passages, tmp_path / "out")

    encoder = opened(tmp_path / "out")
    nearest = [int(np.argmax(passages @ encoder.embed_query(question))) for question in QUESTIONS]
    assert nearest == [0, 1, 2, 3]
    assert report.gain_before < 0.6 < report.gain


def test_texts_that_no_lesson_is_about_move_less_when_they_are_held(
    folder: Path, passages: Vectors, tmp_path: Path
) -> None:
    free = tune(folder, passages, tmp_path / "free")
    held = tune(folder, passages, tmp_path / "held", replace(RECIPE, keep=20.0))

    assert held.moved < free.moved / 2


def test_the_same_seed_gives_the_same_bytes(folder: Path, passages: Vectors, tmp_path: Path) -> None:
    short = replace(RECIPE, epochs=2)
    for name in ("a", "b"):
        tune(folder, passages, tmp_path / name, short)

    assert (tmp_path / "a" / "model.onnx").read_bytes() == (tmp_path / "b" / "model.onnx").read_bytes()


def test_a_tuning_that_helps_no_held_out_question_changes_nothing(
    folder: Path, passages: Vectors, tmp_path: Path
) -> None:
    still = replace(RECIPE, rate=0.0, epochs=1)

    report = tune(folder, passages, tmp_path / "out", still)

    assert report.gain == report.gain_before
    assert report.moved == pytest.approx(0.0, abs=1e-4)


def test_of_many_passages_those_of_the_lessons_are_always_compared(passages: Vectors) -> None:
    lessons = [QueryLesson("q", (29,), (28,), (27,))]
    recipe = QueryRecipe(most_passages=5)

    rows = query_encoder._rows(passages, lessons, passages[:0], recipe, Random(1))

    assert len(rows) == 5
    assert {27, 28, 29} <= set(rows.tolist())


def test_a_right_passage_is_not_outranked_by_one_that_nobody_judged(folder: Path, passages: Vectors) -> None:
    encoder = query_encoder.QuestionEncoder(folder, "", 1, "cpu")
    texts = encoder.texts(["how do i change the filter"])
    (vector,) = encoder.every_vector(texts).numpy()
    best, second = np.argsort(-(passages @ vector))[:2].tolist()

    judged = query_encoder._gain(encoder, texts, [QueryLesson("q", (second,))], passages)
    unjudged = query_encoder._gain(encoder, texts, [QueryLesson("q", (second,), (), (best,))], passages)

    assert (round(judged, 2), unjudged) == (0.63, 1.0)


def test_the_layers_by_hand_give_what_the_whole_model_gives(folder: Path) -> None:
    encoder = query_encoder.QuestionEncoder(folder, "", 1, "cpu")
    texts = ["how do i change the filter", "red"]

    vectors = encoder.every_vector(encoder.texts(texts)).numpy()

    for text, vector in zip(texts, vectors, strict=True):
        ids = torch.tensor([encoder.tokenizer.encode(text).ids])
        first = encoder.model(input_ids=ids).last_hidden_state[0, 0].detach().numpy()
        assert vector @ (first / np.linalg.norm(first)) == pytest.approx(1.0, abs=1e-4)


def test_a_folder_without_an_encoder_is_named(tmp_path: Path, passages: Vectors) -> None:
    with pytest.raises(WeightsError, match="neither safetensors nor"):
        tune(tmp_path, passages, tmp_path / "out")
