"""The quantities of a text as ranges of values: "1.5 minutes" is 90 s, "at least 3 days" is 3 days or longer.

Reads figures, units and the words around them. Knows no sources: `generation.english.opposition` decides whether two
statements are about the same thing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from types import MappingProxyType
from typing import Literal

from generation.english.claims import NUMBER_WORDS, UNITS
from generation.english.words import STOP, WORD, fold, stem

Bound = Literal["exact", "range", "most", "least"]
SAME = 0.03
"""Relative difference up to which two values are equal: a month is 30 days, a gigabyte 1,000 or 1,024 megabytes."""
ROUGH = 0.2
"""The same for rough values: "about five"."""

_DIMENSIONS = """
    time ms 0.001 s 1 min 60 h 3600 day 86400 week 604800 month 2629800 year 31557600
    length mm 1 cm 10 m 1000 km 1000000 in 25.4 ft 304.8
    mass mg 0.001 g 1 kg 1000 lb 453.592 oz 28.3495
    volume ml 1 l 1000
    power w 1 kw 1000
    frequency hz 1 khz 1000 mhz 1000000 ghz 1000000000
    pressure bar 1 psi 0.0689476
    data kb 1 mb 1000 gb 1000000 tb 1000000000
"""
DIMENSIONS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        unit: (words[0], float(factor))
        for words in map(str.split, _DIMENSIONS.strip().splitlines())
        for unit, factor in zip(words[1::2], words[2::2], strict=True)
    }
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\b(?:" + "|".join(NUMBER_WORDS) + r")\b"
_WHOLE = rf"(?:{_NUMBER})(?!\.?\d|[:/]\d|\w*\d)"
_FIGURE = re.compile(
    rf"(?<![\w.,:/-])(?P<money>[$€£]\s?)?(?P<low>[-−]?(?:{_WHOLE}))"
    rf"(?:\s?(?:°\s?[CF]|%|[A-Za-z]{{1,12}})?\s?(?:-|–|—|\bto\b|\bor\b|\band\b)\s?[$€£]?(?P<high>{_WHOLE}))?"
    r"(?P<unit>\s?-?(?:°\s?[CF]\b|[%°$€£]|[A-Za-z]+(?![^\W\d_])))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\w.:/-])(\d{1,2})(?::([0-5]\d))?\s?([ap])\.?m\b|(?<![\w.:/-])([01]?\d|2[0-3]):([0-5]\d)(?![:\d])", re.I
)
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d+(?:\.\d+){2,}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LABEL = re.compile(
    r"\b(?:step|page|section|version|chapter|figure|fig\.|table|article|part|number|no\.|room|level|grade|class|type|"
    r"option|channel|line|port|code|error|series|model|windows|android|ios|appendix|annex|note|phase|tier|covid)\s*#?$",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:at least|minimum(?: of)?|min\.?|(?:no|not) (?:less|fewer|shorter|earlier) than|"
    r"(?<!no )(?<!not )(?:more|longer|higher) than|over|above|exceed(?:s|ing)?|≥|>)\s*$",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"(?:up to|at most|maximum(?: of)?|max\.?|(?:no|not) (?:more|longer|later|higher) than|(?<!no )(?<!not )(?:less|"
    r"fewer|shorter) than|under|below|within|(?:not|never) exceed|as much as|as many as|≤|<)\s*(?:the first )?$",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|~|ca\.?|circa)\s*$", re.I)
_OR_MORE = re.compile(r"\s*(?:or|and) (?:more|longer|above|over|higher|older|up)\b", re.IGNORECASE)
_OR_LESS = re.compile(r"\s*(?:or|and) (?:less|fewer|shorter|below|under|younger)\b|\s*(?:at most|maximum)\b", re.I)
_CLAUSE = re.compile(r"[^.,;:()\n|]*")
_GOES_ON = STOP - {"in", "on", "up", "off", "out"} | {"per", "and", "within", "when", "every", "are", "must"}
LOOK_BEHIND = 24
NOUNS = 4
"""Words after a number without a unit that may say what is counted: "three failed log-in attempts"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """The values that a figure allows, `low` to `high` in its dimension's base unit; `text[start:end]` is the figure.

    `text[start:shown_end]` is the figure as a message shows it: with what is counted, or with the word between number
    and unit. `counted` has the stems of the words after a number without a unit, and is empty for one with a unit.
    """

    dimension: str
    low: float
    high: float
    bound: Bound
    start: int
    end: int
    shown_end: int
    rough: bool = False
    counted: frozenset[str] = frozenset()

    def comparable(self, other: Quantity) -> bool:
        """Return whether both measure or count the same kind of thing."""
        if self.dimension != other.dimension:
            return False
        return self.dimension != "count" or bool(self.counted & other.counted)

    def clashes(self, other: Quantity) -> bool:
        """Return whether no value fits both. Two limits of one kind clash if they differ."""
        slack = ROUGH if self.rough or other.rough else SAME
        if self.bound == other.bound == "most":
            return not math.isclose(self.high, other.high, rel_tol=slack)
        if self.bound == other.bound == "least":
            return not math.isclose(self.low, other.low, rel_tol=slack)
        first, last = sorted((self, other), key=lambda each: (each.low, each.high))
        return last.low > first.high and not math.isclose(last.low, first.high, rel_tol=slack)


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text, in order, without dates, years, versions and numbers that name a step."""
    plain = _DATE.sub(lambda match: " " * len(match.group()), text)
    found = [_clock(match) for match in _CLOCK.finditer(plain)]
    plain = _CLOCK.sub(lambda match: " " * len(match.group()), plain)
    found += [each for match in _FIGURE.finditer(plain) for each in _measured(match, plain)]
    return sorted(found, key=lambda each: each.start)


def years(text: str) -> frozenset[str]:
    """Return the years in a text."""
    return frozenset(_YEAR.findall(text))


def without_quantities(text: str) -> str:
    """Return the text without its figures and units; the words for what is counted stay."""
    for each in reversed(quantities(text)):
        text = f"{text[: each.start]} {text[each.end :]}"
    return text


def _clock(match: re.Match[str]) -> Quantity:
    hour, minute = match.group(1) or match.group(4), match.group(2) or match.group(5) or "0"
    noon = {"a": 0, "p": 12}.get((match.group(3) or "").lower())
    value = 60.0 * (int(hour) if noon is None else int(hour) % 12 + noon) + int(minute)
    return Quantity("clock", value, value, "exact", match.start(), match.end(), match.end())


def _measured(match: re.Match[str], text: str) -> Iterator[Quantity]:
    before = text[max(0, match.start() - LOOK_BEHIND) : match.start()]
    if _LABEL.search(before):
        return
    unit, end, shown_end, counted = _unit(match, text)
    if unit is None or (_YEAR.fullmatch(match.group("low")) and (not unit or unit == "count")):
        return
    dimension, factor = DIMENSIONS.get(unit, (unit, 1.0))
    low = _value(match.group("low")) * factor
    high = _value(match.group("high")) * factor if match.group("high") else low
    if unit == "°f":
        dimension, low, high = "°c", (low - 32) / 1.8, (high - 32) / 1.8
    rough = _ROUGHLY.search(before) is not None
    yield _bounded(
        Quantity(dimension, low, high, "exact", match.start(), end, shown_end, rough, counted), before, text[end:]
    )


def _bounded(found: Quantity, before: str, after: str) -> Quantity:
    low, high, bound = min(found.low, found.high), max(found.low, found.high), found.bound
    if low < high:
        bound = "range"
    elif _MOST.search(before) or _OR_LESS.match(after):
        low, bound = -math.inf, "most"
    elif _LEAST.search(before) or _OR_MORE.match(after):
        high, bound = math.inf, "least"
    return replace(found, low=low, high=high, bound=bound)


def _unit(match: re.Match[str], text: str) -> tuple[str | None, int, int, frozenset[str]]:
    """Return the unit (None without one), the two ends as in Quantity, and the stems of what is counted."""
    written = (match.group("unit") or "").strip().lstrip("-")
    folded, end, whole = written.replace(" ", "").casefold(), _number_end(match), match.end()
    if match.group("money"):
        return match.group("money").strip(), end, end, frozenset()
    if folded in UNITS and _is_unit(written, match):
        return UNITS[folded], whole, whole, frozenset()
    if folded in {"£", "°f", "°c"}:
        return folded, whole, whole, frozenset()
    following = _nouns(text, end)
    if len(following) > 1 and len(second := following[1].group().casefold()) > 2 and second in UNITS:
        return UNITS[second], end, following[1].end(), frozenset()  # "28 vacation days": the word between is no unit
    if not following:
        return None, end, end, frozenset()
    return "count", end, following[-1].end(), frozenset(stem(fold(word.group())) for word in following)


def _nouns(text: str, start: int) -> list[re.Match[str]]:
    """Return the words directly after a number, up to a mark or a word that begins something else."""
    clause = _CLAUSE.match(text, start)
    found = WORD.finditer(text, start, clause.end() if clause else start)
    return list(takewhile(lambda word: word.group().casefold() not in _GOES_ON, found))[:NOUNS]


def _is_unit(written: str, match: re.Match[str]) -> bool:
    """Return whether a word is a unit, and not only spelled like one: "5 in the box", "5 a day"."""
    if written.casefold() in {"in", "a"}:
        return match.group("unit")[0] not in " \t\n" or written == "A"
    return True


def _number_end(match: re.Match[str]) -> int:
    return match.end("high") if match.group("high") else match.end("low")


def _value(number: str) -> float:
    number = NUMBER_WORDS.get(number.casefold(), number).replace("−", "-")
    number = re.sub(r",(?=\d{3}(?!\d))", "", number)
    return float(number.replace(",", "."))
