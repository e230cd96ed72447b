"""When two questions are the same, or nearly the same: what must be equal before their embeddings are compared.

To an embedding the X200 and the X300, before and after, on and off are nearly equal. Therefore figures, designations,
negation, directions and the kind of question must be equal. Knows words, no model. The cosine that is also needed was
measured (`bench.answer_cache.judge`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from core.store.learned.answer_cache import QuestionDigests
from generation.english.claims import directions, figures, negated, numbers
from generation.english.words import STOP, content, stem, words
from generation.question.follow_up import PLACEHOLDER
from generation.question.names import names

NEAR: Mapping[str, float] = MappingProxyType({"bge-small-en-v1.5": 0.95})
"""For each embedder, the cosine from which two questions of one shape are nearly the same (decision 0060)."""
_MARKS = re.compile(r"[?!¿¡;:\"“”„«»()…]|[.,](?!\w)|(?<!\w)['‘’]|['‘’](?!\w)")
_OPEN = frozenset(("why", "when", "where", "who", "whom", "whose", "which", "what"))
_MEASURES = frozenset(("many", "much", "long", "often", "far", "old", "big", "soon", "fast", "late", "early"))
_HOW_TO = frozenset(("step", "steps", "procedure", "process", "way", "ways", "explain", "describe", "instruct"))
_POLITE = frozenset(
    ("tell", "show", "please", "kindly", "help", "want", "like", "know", "possible", "anyone", "hello", "thanks")
)
_ASKING = frozenset(stem(word) for word in _HOW_TO | _POLITE)


def normalised(question: str) -> str:
    """Return the question in lower case without punctuation and extra white space; signs and points in figures stay."""
    folded = unicodedata.normalize("NFKC", question).casefold().replace("’", "'")
    return " ".join(_MARKS.sub(" ", folded).split())


def likeness(question: str) -> QuestionDigests:
    """Return what a question is looked up by."""
    return QuestionDigests(_digest(normalised(question)), _digest(repr(_shape(question))))


def holds_personal_data(question: str) -> bool:
    """Return whether redaction left a placeholder: two such questions may be about different people."""
    return PLACEHOLDER.search(question) is not None


def topic(question: str) -> frozenset[str]:
    """Return the stems of what a question is about, without the words that only ask."""
    every = frozenset(content(question))
    return every - _ASKING or every


def quotes_the_difference(asked: str, known: str, quotes: Iterable[str]) -> bool:
    """Return whether the quotes for the known question contain a word that only this question has.

    "Set the clock automatically" may be answered from the quotes for "manually" only if they do not say "manually".
    """
    only = topic(known) - topic(asked)
    return bool(only) and any(only & set(content(quote)) for quote in quotes)


def kind(question: str) -> str:
    """Return what is asked for: "why", "where", "how long"; "how" also for whether something can be done."""
    every = words(question)
    if "how" in every:
        following = every[every.index("how") + 1 :][:1]
        return f"how {following[0]}" if following and following[0] in _MEASURES else "how"
    opening = next((word for word in every if word in _OPEN), None)
    if opening is None or (opening == "what" and _HOW_TO & set(every)):
        return "how"
    return opening


def _shape(question: str) -> tuple[object, ...]:
    """Return what must be equal: kind, figures with their units, designations, negation, directions."""
    return (
        kind(question),
        sorted(figures(question)),
        sorted(numbers(question)),
        sorted(name.key for name in names(question) if words(name.text)[0] not in STOP),
        negated(question),
        sorted(directions(question)),
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
