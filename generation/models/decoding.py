"""Greedy decoding of a causal model, token by token or several at once where they could be guessed.

Knows tensors and token ids, no text. What may be guessed is in `generation.models.lookup`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from generation.models.lookup import Lookup

Pairs = frozenset[tuple[int, int]]


def greedy(model: Any, prompt: torch.Tensor, deadline: float | None, unsaid: Pairs = frozenset()) -> Iterator[int]:
    """Yield the likeliest next token of `prompt` (1, n) again and again, until `deadline` (time.monotonic).

    The text does not begin with a pair of tokens in `unsaid`.
    """
    if deadline is not None and time.monotonic() >= deadline:
        return
    cache = DynamicCache(config=model.config)
    takes_back = all(type(layer) is DynamicLayer for layer in cache.layers)  # a sliding window forgets
    seen = Lookup(prompt[0].tolist())
    opening = _opening(model, prompt, cache, unsaid if takes_back else frozenset())
    for token in opening:
        seen.add(token)
        yield token
    unread = prompt.new_tensor([opening[-1:]])
    while deadline is None or time.monotonic() < deadline:
        guess = seen.guess() if takes_back else []
        tokens = torch.cat([unread, unread.new_tensor([guess])], dim=1)
        likeliest = _logits(model, tokens, len(guess) + 1, cache).argmax(dim=-1).tolist()
        right = next((place for place, token in enumerate(guess) if token != likeliest[place]), len(guess))
        if right < len(guess):
            cache.crop(right - len(guess))  # a negative number: so many from the end
        for token in likeliest[: right + 1]:
            seen.add(token)
            yield token
        unread = prompt.new_tensor([[likeliest[right]]])


def _opening(model: Any, prompt: torch.Tensor, cache: DynamicCache, unsaid: Pairs) -> list[int]:
    """Read the prompt and return the first token, or the first two, the last of them not yet read.

    Where the likeliest text begins as what must not be said, the likeliest of two ways round it is taken: another first
    token, or another second one, each with the chance that it has when such beginnings are ruled out.
    """
    first = _logits(model, prompt, 1, cache)[0]
    likeliest = int(first.argmax())
    barred = [after for before, after in unsaid if before == likeliest]
    if not barred:
        return [likeliest]
    second = _logits(model, prompt.new_tensor([[likeliest]]), 1, cache)[0]
    if int(second.argmax()) not in barred:
        return [likeliest, int(second.argmax())]
    chances, others = first.softmax(dim=-1).topk(2)
    follow = second.softmax(dim=-1).index_fill(0, prompt.new_tensor(barred), 0.0)
    if float(chances[1]) > float(chances[0]) * float(follow.sum()):
        cache.crop(-1)
        return [int(others[1])]
    return [likeliest, int(follow.argmax())]


def _logits(model: Any, tokens: torch.Tensor, last: int, cache: DynamicCache) -> torch.Tensor:
    """Return (last, vocabulary) float32 scores of what follows the last tokens.

    The inference mode is this thread's own, so it must not be held while a stream waits: a web server may draw each
    piece from another thread.
    """
    with torch.inference_mode():
        logits: torch.Tensor = model(
            input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=last
        ).logits[0]
    return logits.float()
