"""Writes numbers as lists and notes show them: letters, Roman numerals and the other forms of office programs."""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
_ARABIC = "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_HAN = "〇一二三四五六七八九"
_ONES = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
]
_TENS = ("", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_ORDINALS = {
    "One": "First", "Two": "Second", "Three": "Third", "Five": "Fifth", "Eight": "Eighth", "Nine": "Ninth",
    "Twelve": "Twelfth",
}  # fmt: skip
_MARKS = "*†‡§"
_LONGEST = 9999
"""Numbers above are written with digits in every form."""


def numeral(count: int, form: str) -> str:
    """Return a number in a form of Word's `ST_NumberFormat`; digits for a form that is not known."""
    if form == "none":
        return ""
    write = _FORMS.get(form)
    return write(count) if write is not None and 0 < count <= _LONGEST else f"{count}"


def roman(count: int) -> str:
    parts = []
    for worth, sign in _ROMAN:
        parts.append(sign * (count // worth))
        count %= worth
    return "".join(parts)


def letters(count: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """Return a, b, … z, aa, bb, …: Word doubles the letter."""
    turns, place = divmod(count - 1, len(alphabet))
    return alphabet[place] * min(turns + 1, 20)


def counted_letters(count: int) -> str:
    """Return a, b, … z, aa, ab, …: OpenDocument counts on."""
    found = ""
    while count > 0:
        count, place = divmod(count - 1, 26)
        found = chr(ord("a") + place) + found
    return found


def _circled(count: int) -> str:
    if count <= 20:
        return chr(0x2460 + count - 1)
    return chr(0x3251 + count - 21) if count <= 35 else f"{count}"


def _han(count: int) -> str:
    if count >= 100:
        return "".join(_HAN[int(digit)] for digit in str(count))
    tens, ones = divmod(count, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_HAN[tens]}十"
    return head + (_HAN[ones] if ones else "")


def _ordinal(count: int) -> str:
    ending = "th" if count % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def _words(count: int) -> str:
    if count >= 100:
        return f"{count}"
    if count < 20:
        return _ONES[count]
    tens, ones = divmod(count, 10)
    return _TENS[tens] + (f"-{_ONES[ones].lower()}" if ones else "")


def _ordinal_words(count: int) -> str:
    if count >= 100:
        return _ordinal(count)
    head, joint, last = _words(count).rpartition("-")
    usual = last.capitalize()
    ending = _ORDINALS.get(usual) or (f"{usual[:-1]}ieth" if usual.endswith("y") else f"{usual}th")
    return head + joint + (ending.lower() if joint else ending)


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerRoman": roman,
    "upperRoman": lambda count: roman(count).upper(),
    "lowerLetter": letters,
    "upperLetter": lambda count: letters(count).upper(),
    "ordinal": _ordinal,
    "cardinalText": _words,
    "ordinalText": _ordinal_words,
    "hex": lambda count: f"{count:X}",
    "chicago": lambda count: _MARKS[(count - 1) % 4] * ((count - 1) // 4 + 1),
    "decimalZero": lambda count: f"{count:02d}",
    "numberInDash": lambda count: f"- {count} -",
    "decimalFullWidth": lambda count: "".join(chr(ord(digit) - 0x30 + 0xFF10) for digit in str(count)),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": lambda count: f"({count})",
    "decimalEnclosedFullstop": lambda count: f"{count}.",
    "russianLower": lambda count: letters(count, _CYRILLIC),
    "russianUpper": lambda count: letters(count, _CYRILLIC).upper(),
    "greekLower": lambda count: letters(count, _GREEK),
    "greekUpper": lambda count: letters(count, _GREEK).upper(),
    "hebrew2": lambda count: letters(count, _HEBREW),
    "arabicAbjad": lambda count: letters(count, _ARABIC),
    "aiueoFullWidth": lambda count: letters(count, _KANA),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "japaneseCounting": _han,
    "ideographDigital": lambda count: "".join(_HAN[int(digit)] for digit in str(count)),
    "taiwaneseCounting": _han,
    "taiwaneseCountingThousand": _han,
}
