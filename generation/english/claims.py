"""What two questions must share to be one: figures with units, numbers, negations, directions.

Reads surface forms only. `generation.question.same_question` compares.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from generation.english.words import WORD, stem, unaccented, words

NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:[.,:/]\d+)*")
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: Mapping[str, str] = MappingProxyType(
    {word: str(value) for value, word in enumerate(_COUNTED.split())}
    | {"once": "1", "twice": "2", "fifteen": "15", "twenty": "20", "thirty": "30", "sixty": "60", "hundred": "100"}
)
# each line is one unit in all forms that manuals write
_UNIT_FORMS = """
    s sec secs second seconds
    min mins minute minutes
    h hr hrs hour hours
    ms millisecond milliseconds
    day days
    week weeks
    month months
    year years
    mm millimetre millimetres millimeter millimeters
    cm centimetre centimetres centimeter centimeters
    m metre metres meter meters
    km kilometre kilometres kilometer kilometers
    in inch inches
    ft foot feet
    mg milligram milligrams
    g gram grams
    kg kilogram kilograms
    lb lbs pound pounds
    oz ounce ounces
    ml millilitre millilitres milliliter milliliters
    l litre litres liter liters
    v volt volts
    w watt watts
    kw kilowatt kilowatts
    a amp amps ampere amperes
    mah
    hz hertz
    khz
    mhz
    ghz
    bar
    psi
    db
    kb
    mb
    gb
    tb
    px pixel pixels
    % percent
    °c
    °f
    ° degree degrees
    $ dollar dollars
    € euro euros
    times
"""
UNITS: Mapping[str, str] = MappingProxyType(
    {form: line.split()[0] for line in _UNIT_FORMS.strip().splitlines() for form in line.split()}
)
FIGURE = re.compile(r"(?<![\w.])[-+−]?\d+(?:[.,:/]\d+)*\s*-?(°\s?[CF]|%|[$€°]|[A-Za-z]+(?![^\W\d_]))?")
NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|without|cannot|unable|impossible|forbidden|prohibited|except|unless)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_DIRECTIONS = """
    before after on off up down left right above below over under more less only always must may optional required
    increase decrease enable disable open close lock unlock connect disconnect start stop add remove minimum maximum
    first last least most inside outside clockwise counterclockwise anticlockwise
"""
DIRECTIONS = frozenset(stem(word) for word in _DIRECTIONS.split())


def figures(text: str) -> set[tuple[str, str]]:
    """Return pairs of number and unit, "" without a unit; "five seconds" and "5 s" are the same pair."""
    digits = _in_digits(text)
    found = set()
    for match in FIGURE.finditer(digits):
        number = NUMBER.match(digits, match.start())
        if number:
            found.add((_plain(number.group()), UNITS.get(_unit(match), "")))
    return found


def numbers(text: str) -> set[str]:
    """Return every number of the text in digits, and the parts of ratios and dates."""
    found = {_plain(match.group()) for match in NUMBER.finditer(_in_digits(text))}
    return found | {part for number in found for part in re.split(r"[:/]", number)}


def negated(text: str) -> bool:
    """Return whether the text contains a negation."""
    return NEGATION.search(unicodedata.normalize("NFC", text)) is not None


def directions(text: str) -> set[str]:
    """Return the stems of words that reverse a question if another one replaces them: before, off, remove."""
    return {stem(word) for word in words(text)} & DIRECTIONS


def _unit(match: re.Match[str]) -> str:
    return (match.group(1) or "").replace(" ", "").casefold()


def _in_digits(text: str) -> str:
    return WORD.sub(lambda match: NUMBER_WORDS.get(match.group().casefold(), match.group()), unaccented(text))


def _plain(number: str) -> str:
    """Return a number without a plus, thousands' commas or a trailing mark: "1,000" is "1000", "2,5" stays."""
    number = number.replace("−", "-").removeprefix("+")
    return re.sub(r",(?=\d{3}(?!\d))", "", number)
