"""Tune the question's side of an embedder: questions move towards their passages, whose stored vectors stay.

So nothing is embedded again, and going back costs nothing. The loss is a softmax over all passages (temperature 0.05),
plus the squared distance by which other texts move. Only the upper layers learn; what the lower ones return is computed
once. After Wortsman et al. 2022 (arXiv:2109.01903) the tuned weights are mixed with the old ones as suits the held-out
questions best. Knows vectors and texts, no feedback and no database.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel
from transformers.utils.logging import disable_progress_bar

from core.errors import TrainingFailed, WeightsError
from core.ports import Ids, Progress, Vectors
from learning.tuning.query_files import export, open_tokenizer
from retrieval.models.dequantize import torch_folder

MIXES = (1.0, 0.75, 0.5, 0.25)
"""Shares of the tuned weights that are tried."""
WARM_UP = 0.1
CLIPPED = 1.0
WRONG_COUNTS = 4.0
"""How many times a disputed passage counts among the others."""
ENCODED_AT_ONCE = 64
HARD = 50
"""Nearest passages of each question that are kept where there are more passages than `most_passages`."""
State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class QueryLesson:
    """A question with rows of the passages' array: `right` answer it, `wrong` were disputed.

    Nobody judged the rows in `unknown`, such as other passages of a right document: they count neither way.
    """

    question: str
    right: tuple[int, ...]
    wrong: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryRecipe:
    """How the question's side is tuned."""

    rate: float = 5e-5
    epochs: int = 8
    batch: int = 32
    layers: int = 4
    temperature: float = 0.05
    keep: float = 4.0
    """Weight of the distance by which texts move that no lesson is about."""
    patience: int = 2
    most_questions: int = 10_000
    most_passages: int = 50_000
    seed: int = 17


@dataclass(frozen=True, slots=True)
class QueryTuning:
    """How a tuning went. Gains are means over the held-out questions; `moved` is 1 - cosine, over untouched texts."""

    questions: int
    held_out: int
    untouched: int
    epochs: int
    gain_before: float
    gain: float
    mix: float
    moved: float
    seconds: float


