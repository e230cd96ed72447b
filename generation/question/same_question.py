"""When two questions are the same, or may be: what must be equal before their embeddings are compared.

To an embedding the X200 and the X300, five and fifty are nearly equal. Therefore figures and names with a number must
be equal, in any language. Whether the answer to one question answers the other one is judged by a reader
(`learning.answer_cache.same_answer`). Knows no model. The cosine was measured (`bench.answer_cache.paraphrases`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

from core.store.learned.answer_cache import SHAPED, QuestionDigests
from generation.question.follow_up import PLACEHOLDER
from generation.question.names import names

NEAR: Mapping[str, float] = MappingProxyType({"bge-small-en-v1.5": 0.65})
"""For each embedder, the cosine from which an answer to another question is read for this one (decision 0105)."""
_MARKS = re.compile(r"[?!¿¡;:\"“”„«»()…]|[.,](?!\w)|(?<!\w)['‘’]|['‘’](?!\w)")
_FIGURE = re.compile(r"(?:(?<=\s)|(?<=^))[-−](?=\d)\d+(?:[.,:/]\d+)*|(?<![\w.,])\d+(?:[.,:/]\d+)*")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")


def normalised(question: str) -> str:
    """Return the question in lower case without punctuation and extra white space; signs and points in figures stay."""
    folded = unicodedata.normalize("NFKC", question).casefold().replace("’", "'")
    return " ".join(_MARKS.sub(" ", folded).split())


def likeness(question: str) -> QuestionDigests:
    """Return what a question is looked up by."""
    return QuestionDigests(
        sha256(normalised(question).encode()).hexdigest(),
        SHAPED + sha256(repr(sorted(figures(question))).encode()).hexdigest()[len(SHAPED) :],
    )


def like(one: str, other: str) -> bool:
    """Return whether two questions have the same figures, and no name with a number that the other one lacks."""
    (joined, every), (other_joined, other_every) = _names(one), _names(other)
    return figures(one) == figures(other) and joined <= other_every and other_joined <= every


def holds_personal_data(question: str) -> bool:
    """Return whether redaction left a placeholder: two such questions may be about different people."""
    return PLACEHOLDER.search(question) is not None


def figures(question: str) -> frozenset[str]:
    """Return the figures of a question in one spelling, without units: 1,000 and 1.000 are 1000, 2,5 is 2.5."""
    text = unicodedata.normalize("NFKC", question)
    found = (match.group().replace("−", "-") for match in _FIGURE.finditer(text))
    return frozenset(_THOUSANDS.sub("", each).replace(",", ".") for each in found)


@lru_cache(maxsize=4096)
def _names(question: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that are surely names, such as X200, and with them those that may be quantities: "after 5"."""
    every = list(names(question))
    return frozenset(name.key for name in every if not name.plain), frozenset(name.key for name in every)
