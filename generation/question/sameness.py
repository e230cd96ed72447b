"""When two questions are the same, or nearly: what must be equal before an embedding may say that they are alike.

To an embedding the X200 and the X300, before and after, on and off are nearly one. So figures, designations, negation,
directions and the kind of question are compared as they stand. Knows words, no model; the cosine that must be
reached besides comes from measurement (`bench.answer_cache.judge`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from core.store.learned.answer_cache import QuestionDigests
from generation.english.claims import directions, figures, negated, numbers
from generation.english.phrases import PLACEHOLDER, listed
from generation.english.words import content, stem, words
from generation.question.product_names import designations

NEAR: Mapping[str, float] = MappingProxyType({"bge-small-en-v1.5": 0.95})
"""By embedder, the cosine from which two questions of one shape are nearly the same: measured, see decision 0060."""
_MARKS = re.compile(r"[?!¿¡;:\"“”„«»()…]|[.,](?!\w)|(?<!\w)['‘’]|['‘’](?!\w)")
_OPEN = listed("why when where who whom whose which what")
_MEASURES = listed("many much long often far old big soon fast late early")
_HOW_TO = listed("step steps procedure process way ways explain describe instruct")
_POLITE = listed("tell show please kindly help want like know possible anyone hello thanks")
_ASKING = frozenset(stem(word) for word in _HOW_TO | _POLITE)


def normal(question: str) -> str:
    """Return the question with case, white space and marks of punctuation folded; signs and points in figures stay."""
    folded = unicodedata.normalize("NFKC", question).casefold().replace("’", "'")
    return " ".join(_MARKS.sub(" ", folded).split())


def likeness(question: str) -> QuestionDigests:
    """Return what a question is looked up by."""
    return QuestionDigests(_digest(normal(question)), _digest(repr(_shape(question))))


def holds_personal_data(question: str) -> bool:
    """Tell whether redaction left a placeholder: two such questions may be about two people."""
    return PLACEHOLDER.search(question) is not None


def matter(question: str) -> frozenset[str]:
    """Return the stems of what a question is about, without the words that only ask."""
    every = frozenset(content(question))
    return every - _ASKING or every


def telling(asked: str, known: str, quotes: Iterable[str]) -> bool:
    """Tell whether a word that only the known question has stands in what was quoted for it: then that was its answer.

    "Set the clock by itself" is answered from the quotes of "by hand" when these do not say which; else it is not.
    """
    only = matter(known) - matter(asked)
    return bool(only) and any(only & set(content(quote)) for quote in quotes)


def kind(question: str) -> str:
    """Return what is asked for: "why", "where", "how long"; "how" also for whether something can be done."""
    said = words(question)
    if "how" in said:
        following = said[said.index("how") + 1 :][:1]
        return f"how {following[0]}" if following and following[0] in _MEASURES else "how"
    opening = next((word for word in said if word in _OPEN), None)
    if opening is None or (opening == "what" and _HOW_TO & set(said)):
        return "how"
    return opening


def _shape(question: str) -> tuple[object, ...]:
    """Return what must be equal: kind, figures with their units, designations, negation, directions."""
    return (
        kind(question),
        sorted(figures(question)),
        sorted(numbers(question)),
        sorted(name for name in designations(question) if not name.isdecimal()),
        negated(question),
        sorted(directions(question)),
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
