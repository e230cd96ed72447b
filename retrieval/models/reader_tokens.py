"""Which tokens of a text a reader's parts are, and what its outputs for one text say. Knows no runtime."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer

from core.ports import UNREAD, ReaderText, Reading

MAX_TOKENS = 384
QUESTION_TOKENS = 96
"""Of a longer question, the first tokens are read."""
LONGEST_TOKEN = 24
"""Characters of a question that are looked at for each token of it."""
PIECE = 96
"""Characters that are tokenized at a time: a tokenizer that cuts only the second text raises for a long one alone."""


def cut_question(tokenizer: Tokenizer, question: str) -> str:
    """Return the question up to its QUESTION_TOKENS-th token."""
    shown, room = question[: QUESTION_TOKENS * LONGEST_TOKEN], QUESTION_TOKENS
    for start in range(0, len(shown), PIECE):
        offsets = tokenizer.encode(shown[start : start + PIECE], add_special_tokens=False).offsets
        if len(offsets) > room:
            return shown[: start + (offsets[room - 1][1] if room else 0)]
        room -= len(offsets)
    return shown


def part_tokens(
    offsets: Sequence[tuple[int, int]], sequence: Sequence[int | None], text: ReaderText
) -> list[list[int]]:
    """Return the tokens of each part: those of the text (sequence 1) that share a character with it."""
    tokens = [(place, start, end) for place, (start, end) in enumerate(offsets) if sequence[place] == 1 and start < end]
    found: list[list[int]] = []
    first = 0
    for begin, finish in text.parts:
        while first < len(tokens) and tokens[first][2] <= begin:
            first += 1
        last = first
        while last < len(tokens) and tokens[last][1] < finish:
            last += 1
        found.append([place for place, _, _ in tokens[first:last]])
    return found


def reading(whole: Sequence[float], tokens: Sequence[float], places: Sequence[Sequence[int]]) -> Reading:
    """Return what the model's outputs for one text say."""
    parts = tuple(sum(tokens[place] for place in each) / len(each) if each else UNREAD for each in places)
    return Reading(float(whole[0]), float(whole[1]), parts)
