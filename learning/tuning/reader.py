"""Train a reader on lessons: which text is about the question, whether it holds the answer, which parts are it.

Knows tensors and lessons as encoded rows; where lessons come from is `bench.reader` and the feedback of users.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from core.ports import ReaderText
from retrieval.models.readers.model import ReaderModel
from retrieval.models.readers.tokens import MAX_TOKENS, cut_question, part_tokens

IGNORED = -1
PART_WEIGHT = 1.0
ANSWER_WEIGHT = 0.7
RELEVANCE_WEIGHT = 0.5
WARM_UP = 0.06
"""Share of the steps in which the rate rises."""
CLIPPED = 1.0
STEP = 32
"""Batches are padded to a multiple of this: kernels are compiled for each length."""


@dataclass(frozen=True, slots=True)
class Row:
    """A lesson as tokens: `places` are the tokens of each part, `labels` 1, 0 or IGNORED."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]
    labels: tuple[int, ...]
    answers: int
    relevance: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a reader is trained."""

    rate: float = 4e-5
    batch: int = 16
    epochs: float = 1.0
    frozen_embeddings: bool = True
    seed: int = 7
    bfloat16: bool = True
    silent: float = 1.0
    """Share of the rows without an answer that a pass sees; each pass sees others."""


def encode(tokenizer: Tokenizer, question: str, text: ReaderText) -> tuple[list[int], list[int], list[list[int]]]:
    """Return token ids, types and the tokens of each part; the question is cut first, then the text."""
    asked = cut_question(tokenizer, question)
    encoding = tokenizer.encode(asked, text.text)
    return encoding.ids, encoding.type_ids, part_tokens(encoding.offsets, encoding.sequence_ids, text)


def open_tokenizer(path: str) -> Tokenizer:
    """Return the tokenizer, cutting only the text."""
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    return tokenizer


def train(
    model: ReaderModel, rows: Sequence[Row], recipe: Recipe, report: Callable[[int, int, Mapping[str, float]], None]
) -> None:
    """Train the model in place; `report` gets step, steps and the mean losses since the last report."""
    torch.manual_seed(recipe.seed)
    if recipe.frozen_embeddings:
        model.encoder.embeddings.requires_grad_(False)
    model.eval()  # no dropout: one epoch does not overfit, and attention without it is twice as fast
    device = next(model.parameters()).device
    kept = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(kept, lr=recipe.rate, weight_decay=0.01)
    batches = list(_batches(rows, recipe))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(batches)))
    sums: dict[str, float] = {}
    for step, batch in enumerate(batches, 1):
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.bfloat16):
            losses = loss(model, batch)
        total = (
            PART_WEIGHT * losses["parts"] + ANSWER_WEIGHT * losses["answers"] + RELEVANCE_WEIGHT * losses["relevance"]
        )
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(kept, CLIPPED)
        optimizer.step()
        schedule.step()
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % 50 == 0 or step == len(batches):
            report(step, len(batches), {name: value / (step % 50 or 50) for name, value in sums.items()})
            sums = {}


def loss(model: ReaderModel, batch: Sequence[Row]) -> dict[str, torch.Tensor]:
    """Return the losses of a batch: scalars, 0 where no row has a label."""
    device = next(model.parameters()).device
    longest = STEP * math.ceil(max(len(row.ids) for row in batch) / STEP)
    ids = torch.zeros((len(batch), longest), dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for number, row in enumerate(batch):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        types[number, : len(row.ids)] = torch.tensor(row.types)
        mask[number, : len(row.ids)] = 1
    whole, tokens = model(ids.to(device), mask.to(device), types.to(device))
    whole, tokens = whole.float(), tokens.float()
    means, labels, weights = _parts(tokens, batch)
    parts = functional.binary_cross_entropy_with_logits(means, labels, weight=weights, reduction="sum") / len(batch)
    return {
        "parts": parts,
        "answers": _whole(whole[:, 1], [row.answers for row in batch]),
        "relevance": _whole(whole[:, 0], [row.relevance for row in batch]),
    }


def _parts(tokens: torch.Tensor, batch: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the mean logit, label and weight of every labelled part; the parts of each row weigh 1 together.

    The parts that answer weigh half of it, however few they are.
    """
    row_of, place_of, part_of, size = list[int](), list[int](), list[int](), list[int]()
    labels, weights = list[float](), list[float]()
    for number, row in enumerate(batch):
        known = [each for each in range(len(row.labels)) if row.labels[each] != IGNORED and row.places[each]]
        positive = sum(row.labels[each] for each in known)
        for each in known:
            share = 0.5 if positive and positive < len(known) else 1.0
            group = positive if row.labels[each] else len(known) - positive
            for place in row.places[each]:
                row_of.append(number)
                place_of.append(place)
                part_of.append(len(labels))
            size.append(len(row.places[each]))
            labels.append(float(row.labels[each]))
            weights.append(share / group)
    device = tokens.device
    if not labels:
        zero = tokens.sum() * 0
        return zero[None], torch.zeros(1, device=device), torch.zeros(1, device=device)
    picked = tokens[torch.tensor(row_of, device=device), torch.tensor(place_of, device=device)]
    means = torch.zeros(len(labels), device=device).index_add(0, torch.tensor(part_of, device=device), picked)
    return (
        means / torch.tensor(size, device=device),
        torch.tensor(labels, device=device),
        torch.tensor(weights, device=device),
    )


def _whole(logits: torch.Tensor, labels: Sequence[int]) -> torch.Tensor:
    known = [number for number, label in enumerate(labels) if label != IGNORED]
    if not known:
        return logits.sum() * 0
    wanted = torch.tensor([float(labels[number]) for number in known], device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits[known], wanted)


def _batches(rows: Sequence[Row], recipe: Recipe) -> Iterator[list[Row]]:
    """Yield batches of rows of like length, in random order."""
    random = Random(recipe.seed)
    left = recipe.epochs
    while left > 0:
        order = [row for row in rows if row.answers == 1 or row.relevance == 1 or random.random() < recipe.silent]
        random.shuffle(order)
        order = order[: round(min(1.0, left) * len(order))]
        left -= 1
        pools = [order[start : start + 50 * recipe.batch] for start in range(0, len(order), 50 * recipe.batch)]
        batches = []
        for pool in pools:
            pool.sort(key=lambda row: len(row.ids))
            batches += [pool[start : start + recipe.batch] for start in range(0, len(pool), recipe.batch)]
        random.shuffle(batches)
        yield from batches


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
