"""What a message asks: its questions, one by one, without the greeting, story and signature of a mail around them.

Knows marks and line ends and no words, so that it works in any language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from generation.question.names import names

LONG = 40
"""A message of more words is a mail: only its sentences that ask are read, with the names that the others have."""
MOST = 3
"""Questions of one message that are answered."""
SHORT = 4
"""A question of fewer words is not understood without the one before it: "And in winter?"."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。？！])|\n+")
_ASKS = re.compile(r"[?？؟]\W*$")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a message. `text` is what a reader gets, `search` what the search gets."""

    text: str
    search: str


def questions(message: str) -> tuple[Asked, ...]:
    """Return the questions of a message, at least one: the message itself if it has no question mark or only one."""
    sentences = [each.strip() for each in _SENTENCE.split(message) if each and each.strip()]
    asking = [each for each in sentences if _ASKS.search(each)]
    if not asking:
        return (Asked(message, message),)
    is_mail = len(message.split()) > LONG
    if not is_mail and len(asking) < 2:
        return (Asked(message, message),)
    asked = _joined(asking)[:MOST]
    around = " ".join(dict.fromkeys(name.text for each in sentences if each not in asking for name in names(each)))
    return tuple(Asked(f"{around} {each}".strip(), message if len(asked) == 1 else f"{around} {each}".strip()) for each in asked)


def _joined(asking: Sequence[str]) -> list[str]:
    """Return the questions; one of a few words is joined to the one before it."""
    joined: list[str] = []
    for each in asking:
        if joined and len(each.split()) < SHORT:
            joined[-1] = f"{joined[-1]} {each}"
        else:
            joined.append(each)
    return joined
