"""Decode greedily with a causal model: one token in a pass, or several where they could be guessed.

Answers from sources mostly repeat their prompt. The guess is what followed the same tokens earlier (prompt lookup), and
one pass of the model checks all of it, so the text is what greedy decoding writes (Leviathan et al. 2022, "Fast
Inference from Transformers via Speculative Decoding", at temperature 0). Knows tensors and token ids, no text.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer
from transformers.generation import PromptLookupCandidateGenerator

LOOKED_UP = 3
"""Tokens that are looked up; then two, then one: a longer match is the better guess."""
GUESSED = 8
"""Tokens guessed at once: a pass over nine costs a CPU little more than a pass over one."""

TokenPairs = frozenset[tuple[int, int]]


def greedy(model: Any, prompt: torch.Tensor, deadline: float | None, banned: TokenPairs = frozenset()) -> Iterator[int]:
    """Yield the likeliest next token of `prompt` (1, n) again and again, until `deadline` (time.monotonic).

    The text does not begin with a pair of tokens in `banned`.
    """
    if deadline is not None and time.monotonic() >= deadline:
        return
    cache = DynamicCache(config=model.config)
    can_crop = all(type(layer) is DynamicLayer for layer in cache.layers)  # a sliding window drops what it has read
    lookup = PromptLookupCandidateGenerator(
        num_output_tokens=GUESSED, max_matching_ngram_size=LOOKED_UP, max_length=sys.maxsize
    )
    first = _first_tokens(model, prompt, cache, banned if can_crop else frozenset())
    yield from first
    text = torch.cat([prompt.cpu(), torch.tensor([first])], dim=1)
    while deadline is None or time.monotonic() < deadline:
        candidate = lookup.get_candidates(text)[0] if can_crop else text
        guess = candidate[0, text.shape[1] :]
        unread = candidate[:, text.shape[1] - 1 :].to(prompt.device)
        likeliest = _logits(model, unread, len(guess) + 1, cache).argmax(dim=-1).cpu()
        right = int((guess == likeliest[:-1]).cumprod(dim=0).sum())
        if right < len(guess):
            cache.crop(right - len(guess))  # a negative number: so many from the end
        written = likeliest[: right + 1]
        yield from written.tolist()
        text = torch.cat([text, written[None]], dim=1)


def _first_tokens(model: Any, prompt: torch.Tensor, cache: DynamicCache, banned: TokenPairs) -> list[int]:
    """Read the prompt and return the first token, or the first two. The last one is not in the cache yet.

    Where the likeliest beginning is banned, return the likelier of two others: another first token, or another second
    one. Each has the probability that it has when banned pairs are ruled out.
    """
    first = _logits(model, prompt, 1, cache)[0]
    likeliest = int(first.argmax())
    banned_next = [after for before, after in banned if before == likeliest]
    if not banned_next:
        return [likeliest]
    second = _logits(model, prompt.new_tensor([[likeliest]]), 1, cache)[0]
    if int(second.argmax()) not in banned_next:
        return [likeliest, int(second.argmax())]
    probabilities, tokens = first.softmax(dim=-1).topk(2)
    allowed = second.softmax(dim=-1).index_fill(0, prompt.new_tensor(banned_next), 0.0)
    if float(probabilities[1]) > float(probabilities[0]) * float(allowed.sum()):
        cache.crop(-1)
        return [int(tokens[1])]
    return [likeliest, int(allowed.argmax())]


def _logits(model: Any, tokens: torch.Tensor, last: int, cache: DynamicCache) -> torch.Tensor:
    """Return (last, vocabulary) float32 scores of what follows the last tokens.

    Inference mode belongs to one thread, so it must not be held while a stream waits: a web server may take each piece
    from another thread.
    """
    with torch.inference_mode():
        logits: torch.Tensor = model(
            input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=last
        ).logits[0]
    return logits.float()
