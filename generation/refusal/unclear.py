"""Unclear questions: random letters, or a language in which no document that was found is written.

Uses the rows of keyboards, the common words of some languages and the scripts of letters, and decides only clear cases.
It runs after a search, on passages that the caller may see, because any letters may be the name of a part.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import MappingProxyType

from core.types import Passage, Refusal
from generation.english.words import STOP, content, words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm")
RUN, MOSTLY = 4, 0.75
"""Neighbouring letters of a keyboard, and their share of a word, that make it noise: "property" has only four."""
UNVOICED = 6
"""Letters from which a word without a vowel is noise; a shorter one is an abbreviation."""
_VOWELS = re.compile(r"[aeiouy]")
_TABLE = """
    de German der die das den dem des ein eine einen ist sind wie was wo wann warum welche welcher kann ich du
    de German wir sie nicht und oder mit von zu zum zur auf bei für im am muss man lange viel viele
    fr French le la les des du un une est sont comment quel quelle quels quelles quand pourquoi combien je nous
    fr French vous il elle ne pas et ou avec de pour dans sur au aux dois peut puis faut
    es Spanish el la los las un una es son cómo como qué que cuál cuándo dónde cuánto cuánta cuántos por para
    es Spanish con sin del al en se puedo debo hay mi su y o tiempo no
    it Italian il lo la i gli le un una è sono come che quale quali quando dove quanto quanti perché posso devo
    it Italian non e o con di del della per nel nella su si
    pt Portuguese o a os as um uma é são como que qual quais quando onde quanto quanta quantos por para com sem
    pt Portuguese do da no na em se posso devo não e ou
    nl Dutch de het een is zijn hoe wat waar wanneer waarom welke kan ik wij je niet en of met van naar op bij
    nl Dutch voor moet hoeveel lang mijn er
    pl Polish jest są jak co gdzie kiedy dlaczego jaki jaka jakie który która czy nie i lub z do na w od dla
    pl Polish mogę muszę ile się
"""
_LINES = [line.split() for line in _TABLE.strip().splitlines()]
_NAMES: Mapping[str, str] = MappingProxyType({code: name for code, name, *_ in _LINES})
_SMALL_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {code: frozenset(word for line in _LINES if line[0] == code for word in line[2:]) for code in _NAMES}
)
_SCRIPTS = MappingProxyType(
    {"CJK": "in Chinese characters", "HIRAGANA": "in Japanese", "KATAKANA": "in Japanese", "HANGUL": "in Korean"}
)
SURE = 2
"""Common words of one language, more than of any other, that a question in this language must contain."""


def unclear(question: str, passages: Sequence[Passage]) -> Refusal | None:
    """Return the refusal of a question of random letters or in a language of none of the passages, None for others."""
    if _is_gibberish(question, passages):
        return Refusal("question_unclear", "I could not find a word in that. Please ask in a few words.")
    if (written := other_language(question, passages)) is not None:
        message = f"The question seems to be {written}, the documents found are not. Please ask in their language."
        return Refusal("question_unclear", message)
    return None


def other_language(question: str, passages: Sequence[Passage]) -> str | None:
    """Return the question's language ("in German", "in Cyrillic letters") if no passage has it, else None."""
    script = _script(question)
    if script is not None and script != "LATIN":
        here = {
            _script_of(char) for passage in passages for char in passage.text if char.isalpha() and not char.isascii()
        }
        return None if script in here else _SCRIPTS.get(script, f"in {script.capitalize()} letters")
    spoken = {passage.language.split("-")[0] for passage in passages if passage.language}
    language = _language(question)
    return f"in {_NAMES[language]}" if language and spoken and language not in spoken else None


def _is_gibberish(question: str, passages: Sequence[Passage]) -> bool:
    asked = [word for word in words(question) if word not in STOP]
    if not asked or not all(_is_noise(word) for word in asked):
        return False
    known = {
        word for passage in passages for word in content(" ".join((passage.title, *passage.heading, passage.text)))
    }
    return not known & set(content(question))


def _is_noise(word: str) -> bool:
    """Return whether a word is one repeated letter, neighbouring keys, or long and without a vowel."""
    if not (word.isascii() and word.isalpha() and len(word) >= RUN):
        return False
    if len(set(word)) == 1 or (len(word) >= UNVOICED and not _VOWELS.search(word)):
        return True
    lengths = range(len(word), max(RUN, ceil(MOSTLY * len(word))) - 1, -1)
    runs = (word[start : start + length] for length in lengths for start in range(len(word) - length + 1))
    return any(run in row or run[::-1] in row for run in runs for row in _ROWS)


def _language(question: str) -> str | None:
    """Return the code of the language whose common words the question contains, None for English or if unsure."""
    asked = set(re.findall(r"\w+", question.casefold()))
    counts = Counter({language: len(asked & small) for language, small in _SMALL_WORDS.items()})
    (language, most), (_, second) = counts.most_common(2)
    return language if most >= SURE and most > second and most > len(asked & STOP) else None


def _script(question: str) -> str | None:
    """Return the script of most letters of the question, None without letters."""
    found = Counter(_scripts(question))
    return found.most_common(1)[0][0] if found else None


def _scripts(text: str) -> Iterable[str]:
    return (_script_of(char) for char in text if char.isalpha())


def _script_of(char: str) -> str:
    """Return the first word of a letter's name: LATIN, CYRILLIC, CJK, ARABIC."""
    return unicodedata.name(char, "unknown").split()[0].split("-")[0]
