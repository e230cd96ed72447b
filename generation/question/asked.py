"""What a message asks: its questions, one by one, without the greeting, story and signature of a mail around them.

A question of a message is understood like a follow-up of what is written before it, so that "What can I do?" gets the
words of the story. Names in the story count for every question that has none of their family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generation.question.follow_up import understand, with_words
from generation.question.names import names
from generation.question.small_words import ASKING, JOINING, content, length, of, words

LONG = 40
"""A message of more words is a mail: only its sentences that ask are read, with what they need of the others."""
MOST = 4
"""Questions of one message that are answered; those after them are read together with the last."""
LEAST_TOLD = 4
"""Words of a sentence of the story: shorter ones are greetings, names and thanks, unless they name a product."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。？！])|\n+")
_ASKS = re.compile(r"[?？؟]\W*$")
_END = re.compile(r"[\s?？؟,;]+$")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a message. `text` is what it means, `search` what the search gets."""

    text: str
    search: str

    @property
    def read(self) -> str:
        """The text for a reader: the question counts most, so it stands alone once more before words in brackets."""
        bare, bracket, carried = self.text.partition(" (")
        return f"{bare}? {self.text}" if bracket and carried.endswith(")?") else self.text


def questions(message: str) -> tuple[Asked, ...]:
    """Return the questions of a message, at least one: a short message with one question as it is, and one without."""
    sentences = [each.strip() for each in _SENTENCE.split(message) if each and each.strip()]
    asking = [half for each in sentences if _ASKS.search(each) for half in _halves(each)]
    if not asking or (len(asking) == 1 and len(message.split()) <= LONG):
        return (Asked(message, message),)
    told = [each for each in sentences if not _ASKS.search(each) and _tells(each)]
    made: list[str] = []
    for each in [*asking[: MOST - 1], " ".join(asking[MOST - 1 :])]:
        if each:
            made.append(_named(understand(each, [" ".join(told), *made]).question or each, told))
    made = list(dict.fromkeys(made))
    return (Asked(made[0], message),) if len(made) == 1 else tuple(Asked(each, each) for each in made)


def _halves(question: str) -> Iterator[str]:
    """Yield both questions of "How heavy is it and who repairs it?", in any language of `small_words`."""
    said, opening, joining = words(question), of(ASKING, question), of(JOINING, question)
    starts = [place for place, word in enumerate(said) if word.casefold() in opening]
    if len(starts) == 2 and starts[0] == 0 and said[starts[1] - 1].casefold() in joining:
        first, second = re.split(rf"\b{said[starts[1] - 1]}\s+(?={said[starts[1]]}\b)", question, maxsplit=1)
        if length(content(first)) > 0 and length(content(second)) > 0:
            yield f"{_END.sub('', first)}?"
            yield second
            return
    yield question


def _tells(sentence: str) -> bool:
    return len(sentence.split()) >= LEAST_TOLD or any(name.text[0].isupper() for name in names(sentence))


def _named(question: str, told: Sequence[str]) -> str:
    """Return the question with the names of the story: models and codes, no years and no numbers of things."""
    own = {name.family for name in names(question)}
    around = [name for each in told for name in names(each) if name.text[0].isupper() and name.family not in own]
    return with_words(question, [name.text for name in around])
