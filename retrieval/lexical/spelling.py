"""Find the words that a misspelt word may stand for: one edit away, or two for long words, with the same first letter.

An edit is an insertion, deletion, substitution or transposition (Damerau, CACM 1964). Knows no index and no language:
`retrieval.lexical.query` looks up which candidates exist.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

MIN_LETTERS = 5
"""Letters of the shortest word that is corrected: one edit turns a shorter word into another word too easily."""
MIN_LETTERS_FOR_TWO = 8
FIXED_PREFIX = 3
"""First letters that stay the same where two edits are allowed."""
LATIN = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = (
    LATIN,
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρσςτυφχψω",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءئؤ",
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
)


def correctable(word: str) -> bool:
    """Return whether a folded word is long enough, consists of letters, and is in one of `ALPHABETS`."""
    return len(word) >= MIN_LETTERS and word.isalpha() and _alphabet(word) is not None


def one_edit(word: str) -> list[str]:
    """Return every spelling one edit away with the same first letter: about fifty for each letter of the word."""
    alphabet = _alphabet(word) or ""
    cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    swapped = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    dropped = [left + right[1:] for left, right in cuts if right]
    replaced = [left + letter + right[1:] for left, right in cuts if right for letter in alphabet]
    added = [left + letter + right for left, right in cuts for letter in alphabet]
    return [other for other in dict.fromkeys((*swapped, *dropped, *replaced, *added)) if other != word]


def within_two_edits(word: str, others: Iterable[str]) -> list[str]:
    """Return the words of `others` that are at most two edits away, in their order."""
    return [other for other in others if OSA.distance(word, other, score_cutoff=2) <= 2]


def _alphabet(word: str) -> str | None:
    return next((alphabet for alphabet in ALPHABETS if set(word) <= set(alphabet)), None)
