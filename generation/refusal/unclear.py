"""Unclear questions: keys struck at random, or a language in which no document that was found is written.

Uses the rows of keyboards, the small words of some languages and the scripts of letters, and decides only clear cases.
It runs after a search, on passages that the caller may see, because any letters may be the name of a part.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from core.types import Passage, Refusal
from generation.english.words import fold
from generation.question.small_words import NAMES, SMALL_WORDS, content, languages, words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm")
RUN = 4
"""Neighbouring keys, or the same key, that make a word noise: of 90,000 words of manuals the word "wert" is one."""
SURE, MOSTLY = 2, 0.3
"""Small words of a language that a question must have, and their share of its words."""
_SCRIPTS = MappingProxyType(
    {"CJK": "in Chinese characters", "HIRAGANA": "in Japanese", "KATAKANA": "in Japanese", "HANGUL": "in Korean"}
)


def unclear(question: str, passages: Sequence[Passage]) -> Refusal | None:
    """Return the refusal of a question of random keys or in a language of none of the passages, None for others."""
    if _is_noise(question, passages):
        return Refusal("question_unclear", "I could not find a word in that. Please ask in a few words.")
    if (written := other_language(question, passages)) is not None:
        message = f"The question seems to be {written}, the documents found are not. Please ask in their language."
        return Refusal("question_unclear", message)
    return None


def other_language(question: str, passages: Sequence[Passage]) -> str | None:
    """Return the question's language ("in German", "in Cyrillic letters") if no passage has it, else None."""
    script = next((name for name, _ in Counter(_scripts(question)).most_common(1)), None)
    if script is not None and script != "LATIN":
        here = {name for passage in passages for name in _scripts(passage.text)}
        return None if script in here else _SCRIPTS.get(script, f"in {script.capitalize()} letters")
    spoken = {passage.language.split("-")[0] for passage in passages if passage.language}
    language = _language(question)
    return f"in {NAMES[language]}" if language and spoken and language not in spoken else None


def _is_noise(question: str, passages: Sequence[Passage]) -> bool:
    """Return whether every word that is no small word is struck at random and in none of the passages."""
    asked = {fold(word) for word in content(question)}
    if not asked or not all(_is_struck(word) for word in asked):
        return False
    return not any(
        asked & {fold(word) for word in words(" ".join((each.title, *each.heading, each.text)))} for each in passages
    )


def _is_struck(word: str) -> bool:
    runs = (row for row in _ROWS if word in row or word[::-1] in row)
    return len(word) >= RUN and word.isalpha() and (len(set(word)) == 1 or any(runs))


def _language(question: str) -> str | None:
    """Return the code of the one language that the question is surely in, None for English or if unsure."""
    codes = languages(question)
    if len(codes) != 1 or codes[0] not in NAMES:
        return None
    said = {word.casefold() for word in words(question)}
    small = len(said & SMALL_WORDS[codes[0]])
    return codes[0] if small >= max(SURE, MOSTLY * len(said)) else None


def _scripts(text: str) -> Iterable[str]:
    """Yield the first word of each letter's name: LATIN, CYRILLIC, CJK, ARABIC."""
    return (unicodedata.name(char, "unknown").split()[0].split("-")[0] for char in text if char.isalpha())
