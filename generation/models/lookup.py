"""Guesses the next tokens by looking them up: answers from sources mostly repeat what stands in the prompt.

Prompt-lookup decoding: the guess costs nothing, and one pass of the model checks all of it, so what is written is what
greedy decoding writes. The checking (Leviathan et al. 2022, "Fast Inference from Transformers via Speculative
Decoding", at temperature 0) is in `generation.models.local`. Knows token ids alone.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 3
"""Tokens that are looked up; then two, then one: a longer match is the better guess."""
MOST = 8
"""Tokens guessed at once: a pass over nine costs a CPU little more than a pass over one."""


class Lookup:
    """Everything read and written so far, by its runs of one to LONGEST tokens."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._ends: dict[tuple[int, ...], int] = {}
        for token in prompt:
            self.add(token)

    def add(self, token: int) -> None:
        """Take in the next token. A run's place is kept once it has a successor: it is never its own guess."""
        for size in range(1, LONGEST + 1):
            if len(self._tokens) >= size:
                self._ends[tuple(self._tokens[-size:])] = len(self._tokens)
        self._tokens.append(token)

    def guess(self, most: int = MOST) -> list[int]:
        """Return at most `most` tokens that followed when the latest ones were last seen; none where they are new."""
        for size in range(min(LONGEST, len(self._tokens)), 0, -1):
            place = self._ends.get(tuple(self._tokens[-size:]))
            if place is not None:
                return self._tokens[place : place + most]
        return []