@dataclass(slots=True)
class _Texts:
    """Texts after the frozen layers: hidden states in float16, one array (tokens, width) for each."""

    hidden: list[torch.Tensor] = field(default_factory=list)

    def batch(self, chosen: Sequence[int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Return hidden states (batch, tokens, width), padded, and the mask that is added to attention."""
        rows = [self.hidden[number].float() for number in chosen]
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        there = torch.zeros(padded.shape[:2])
        for number, row in enumerate(rows):
            there[number, len(row) :] = torch.finfo(torch.float32).min
        return padded.to(device), there[:, None, None, :].to(device)


class QuestionEncoder:
    """A BERT whose upper layers learn: texts to unit vectors of their first token."""

    def __init__(self, folder: Path, prefix: str, layers: int, device: str) -> None:
        """Raises WeightsError for a folder that holds no BERT."""
        disable_progress_bar()
        source = torch_folder(folder)
        try:
            self.model = BertModel.from_pretrained(source, local_files_only=True, add_pooling_layer=False)
        except (OSError, ValueError) as error:
            raise WeightsError(
                f"{folder} holds no encoder of the BERT family: its questions cannot be tuned."
            ) from error
        self.device = torch.device(device)
        self.model.to(self.device).eval()  # no dropout: few passes, and a held-out part says when to stop
        self.model.requires_grad_(False)
        self.prefix = prefix
        self.tokenizer: Tokenizer = open_tokenizer(folder / "tokenizer.json")
        every = list(self.model.encoder.layer)
        cut = len(every) - min(layers, len(every))
        self._lower, self._upper = every[:cut], torch.nn.ModuleList(every[cut:])
        self._upper.requires_grad_(True)

    def parameters(self) -> list[torch.nn.Parameter]:
        return list(self._upper.parameters())

    def state(self) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._upper.state_dict().items()}

    def load(self, state: State) -> None:
        self._upper.load_state_dict(dict(state))

    def texts(self, texts: Sequence[str]) -> _Texts:
        """Return the texts after the frozen layers; they are computed once."""
        found = _Texts([torch.empty(0)] * len(texts))
        encodings = self.tokenizer.encode_batch([self.prefix + text for text in texts])
        order = sorted(range(len(texts)), key=lambda number: len(encodings[number].ids))
        with torch.inference_mode():
            for start in range(0, len(order), ENCODED_AT_ONCE):
                chosen = order[start : start + ENCODED_AT_ONCE]
                longest = max(len(encodings[number].ids) for number in chosen)
                ids = torch.zeros((len(chosen), longest), dtype=torch.long)
                mask = torch.full((len(chosen), 1, 1, longest), torch.finfo(torch.float32).min)
                for row, number in enumerate(chosen):
                    length = len(encodings[number].ids)
                    ids[row, :length] = torch.tensor(encodings[number].ids)
                    mask[row, :, :, :length] = 0.0
                hidden = self.model.embeddings(input_ids=ids.to(self.device))
                mask = mask.to(self.device)
                for layer in self._lower:
                    hidden = layer(hidden, mask)
                for row, number in enumerate(chosen):
                    found.hidden[number] = hidden[row, : len(encodings[number].ids)].to("cpu", torch.float16)
        return found

    def vectors(self, texts: _Texts, chosen: Sequence[int]) -> torch.Tensor:
        """Return the unit vectors (len(chosen), dimension) of some texts."""
        hidden, mask = texts.batch(chosen, self.device)
        for layer in self._upper:
            hidden = layer(hidden, mask)
        return functional.normalize(hidden[:, 0].float(), dim=-1)

    def every_vector(self, texts: _Texts) -> torch.Tensor:
        with torch.no_grad():
            rows = [
                self.vectors(texts, range(start, min(start + ENCODED_AT_ONCE, len(texts.hidden))))
                for start in range(0, len(texts.hidden), ENCODED_AT_ONCE)
            ]
        return torch.cat(rows) if rows else torch.empty((0, int(self.model.config.hidden_size)), device=self.device)


def tune_questions(
    folder: Path,
    prefix: str,
    passages: Vectors,
    lessons: Sequence[QueryLesson],
    held_out: Sequence[QueryLesson],
    untouched: Sequence[str],
    *,
    out: Path,
    progress: Progress,
    recipe: QueryRecipe = QueryRecipe(),
    device: str = "cpu",
    threads: int = 0,
) -> QueryTuning:
    """Tune the embedder in `folder` for questions and write it to `out` as int8 ONNX with its tokenizer.

    `passages` are the stored vectors (rows, dimension). Every random choice comes from the recipe's seed. Raises
    WeightsError, TrainingFailed when the loss is no number.
    """
    began, draw = time.monotonic(), Random(recipe.seed)
    if device == "cpu":  # the other half of the cores answers questions meanwhile
        torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // 2))
    torch.manual_seed(recipe.seed)
    lessons = draw.sample(list(lessons), min(recipe.most_questions, len(lessons)))
    others = draw.sample(list(untouched), min(recipe.most_questions, len(untouched)))
    encoder = QuestionEncoder(folder, prefix, recipe.layers, device)
    asked, kept = encoder.texts([each.question for each in lessons]), encoder.texts(others)
    tested = encoder.texts([each.question for each in held_out])
    rows = _rows(passages, lessons, encoder.every_vector(asked).cpu().numpy(), recipe, draw)
    fixed = torch.from_numpy(np.ascontiguousarray(passages[rows])).to(encoder.device)
    kept_at, old = encoder.every_vector(kept), encoder.state()
    gain_before = _gain(encoder, tested, held_out, passages)
    best, best_gain, since, done = old, gain_before, 0, 0
    for epoch in _epochs(encoder, (asked, kept), (fixed, _renumbered(lessons, rows)), kept_at, recipe, draw, progress):
        done, gain = epoch, _gain(encoder, tested, held_out, passages)
        if gain > best_gain or not held_out:
            best, best_gain, since = encoder.state(), gain, 0
        else:
            since += 1
        if since > recipe.patience:
            break
    mix, gain = _mixed(encoder, old, best, lambda: _gain(encoder, tested, held_out, passages))
    moved = 1 - (encoder.every_vector(kept) * kept_at).sum(-1)
    export(encoder.model, folder / "tokenizer.json", out)
    return QueryTuning(
        len(lessons),
        len(held_out),
        len(others),
        done,
        round(gain_before, 4),
        round(gain, 4),
        mix,
        round(float(moved.mean()) if len(others) else 0.0, 4),
        round(time.monotonic() - began, 1),
    )


def _epochs(
    encoder: QuestionEncoder,
    texts: tuple[_Texts, _Texts],
    wanted: tuple[torch.Tensor, Sequence[QueryLesson]],
    kept_at: torch.Tensor,
    recipe: QueryRecipe,
    draw: Random,
    progress: Progress,
) -> Iterator[int]:
    """Train, and yield after each pass over the questions its number from 1."""
    (asked, kept), (fixed, lessons) = texts, wanted
    steps = max(1, math.ceil(len(lessons) / recipe.batch))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=recipe.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps * recipe.epochs))
    order, others = list(range(len(lessons))), list(range(len(kept.hidden)))
    for epoch in range(1, recipe.epochs + 1):
        draw.shuffle(order)
        for step in range(steps):
            batch = order[step * recipe.batch : (step + 1) * recipe.batch]
            loss = _loss(
                encoder.vectors(asked, batch), fixed, [lessons[number] for number in batch], recipe.temperature
            )
            if others and recipe.keep:
                same = draw.sample(others, min(len(batch), len(others)))
                moved = (encoder.vectors(kept, same) - kept_at[same]).square().sum(-1).mean()
                loss = loss + recipe.keep * moved
            if not bool(torch.isfinite(loss)):
                raise TrainingFailed("The loss of the questions is not a number; the active version is unchanged.")
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(encoder.parameters(), CLIPPED)
            optimizer.step()
            schedule.step()
            progress("tune questions", (step + 1 + (epoch - 1) * steps) / (steps * recipe.epochs))
        yield epoch


def _loss(
    vectors: torch.Tensor, passages: torch.Tensor, lessons: Sequence[QueryLesson], temperature: float
) -> torch.Tensor:
    """Return the mean cross-entropy of the right passages among all, a scalar."""
    scores = vectors @ passages.T / temperature
    bias, right = torch.zeros_like(scores), torch.zeros_like(scores, dtype=torch.bool)
    for number, lesson in enumerate(lessons):
        bias[number, list(lesson.unknown)] = -torch.inf
        bias[number, list(lesson.wrong)] = math.log(WRONG_COUNTS)
        bias[number, list(lesson.right)] = 0.0
        right[number, list(lesson.right)] = True
    among_all = torch.logsumexp(scores + bias, dim=-1)
    return (among_all - torch.logsumexp(scores.masked_fill(~right, -torch.inf), dim=-1)).mean()


def _gain(encoder: QuestionEncoder, texts: _Texts, lessons: Sequence[QueryLesson], passages: Vectors) -> float:
    """Return the mean of 1 / log2(1 + rank) of the best right passage, 0 from rank 11 on: nDCG@10 with one right."""
    gains = []
    for vector, lesson in zip(encoder.every_vector(texts).cpu().numpy(), lessons, strict=True):
        scores = passages @ vector
        best = max(scores[list(lesson.right)])
        ignored = [row for row in {*lesson.right, *lesson.unknown} if scores[row] > best]
        rank = 1 + int((scores > best).sum()) - len(ignored)
        gains.append(1 / math.log2(1 + rank) if rank <= 10 else 0.0)
    return sum(gains) / len(gains) if gains else 0.0


def _mixed(encoder: QuestionEncoder, old: State, tuned: State, gain: Callable[[], float]) -> tuple[float, float]:
    """Load the mix of both weights that is best on the held-out questions; return the share of the tuned, its gain."""
    found: list[tuple[float, float]] = []
    for mix in MIXES:
        encoder.load({name: torch.lerp(old[name], tuned[name], mix) for name in old})
        found.append((gain(), mix))
    best_gain, best = max(found, key=lambda each: (each[0], -each[1]))
    encoder.load({name: torch.lerp(old[name], tuned[name], best) for name in old})
    return best, best_gain


def _rows(passages: Vectors, lessons: Sequence[QueryLesson], asked: Vectors, recipe: QueryRecipe, draw: Random) -> Ids:
    """Return the rows that are compared: all, or those of the lessons, their nearest ones and a sample of the rest."""
    if len(passages) <= recipe.most_passages:
        return np.arange(len(passages), dtype=np.int64)
    chosen = {row for lesson in lessons for row in (*lesson.right, *lesson.wrong, *lesson.unknown)}
    for vector in asked:
        if len(chosen) >= recipe.most_passages:
            break
        chosen |= set(np.argpartition(passages @ vector, -HARD)[-HARD:].tolist())
    rest = [row for row in range(len(passages)) if row not in chosen]
    chosen |= set(draw.sample(rest, max(0, min(len(rest), recipe.most_passages - len(chosen)))))
    return np.array(sorted(chosen), dtype=np.int64)


def _renumbered(lessons: Sequence[QueryLesson], rows: NDArray[np.int64]) -> list[QueryLesson]:
    """Return the lessons with places in `rows` in place of rows."""
    place = {int(row): number for number, row in enumerate(rows)}
    return [
        QueryLesson(
            each.question,
            tuple(place[row] for row in each.right),
            tuple(place[row] for row in each.wrong),
            tuple(place[row] for row in each.unknown),
        )
        for each in lessons
    ]


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
