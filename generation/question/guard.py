"""The first look at a question, and the washing of text before a model reads it.

Knows no policy on topics and no model: what a question is about is decided by what the manuals support
(`generation.refusal.support`), and what retrieved text may do is decided by how it is placed
(`generation.phrasing.prompt`).
"""

from __future__ import annotations

import unicodedata

from core.errors import Invalid
from core.types import Refusal
from generation.english.words import STOP, WORD

MAX_CHARACTERS = 4000
KEPT = frozenset("\n\t")
# format characters that shape letters in Persian, Hindi and emoji sequences; all others of their kind only hide things
JOINERS = frozenset("\u200c\u200d")


def clean(text: str) -> str:
    """Return the text without control, zero-width, bidi-override, tag and private-use characters.

    Newlines and tabs stay; a joiner stays between two visible characters that are not ASCII, where it has a meaning.
    """
    kept = [char for place, char in enumerate(text) if _visible(text, place)]
    return unicodedata.normalize("NFC", "".join(kept))


def checked_question(question: str) -> str:
    """Return the question as it may be searched for: cleaned, on one line.

    Raises Invalid for one that is empty, longer than MAX_CHARACTERS, or bytes rather than text.
    """
    if len(question) > MAX_CHARACTERS:
        raise Invalid(f"The question has {len(question)} characters; at most {MAX_CHARACTERS} are read.")
    if "\0" in question or question.count("\ufffd") * 10 > len(question):
        raise Invalid("The question is not text: it holds bytes that no encoding explains.", hint="Send it as UTF-8.")
    asked = " ".join(clean(question).split())
    if not asked:
        raise Invalid("The question is empty.")
    return asked


def unclear(question: str) -> Refusal | None:
    """Return a refusal for a question in which nothing can be looked up: no letter, no digit, or only small words."""
    if not any(char.isalnum() for char in question):
        return Refusal("question_unclear", "I could not find a question in that. Please ask in a few words.")
    every = [match.group() for match in WORD.finditer(question)]
    if every and all(word.lower() in STOP and not _is_abbreviation(word, question) for word in every):
        return Refusal("question_unclear", "There is nothing to look up in that. Please name what it is about.")
    return None


def _is_abbreviation(word: str, question: str) -> bool:
    """Tell whether a word is written in capitals within a question that is not: "Who is in IT?"."""
    return len(word) > 1 and word.isupper() and not question.isupper()


def _visible(text: str, place: int) -> bool:
    char = text[place]
    if char in KEPT:
        return True
    if char in JOINERS:
        return _shapes_letters(text, place)
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _shapes_letters(text: str, place: int) -> bool:
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    shown = not any(unicodedata.category(char).startswith("C") for char in around)
    return len(around) == 2 and not around.isascii() and shown
