"""The first check of a question, and the cleaning of text before a model reads it.

Knows no policy on topics and no model. Whether the manuals answer a question is decided in
`generation.refusal.support`, how retrieved text is fenced in `generation.phrasing.prompt`.
"""

from __future__ import annotations

import unicodedata

from core.errors import Invalid
from core.types import Refusal
from generation.english.words import STOP
from generation.question.asked import LONG
from generation.question.small_words import SMALL_WORDS, of, words

MAX_CHARACTERS = 4000
KEPT = frozenset("\n\t")
# format characters that shape letters in Persian, Hindi and emoji sequences; all other ones only hide text
JOINERS = frozenset("\u200c\u200d")


def clean(text: str) -> str:
    """Return the text without control, zero-width, bidi-override, tag and private-use characters.

    Newlines and tabs stay. A joiner stays between two visible characters that are not ASCII, where it has a meaning.
    """
    visible = [char for place, char in enumerate(text) if _visible(text, place)]
    return unicodedata.normalize("NFC", "".join(visible))


def checked_question(question: str) -> str:
    """Return the question for the search: cleaned, on one line; a mail keeps its lines.

    Raises Invalid for a question that is empty, longer than MAX_CHARACTERS, or bytes instead of text.
    """
    if len(question) > MAX_CHARACTERS:
        raise Invalid(f"The question has {len(question)} characters; at most {MAX_CHARACTERS} are read.")
    if "\0" in question or question.count("\ufffd") * 10 > len(question):
        raise Invalid("The question is not text: it contains bytes of no known encoding.", hint="Send it as UTF-8.")
    lines = [" ".join(line.split()) for line in clean(question).splitlines()]
    asked = " ".join(filter(None, lines))
    if not asked:
        raise Invalid("The question is empty.")
    return "\n".join(filter(None, lines)) if len(asked.split()) > LONG else asked


def unclear(question: str) -> Refusal | None:
    """Return a refusal for a question with nothing to look up: no letter and no digit, or only small words.

    A single word may be a name in another language than that in which it is small: only an English one is refused.
    """
    if not any(char.isalnum() for char in question):
        return Refusal("question_unclear", "I could not find a question in that. Please ask in a few words.")
    every = words(question)
    small = of(SMALL_WORDS, question) if len(every) > 1 else STOP
    if every and all(word.casefold() in small and not _is_abbreviation(word, question) for word in every):
        return Refusal("question_unclear", "There is nothing to look up in that. Please name what it is about.")
    return None


def _is_abbreviation(word: str, question: str) -> bool:
    """Return whether a word is in capitals and the whole question is not: "Who is in IT?"."""
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
