"""Train a cross-encoder to judge whether a sentence says what its source says: python -m bench.faithfulness.train OUT

Reads the `train-*.jsonl` beside it. The file named by --held-out is not trained on: it chooses the threshold, at most
.5 % of its unfaithful sentences passing. Then every FILE of --measure is judged once. Prints one JSON object a line.
docs/decisions/0098 has the figures, and says why the model does not ship.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Encoding, Tokenizer
from torch.nn import functional
from transformers import AutoModelForSequenceClassification

from core.types import Json
from evaluation.faithfulness import Pair, read_pairs, summarize
from generation.evidence.spans import split
from learning.tuning.reader import CLIPPED, STEP, WARM_UP
from retrieval.models.dequantize import torch_folder

HERE = Path(__file__).parent
BASE = Path(".models/ms-marco-minilm-l-12-v2")
MAX_TOKENS = 192
PASSING = 0.005
"""Most of the unfaithful sentences of the held-out file that may pass."""
SEED = 7
_NUMBER = re.compile(r"\d+(?:[.,:/ ]\d+)*")
_NEGATION = re.compile(r"\b(?:not|never|nicht|nie|kein(?:e[nmrs]?)?|jamais)\s", re.IGNORECASE)
_NAME = re.compile(r"(?=\w*\d)\w[\w.,:/-]*\w|\d")


def main() -> None:
    """Read the arguments, train, choose the threshold, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the weights; one that holds them is measured, not trained")
    parser.add_argument("--held-out", default="train-2.jsonl")
    parser.add_argument("--measure", type=Path, nargs="*", default=[])
    parser.add_argument("--certain", type=float, default=0.2, help="share of the certain pairs that is learned from")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    held_out = read_pairs(HERE / args.held_out)
    trained = (args.out / "model.safetensors").is_file()
    model = AutoModelForSequenceClassification.from_pretrained(args.out if trained else torch_folder(BASE)).eval()
    if not trained:
        files = [file for file in sorted(HERE.glob("train-*.jsonl")) if file.name != args.held_out]
        pairs = [pair for file in files for pair in read_pairs(file)]
        made = list(certain(pairs, Random(SEED)))
        made = Random(SEED).sample(made, round(args.certain * len(made)))
        train(model, tokenizer, [*pairs, *made], args)
        model.save_pretrained(args.out)
    scores = judge(model, tokenizer, held_out)
    threshold = choose(held_out, scores)
    report(args.held_out, held_out, scores, threshold)
    for file in args.measure:
        pairs = read_pairs(file)
        report(file.name, pairs, judge(model, tokenizer, pairs), threshold)


def certain(pairs: Sequence[Pair], draw: Random) -> Iterator[Pair]:
    """Yield pairs that need no judge: a sentence of the source itself, of another one, without "not", with two numbers
    exchanged."""
    sources = list(dict.fromkeys(pair.source for pair in pairs))
    for source in sources:
        own = [source[span.start : span.end] for span in split(source)]
        sentence = draw.choice(own)
        yield Pair("", source, sentence, True, "none")
        strange = draw.choice([other for other in sources if other != source])
        yield Pair("", source, strange[split(strange)[0].start : split(strange)[0].end], False, "other source")
        if _NEGATION.search(sentence):
            yield Pair("", source, _NEGATION.sub("", sentence, count=1), False, "negation")
        numbers = [match for each in own for match in _NUMBER.finditer(each)]
        if len({match.group() for match in numbers}) > 1:
            yield from _other_number(source, own, draw)


def _other_number(source: str, own: Sequence[str], draw: Random) -> Iterator[Pair]:
    sentence = draw.choice([each for each in own if _NUMBER.search(each)])
    match = draw.choice(list(_NUMBER.finditer(sentence)))
    others = sorted({each.group() for each in _NUMBER.finditer(source)} - {match.group()})
    if others:
        changed = sentence[: match.start()] + draw.choice(others) + sentence[match.end() :]
        if changed not in source:
            yield Pair("", source, changed, False, "values")


