"""Tuning: the held-out loss falls, the seed decides the result, and a failed run leaves no adapter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from core.errors import Invalid, LostLease, TrainingFailed, WeightsError
from core.settings import Settings
from core.types import Passage
from core.weights import models
from generation.models.convert import converted
from learning.dataset.lessons import Lesson, make_lesson
from learning.tuning import adapter_files
from learning.tuning.generator import TuningReport, held_out_losses, tune
from learning.tuning.lora import copy_in_float16, encode, open_tokenizer, reporting_out_of_memory
from tests.learning.conftest import DEVICES, manual, question


def quiet(stage: str, share: float) -> None:
    """Ignore progress."""


def lessons_on(devices: Sequence[str]) -> list[Lesson]:
    return [make_lesson(question(device), manual(device)[0], sources(device)) for device in devices]


def sources(device: str) -> list[Passage]:
    texts = enumerate(manual(device))
    return [Passage(place, "doc", 1, place, "manuals", device, device, text, "") for place, text in texts]


def tuned(base: Path, out: Path, *, steps: int = 12, seed: int = 5, **given: float) -> TuningReport:
    return tune(
        base, lessons_on(DEVICES[:14]), lessons_on(DEVICES[14:18]), base="tiny", steps=steps, out=out, seed=seed,
        progress=quiet, accumulate=2, learning_rate=given.get("learning_rate", 5e-3),
    )  # fmt: skip


def test_the_loss_falls_on_lessons_that_were_not_trained_on(tiny: Path, tmp_path: Path) -> None:
    report = tuned(tiny, tmp_path / "out", steps=40)

    test = lessons_on(DEVICES[18:])
    before = held_out_losses(tiny, None, test, progress=quiet)
    after = held_out_losses(tiny, tmp_path / "out", test, progress=quiet)
    assert report.loss_after < report.loss_before
    assert all(new < old - 0.2 for new, old in zip(after, before, strict=True))


def test_the_same_seed_gives_the_same_adapter_and_another_seed_another(tiny: Path, tmp_path: Path) -> None:
    first, again, other = tmp_path / "1", tmp_path / "2", tmp_path / "3"

    tuned(tiny, first, seed=5)
    torch.rand(3)  # what else the process draws must not matter
    tuned(tiny, again, seed=5)
    tuned(tiny, other, seed=6)

    weights = [(folder / adapter_files.WEIGHTS).read_bytes() for folder in (first, again, other)]
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_training_leaves_the_randomness_of_the_process_alone(tiny: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)

    tuned(tiny, tmp_path / "out", steps=1)

    assert torch.equal(torch.rand(2), expected)


def test_only_the_adapter_is_written_and_the_card_fits_it(tiny: Path, tmp_path: Path) -> None:
    report = tuned(tiny, tmp_path / "out", steps=2)

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(adapter_files.FILES)
    assert adapter_files.check(tmp_path / "out")["tuning"]["seed"] == report.seed
    assert str(tiny) not in (tmp_path / "out" / adapter_files.CONFIG).read_text()
    with safe_open(tmp_path / "out" / adapter_files.WEIGHTS, "pt") as weights:
        assert all("lora_" in name for name in weights.keys())  # noqa: SIM118


def test_an_adapter_in_float16_has_the_same_loss(tiny: Path, tmp_path: Path) -> None:
    tuned(tiny, tmp_path / "out", steps=20)

    copy_in_float16(tmp_path / "out", tmp_path / "half")

    sizes = [(tmp_path / name / adapter_files.WEIGHTS).stat().st_size for name in ("out", "half")]
    whole, half = (
        held_out_losses(tiny, tmp_path / name, lessons_on(DEVICES[18:]), progress=quiet) for name in ("out", "half")
    )
    assert sizes[1] < 0.7 * sizes[0]
    assert adapter_files.check(tmp_path / "half")["base"] == "tiny"
    assert half == pytest.approx(whole, abs=0.01)


def test_the_report_counts_what_was_done(tiny: Path, tmp_path: Path) -> None:
    report = tuned(tiny, tmp_path / "out", steps=4)

    lengths = [len(encode(open_tokenizer(tiny), item)) for item in lessons_on(DEVICES[:14])]
    assert [step for step, _ in report.curve] == [0, 1, 2, 3, 4]
    assert 8 * min(lengths) <= report.tokens <= 8 * max(lengths)
    assert (report.lessons, report.left_out, report.device) == (14, 0, "cpu")
    assert report.loss_after == min(loss for step, loss in report.curve if step)


def test_the_answer_ends_with_the_end_of_a_turn_and_the_prompt_with_its_beginning(tiny: Path) -> None:
    tokenizer = open_tokenizer(tiny)
    made = lessons_on(["kettle"])[0]

    tokens = encode(tokenizer, made)

    assert tokenizer.decode(tokens.prompt).endswith("<|im_start|>assistant\n")
    assert tokenizer.decode(tokens.answer) == made.completion() + "<|im_end|>"


def test_lessons_that_do_not_fit_are_left_out_and_nothing_left_is_an_error(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="fits 20 tokens"):
        tune(
            tiny, lessons_on(DEVICES[:4]), lessons_on(DEVICES[4:6]), base="tiny", steps=1, out=tmp_path, seed=1,
            progress=quiet, max_length=20,
        )  # fmt: skip


def test_a_loss_that_is_not_a_number_stops_the_run_and_leaves_no_card(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="no longer a number"):
        tuned(tiny, tmp_path / "out", learning_rate=math.inf)

    assert not (tmp_path / "out" / adapter_files.CARD).exists()


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 GB")]
)
def test_too_little_memory_raises_training_failed(error: Exception) -> None:
    with pytest.raises(TrainingFailed, match="ran out of memory"), reporting_out_of_memory():
        raise error


def test_other_errors_of_the_library_are_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"), reporting_out_of_memory():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_a_lost_lease_stops_the_training_between_two_lessons(tiny: Path, tmp_path: Path) -> None:
    seen: list[float] = []

    def progress(stage: str, share: float) -> None:
        seen.append(share)
        if stage == "train" and share > 0.2:
            raise LostLease("Another worker has it.")

    with pytest.raises(LostLease):
        tune(
            tiny, lessons_on(DEVICES[:4]), lessons_on(DEVICES[4:6]), base="tiny", steps=9, out=tmp_path / "out", seed=1,
            progress=progress,
        )  # fmt: skip

    assert seen == sorted(seen)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_model_raises_weights_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="tokenizer"):
        tuned(tmp_path, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.weights
def test_the_default_model_learns_from_fourteen_answers(settings: Settings, tmp_path: Path) -> None:
    base = converted(models.folder(settings.models_dir, "smollm2-135m-answers"))
    test = lessons_on(DEVICES[18:])

    report = tune(
        base, lessons_on(DEVICES[:14]), lessons_on(DEVICES[14:18]), base="smollm2-135m-answers", steps=8,
        out=tmp_path / "out", seed=5, progress=quiet,
    )  # fmt: skip

    before = held_out_losses(base, None, test, progress=quiet)
    after = held_out_losses(base, tmp_path / "out", test, progress=quiet)
    assert report.loss_after < 0.7 * report.loss_before
    assert sum(after) < 0.7 * sum(before)
    assert all(new < old for new, old in zip(after, before, strict=True))
