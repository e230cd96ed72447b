"""Words that a misspelt one may have been meant as: one slip away, or two for long words, first letter right.

Knows no index and no language: whether a candidate means anything is for the caller to look up
(Damerau, CACM 1964: insertion, deletion, substitution, transposition).
"""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 5
"""Letters of the shortest word that is corrected: below, one slip makes any word another."""
SHORTEST_FOR_TWO = 8
KEPT_PREFIX = 3
"""First letters that two slips must leave alone."""
LATIN = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = (
    LATIN,
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρσςτυφχψω",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءئؤ",
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
)


def correctable(word: str) -> bool:
    """Return whether a folded word is long enough, all letters, and in a script whose slips are known."""
    return len(word) >= SHORTEST and word.isalpha() and _alphabet(word) is not None


def one_slip(word: str) -> list[str]:
    """Return every spelling one slip away that keeps the first letter; about fifty a letter."""
    alphabet = _alphabet(word) or ""
    cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    swapped = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    dropped = [left + right[1:] for left, right in cuts if right]
    replaced = [left + letter + right[1:] for left, right in cuts if right for letter in alphabet]
    added = [left + letter + right for left, right in cuts for letter in alphabet]
    return [other for other in dict.fromkeys((*swapped, *dropped, *replaced, *added)) if other != word]


def within_two(word: str, others: Iterable[str]) -> list[str]:
    """Return which of the others are at most two slips away."""
    return [other for other in others if abs(len(other) - len(word)) <= 2 and slips(word, other) <= 2]


def slips(left: str, right: str) -> int:
    """Return the optimal-string-alignment distance of two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        before, above, row = row, before, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _alphabet(word: str) -> str | None:
    return next((alphabet for alphabet in ALPHABETS if set(word) <= set(alphabet)), None)