def train(model: Any, tokenizer: Tokenizer, pairs: Sequence[Pair], args: argparse.Namespace) -> None:
    """Train in place, without dropout, with frozen embeddings, a batch of like lengths at a time."""
    model.bert.embeddings.requires_grad_(False)
    kept = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(kept, lr=args.rate, weight_decay=0.01)
    batches = list(_batches(tokenizer, pairs, args.batch, args.epochs))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, len(batches)))
    began, total = time.monotonic(), 0.0
    for step, batch in enumerate(batches, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = _logits(model, [encoding for encoding, _ in batch])
        wanted = torch.tensor([faithful for _, faithful in batch])
        loss = functional.binary_cross_entropy_with_logits(logits.float(), wanted)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(kept, CLIPPED)
        optimizer.step()
        schedule.step()
        total += float(loss.detach())
        if step % 10 == 0 or step == len(batches):
            seconds = round(time.monotonic() - began)
            state = {"step": step, "of": len(batches), "loss": round(total / (step % 10 or 10), 3), "s": seconds}
            print(json.dumps(state), flush=True)
            total = 0.0


def judge(model: Any, tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[float]:
    """Return a logit for each pair."""
    scores: list[float] = []
    with torch.inference_mode():
        for start in range(0, len(pairs), 32):
            batch = [tokenizer.encode(pair.source, pair.sentence) for pair in pairs[start : start + 32]]
            scores += _logits(model, batch).tolist()
    return scores


def choose(pairs: Sequence[Pair], scores: Sequence[float]) -> float:
    """Return the threshold that at most PASSING of the unfaithful sentences pass that the hard rules let through."""
    judged = zip(pairs, scores, strict=True)
    wrong = sorted((score for pair, score in judged if not pair.faithful and figures_stand(pair)), reverse=True)
    allowed = int(PASSING * sum(not pair.faithful for pair in pairs))
    return wrong[allowed] if len(wrong) > allowed else -math.inf


def figures_stand(pair: Pair) -> bool:
    """Return whether every number and every name with a digit is in the source, in the same order.

    What has no digits between them is the model's affair.
    """
    known = iter(_figures(pair.source))
    return all(any(figure == other for other in known) for figure in _figures(pair.sentence))


def report(name: str, pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> None:
    """Print the area under the curve, the figures with the hard rules and without, and those of the rules alone."""
    above = [score > threshold for score in scores]
    rules = [figures_stand(pair) for pair in pairs]
    both = [one and other for one, other in zip(above, rules, strict=True)]
    print(json.dumps({"file": name, "threshold": round(threshold, 3), "area": area(pairs, scores)}))
    for kind, passes in (("model", above), ("rules", rules), ("both", both)):
        found: Json = summarize(pairs, passes)
        print(json.dumps({"file": name, "judge": kind} | found))


def area(pairs: Sequence[Pair], scores: Sequence[float]) -> float:
    """Return how often a faithful sentence scores above an unfaithful one."""
    right = [score for pair, score in zip(pairs, scores, strict=True) if pair.faithful]
    wrong = [score for pair, score in zip(pairs, scores, strict=True) if not pair.faithful]
    wins = sum((one > other) + 0.5 * (one == other) for one in right for other in wrong)
    return round(wins / len(right) / len(wrong), 3)


def _figures(text: str) -> list[str]:
    return [match.group().casefold() for match in _NAME.finditer(text)]


def _logits(model: Any, batch: Sequence[Encoding]) -> torch.Tensor:
    longest = STEP * math.ceil(max(len(each.ids) for each in batch) / STEP)
    ids = torch.zeros((len(batch), longest), dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for number, each in enumerate(batch):
        ids[number, : len(each.ids)] = torch.tensor(each.ids)
        types[number, : len(each.ids)] = torch.tensor(each.type_ids)
        mask[number, : len(each.ids)] = 1
    scored: torch.Tensor = model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits[:, 0]
    return scored


def _batches(
    tokenizer: Tokenizer, pairs: Sequence[Pair], size: int, epochs: int
) -> Iterator[list[tuple[Encoding, float]]]:
    draw = Random(SEED)
    rows = [(tokenizer.encode(pair.source, pair.sentence), float(pair.faithful)) for pair in pairs]
    for _ in range(epochs):
        order = draw.sample(rows, len(rows))
        batches = []
        for start in range(0, len(order), 50 * size):
            pool = sorted(order[start : start + 50 * size], key=lambda row: len(row[0].ids))
            batches += [pool[at : at + size] for at in range(0, len(pool), size)]
        draw.shuffle(batches)
        yield from batches


def _rate(step: int, steps: int) -> float:
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


if __name__ == "__main__":
    main()
