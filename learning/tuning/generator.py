"""Fine-tune the generator: LoRA on answers that people approved, written to a folder with safetensors and a card.

The loss counts only the answer's tokens; the adapter is the state with the lowest validation loss. Knows no feedback
(`learning.dataset.build`); whether the result may serve is decided in `learning.gate.decision`.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import Invalid, TrainingFailed
from core.ports import Progress
from learning.dataset.lessons import Lesson
from learning.tuning import adapter_files
from learning.tuning.lora import (
    EncodedLesson,
    answer_loss,
    encode_fitting,
    open_base,
    open_tokenizer,
    reporting_out_of_memory,
    save_adapter,
    with_adapter,
    with_new_adapter,
)

LEARNING_RATE = 5e-4
LORA_RANK = 16
MAX_LENGTH = 768
ACCUMULATE = 4
WARM_UP = 0.1
CLIP = 1.0
VALIDATIONS = 4
"""How often the validation loss is measured during training, the last time at the end."""


@dataclass(frozen=True, slots=True)
class TuningReport:
    """The figures of one tuning. Losses are nats per answer token on the validation lessons, means over lessons."""

    steps: int
    best_step: int
    loss_before: float
    loss_after: float
    curve: tuple[tuple[int, float], ...]
    lessons: int
    left_out: int
    trainable: int
    tokens: int
    seconds: float
    tokens_per_s: float
    seed: int
    device: str


def tune(
    base_folder: Path,
    examples: Sequence[Lesson],
    valid: Sequence[Lesson],
    *,
    base: str,
    steps: int,
    out: Path,
    seed: int,
    progress: Progress,
    learning_rate: float = LEARNING_RATE,
    lora_rank: int = LORA_RANK,
    max_length: int = MAX_LENGTH,
    accumulate: int = ACCUMULATE,
    device: str = "cpu",
    threads: int = 0,
) -> TuningReport:
    """Tune for `steps` optimiser steps of `accumulate` lessons each and write the adapter into `out`.

    `base` is the base model's name on the card. The same lessons, seed, device and number of threads give the same
    adapter. `max_length` is in tokens; longer lessons are left out. The card is written last, when all else is there.
    Raises Invalid when no lesson fits, WeightsError, and TrainingFailed for a loss that is not a number or for too
    little memory.
    """
    began = time.monotonic()
    tokenizer = open_tokenizer(base_folder)
    train_set, valid_set = encode_fitting(tokenizer, examples, max_length), encode_fitting(tokenizer, valid, max_length)
    if not train_set or not valid_set:
        raise Invalid(f"None of the examples fits {max_length} tokens: there is nothing to train or to validate on.")
    with _seeded(seed, device), reporting_out_of_memory():
        model = with_new_adapter(open_base(base_folder, device, threads), lora_rank)
        run = _Run(model, train_set, valid_set, steps, accumulate, seed, progress)
        run.train(learning_rate)
        save_adapter(model, out, base)
    report = run.report(len(examples), time.monotonic() - began)
    adapter_files.write_card(out, base=base, tuning=asdict(report))
    return report


def held_out_losses(
    base_folder: Path,
    adapter: Path | None,
    lessons: Sequence[Lesson],
    *,
    progress: Progress,
    max_length: int = MAX_LENGTH,
    device: str = "cpu",
    threads: int = 0,
) -> list[float]:
    """Return the answer loss of each lesson that fits, in order, of the base model or of the base with an adapter."""
    encoded = encode_fitting(open_tokenizer(base_folder), lessons, max_length)
    with reporting_out_of_memory():
        base = open_base(base_folder, device, threads)
        model = (base if adapter is None else with_adapter(base, adapter)).eval()
        losses = []
        with torch.inference_mode():
            for index, item in enumerate(encoded):
                losses.append(float(answer_loss(model, item)))
                progress("evaluate", (index + 1) / len(encoded))
    return losses


class _Run:
    """One training run, from a new adapter to the best one found."""

    def __init__(
        self,
        model: Any,
        train_set: Sequence[EncodedLesson],
        valid_set: Sequence[EncodedLesson],
        steps: int,
        accumulate: int,
        seed: int,
        progress: Progress,
    ) -> None:
        self.weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self.curve: list[tuple[int, float]] = []
        self.best: tuple[int, float] = (0, math.inf)
        self.tokens, self.training_s = 0, 0.0
        self._model, self._train_set, self._valid_set = model, train_set, valid_set
        self._steps, self._accumulate, self._progress = steps, accumulate, progress
        self._order, self._seed = _shuffled(len(train_set), seed), seed
        self._best_weights: dict[str, torch.Tensor] = {}

    def train(self, learning_rate: float) -> None:
        """Train, and leave the model in the state with the lowest validation loss."""
        optimiser = torch.optim.AdamW(self.weights.values(), lr=learning_rate, weight_decay=0.0)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        self.curve.append((0, self._validate()))
        every = max(1, math.ceil(self._steps / VALIDATIONS))
        for step in range(1, self._steps + 1):
            began = time.monotonic()
            self._step(step)
            torch.nn.utils.clip_grad_norm_(self.weights.values(), CLIP)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            self.training_s += time.monotonic() - began
            if step % every == 0 or step == self._steps:
                self._check(step)
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(self._best_weights[name])

    def report(self, offered: int, seconds: float) -> TuningReport:
        """Return the figures of the run; `offered` lessons were given, and it took `seconds` in all."""
        return TuningReport(
            steps=self._steps,
            best_step=self.best[0],
            loss_before=self.curve[0][1],
            loss_after=self.best[1],
            curve=tuple(self.curve),
            lessons=len(self._train_set),
            left_out=offered - len(self._train_set),
            trainable=sum(weight.numel() for weight in self.weights.values()),
            tokens=self.tokens,
            seconds=round(seconds, 2),
            tokens_per_s=round(self.tokens / self.training_s, 1),
            seed=self._seed,
            device=str(self._model.device),
        )

    def _step(self, step: int) -> None:
        """Add up the gradients of the next `accumulate` lessons, one lesson at a time."""
        self._model.train()
        for turn in range(self._accumulate):
            item = self._train_set[next(self._order)]
            loss = answer_loss(self._model, item) / self._accumulate
            if not torch.isfinite(loss):
                raise _diverged(step)
            loss.backward()  # type: ignore[no-untyped-call,unused-ignore]
            self.tokens += len(item)
            self._progress("train", (step - 1 + (turn + 1) / self._accumulate) / self._steps)

    def _check(self, step: int) -> None:
        loss = self._validate()
        if not math.isfinite(loss):
            raise _diverged(step)
        self.curve.append((step, loss))
        if loss < self.best[1]:
            self.best = (step, loss)
            self._best_weights = {name: weight.detach().clone() for name, weight in self.weights.items()}

    def _validate(self) -> float:
        """Return the mean answer loss over the validation lessons."""
        self._model.eval()
        done = max((step for step, _ in self.curve), default=0) / self._steps
        total = 0.0
        with torch.inference_mode():
            for item in self._valid_set:
                total += float(answer_loss(self._model, item))
                self._progress("validate", done)
        return total / len(self._valid_set)

    def _rate(self, step: int) -> float:
        """Return the factor of the learning rate at a step: it rises over the first tenth, then falls linearly to 0."""
        warm_up = max(1, round(WARM_UP * self._steps))
        if step < warm_up:
            return (step + 1) / warm_up
        return max(0.0, (self._steps - step) / max(1, self._steps - warm_up))


def _shuffled(count: int, seed: int) -> Iterator[int]:
    """Yield 0..count-1 without end, in a new order in each round."""
    draw = random.Random(seed)
    order = list(range(count))
    while True:
        draw.shuffle(order)
        yield from order


@contextmanager
def _seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch's random numbers with `seed`, and restore the process's own random state afterwards."""
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _diverged(step: int) -> TrainingFailed:
    return TrainingFailed(
        f"The loss was no longer a number at step {step}; no adapter was stored.",
        hint="Look for damaged text in the newest examples, or train with a smaller learning rate.",
    )
