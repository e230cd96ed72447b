"""Writes a cell's value as Excel shows it: "7.5%" for 0.075 in "0.0%", "00815", "1,249.50 €", "36:00", "1 1/4".

Decimals are separated as in English, since a file does not say where it is opened. A date whose format is "as in the
reader's country" is written as 2026-03-01. A whole number in the format General keeps its digits, where Excel would
shorten it to 9.78E+12. The sections of formats are read in `format_codes`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from core.types import CellType
from ingest.readers.office.values.date_names import day_name, month_name
from ingest.readers.office.values.format_codes import Section, Token, sections

LOCAL_DATE, LOCAL_DATE_TIME = 14, 22
"""Built-in formats that each country writes in its own way."""
BUILTIN = {LOCAL_DATE: "yyyy-mm-dd", LOCAL_DATE_TIME: "yyyy-mm-dd h:mm"}
_LAST_DAY = 2_958_465
"""31 December 9999, the last date that Excel shows."""
_OUT_OF_RANGE = "########"
_CURRENCIES = "$€£¥₹₽₩₺₴₪฿₫₱¢"
_MAX_UNIT = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of a cell, the type of its value, and the unit that its format adds."""

    text: str
    type: CellType
    unit: str | None = None


@lru_cache(maxsize=1 << 14, typed=True)
def shown(value: float | str | bool, code: str, *, from_1904: bool = False) -> Shown:
    """Return what a cell with this value and number format shows."""
    if isinstance(value, str):
        return Shown(_with_text(value, code), "text")
    if isinstance(value, bool):
        return Shown("TRUE" if value else "FALSE", "text")
    if not math.isfinite(value):
        return Shown(str(value), "number")
    section, size = _section_for(value, code)
    if section.has("date"):
        return Shown(_tidy(_date(size, section, from_1904)), "date")
    if section.has("text") and not section.has("digit"):
        text = "".join(general(size) if token.kind == "text" else token.text for token in section.tokens)
        return Shown(_tidy(text), "number")
    return Shown(_tidy(_number(size, section)), "number", _unit(section))


def is_date(code: str) -> bool:
    """Return whether the format shows a number as a date or a time."""
    return sections(code)[0].has("date")


def general(value: float) -> str:
    """Return a number as the format General shows it: at most 9 decimals, and an exponent for the very small."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    size = abs(value)
    if size >= 1e15 or size < 1e-9:
        return _short_exponent(value, 15 if size > 1 else 6)
    if size < 1e-4 and not math.isclose(float(f"{value:.9f}"), value, rel_tol=1e-9):
        return _short_exponent(value, 6)
    if size >= 1e10:
        return format(value, ".15g")
    decimals = max(10 - len(str(int(size))), 1)
    text = str(_rounded(value, decimals))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _short_exponent(value: float, digits: int) -> str:
    mantissa, _, power = f"{value:.{digits - 1}E}".partition("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{power}"


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _with_text(value: str, code: str) -> str:
    """Return a text in its format's last section, if that is one for text; else as it is."""
    section = sections(code)[-1]
    if not section.has("text") or section.has("digit", "date"):
        return value
    return "".join(value if token.kind == "text" else token.text for token in section.tokens if token.kind != "fill")


def _section_for(value: float, code: str) -> tuple[Section, float]:
    """Return the section for a number, and the number to write in it: without its sign if the section has its own."""
    parts = sections(code)
    if len(parts) > 3 or (len(parts) > 1 and parts[-1].has("text")):
        parts = parts[: min(len(parts) - 1, 3)]
    if any(part.condition for part in parts):
        for part in parts:
            if part.condition is None or _holds(value, *part.condition):
                below = part.condition is not None and part.condition[0][0] == "<" and part.condition[1] <= 0
                return part, abs(value) if below else value
        return parts[-1], value
    if value < 0 and len(parts) > 1:
        return parts[1], abs(value)
    if value == 0 and len(parts) > 2:
        return parts[2], value
    return parts[0], value


def _holds(value: float, operator: str, bound: float) -> bool:
    if operator in {"<=", ">=", "="} and value == bound:
        return True
    return (operator[0] == "<" and value < bound) or (operator[-1:] == ">" and value != bound and value > bound) or (
        operator == ">=" and value > bound) or (operator == "<>" and value != bound)  # fmt: skip


def _unit(section: Section) -> str | None:
    """Return the unit that a section writes at its number: "%", "€", "kg"."""
    if section.has("percent"):
        return "%"
    texts: list[str] = []
    apart = True
    for token in section.tokens:
        if token.kind == "literal":
            texts = [*texts[:-1], texts[-1] + token.text] if texts and not apart else [*texts, token.text]
        apart = token.kind != "literal"
    for text in (" ".join(text.split()).strip("()") for text in texts):
        if 0 < len(text) <= _MAX_UNIT and any(char.isalpha() or char in _CURRENCIES or char == "°" for char in text):
            return text
    return None


def _rounded(value: float, decimals: int) -> Decimal:
    """Return a number rounded half away from zero, as Excel does: from its 15 significant digits."""
    exact = Decimal(format(value, ".15g"))
    if exact.adjusted() + decimals > 24:  # nothing of its 15 digits would be rounded
        return exact
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _number(value: float, section: Section) -> str:
    if section.has("general"):
        return "".join(general(value) if token.kind == "general" else token.text for token in section.tokens)
    if not section.has("digit"):
        sign = "-" if value < 0 else ""
        return sign + "".join(token.text for token in section.tokens if token.kind != "fill")
    tokens = list(section.tokens)
    places = [place for place, token in enumerate(tokens) if token.kind == "digit"]
    slash = next((p for p, t in enumerate(tokens) if t.kind == "slash" and places[0] < p), None)
    if slash is not None and "point" not in {token.kind for token in tokens}:
        return _sign(value) + _fraction(abs(value), tokens, slash)
    value *= 100 ** sum(token.kind == "percent" for token in tokens)
    exponent = next((place for place, token in enumerate(tokens) if token.kind == "exponent"), None)
    if exponent is not None:
        return _sign(value) + _scientific(abs(value), tokens, exponent)
    return _sign(value) + _decimal(abs(value), tokens)


def _sign(value: float) -> str:
    return "-" if value < 0 else ""


def _decimal(value: float, tokens: Sequence[Token]) -> str:
    """Return a number in the digits of its format; commas between them group thousands, commas after them divide."""
    point = next((place for place, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    whole, rest = list(tokens[:point]), list(tokens[point:])
    last = max((place for place, token in enumerate(whole) if token.kind == "digit"), default=-1)
    thousands = 0
    while last + 1 + thousands < len(whole) and whole[last + 1 + thousands].kind == "comma":
        thousands += 1
    if last >= 0:
        del whole[last + 1 : last + 1 + thousands]
    trailing = [place for place, token in enumerate(rest) if token.kind == "digit"]
    for place in range(trailing[-1] + 1 if trailing else len(rest), len(rest)):
        if rest[place].kind != "comma":
            break
        thousands += 1
    value /= 1000**thousands
    number = _rounded(value, len(trailing))
    digits, _, decimals = format(number, "f").partition(".")
    return _whole(digits.lstrip("0"), whole) + _decimals(decimals, rest)


def _whole(digits: str, tokens: Sequence[Token]) -> str:
    """Return the digits before the point, from the right; what has no place of its own stands before the first."""
    places = [place for place, token in enumerate(tokens) if token.kind == "digit"]
    first = places[0] if places else None
    grouped = first is not None and any(token.kind == "comma" for token in tokens[first : places[-1]])
    parts: list[str] = []
    left, count = digits, 0

    def put(digit: str) -> None:
        nonlocal count
        if grouped and count and count % 3 == 0 and digit.strip():
            parts.append(",")
        parts.append(digit)
        count += 1

    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.kind == "digit":
            if left:
                put(left[-1])
                left = left[:-1]
            elif token.text != "#":
                put("0" if token.text == "0" else " ")
            if place == first:
                while left:
                    put(left[-1])
                    left = left[:-1]
        elif token.kind == "fill":
            parts.append(_filling(token, tokens[:place]))
        elif token.kind != "comma" or not grouped:
            parts.append(token.text[::-1])
    return (left if first is None else "") + "".join(parts)[::-1]


def _filling(token: Token, before: Sequence[Token]) -> str:
    """Return what stands for a repeated character: blanks between a currency and its number close up."""
    text = "".join(each.text for each in before if each.kind == "literal").strip()
    return "" if not text or text[-1] in _CURRENCIES + "(-" else " "


def _decimals(digits: str, tokens: Sequence[Token]) -> str:
    parts, at = [], 0
    for token in tokens:
        if token.kind == "digit":
            needed = token.text == "0" or digits[at:].strip("0")
            parts.append(digits[at : at + 1] if needed else " " if token.text == "?" else "")
            at += 1
        elif token.kind == "fill":
            parts.append(" ")
        elif token.kind != "comma" or not at:
            parts.append(token.text)
    return "".join(parts)


def _scientific(value: float, tokens: Sequence[Token], exponent: int) -> str:
    mantissa, power = list(tokens[:exponent]), list(tokens[exponent + 1 :])
    point = next((place for place, token in enumerate(mantissa) if token.kind == "point"), len(mantissa))
    step = max(sum(token.kind == "digit" for token in mantissa[:point]), 1)
    decimals = sum(token.kind == "digit" for token in mantissa[point:])
    size = 0 if value == 0 else math.floor(math.log10(value) + 1e-12)
    raised = size // step * step
    number = _rounded(value / 10.0**raised if raised > -300 else value, decimals)
    if number >= 10**step:
        raised += step
        number = _rounded(value / 10.0**raised, decimals)
    sign = "-" if raised < 0 else "+" if tokens[exponent].text[1] == "+" else ""
    digits = [token for token in power if token.kind == "digit"]
    rest = "".join(token.text for token in power if token.kind in {"literal", "percent"})
    return _decimal(float(number), mantissa) + "E" + sign + _whole(str(abs(raised)).lstrip("0"), digits) + rest


def _fraction(value: float, tokens: Sequence[Token], slash: int) -> str:
    """Return a number as a fraction, after its whole part if the format has a place for that."""
    end = slash + 1
    while end < len(tokens) and (tokens[end].kind == "digit" or tokens[end].text.isdigit()):
        end += 1
    below = "".join(token.text for token in tokens[slash + 1 : end])
    start = slash
    while start and tokens[start - 1].kind == "digit":
        start -= 1
    whole = list(tokens[:start])
    mixed = any(token.kind == "digit" for token in whole)
    number, left = divmod(value, 1) if mixed else (0.0, value)
    fixed = int(below) if below.isdigit() and int(below) else None
    if fixed:
        above, under = int(_rounded(left * fixed, 0)), fixed
    else:
        above, under = _near(left, 10 ** min(len(below), 7))
    if mixed and above == under:
        number, above = number + 1, 0
    after = "".join(token.text for token in tokens[end:] if token.kind in {"literal", "percent"})
    front = _whole(str(int(number)).lstrip("0"), whole) if mixed else "".join(t.text for t in whole)
    if mixed and above == 0:
        return (front.rstrip() or "0") + after
    return f"{front.strip()} {above}/{under}{after}".strip()


def _near(value: float, below: int) -> tuple[int, int]:
    """Return the last convergent of the number's continued fraction whose denominator is less than `below`."""
    above, under, last_above, last_under = int(value), 1, 1, 0
    left = value - int(value)
    while left > 1e-9:
        whole, left = divmod(1 / left, 1)
        if int(whole) * under + last_under >= below:
            break
        above, last_above = int(whole) * above + last_above, above
        under, last_under = int(whole) * under + last_under, under
    return above, under


def _date(serial: float, section: Section, from_1904: bool) -> str:
    tokens = section.tokens
    precision = next((len(t.text) - 1 for t in tokens if t.kind == "date" and t.text[0] == "."), 0)
    elapsed = any(token.text[0] == "[" for token in tokens if token.kind == "date")
    if (serial < 0 and not elapsed) or abs(serial) > _LAST_DAY:
        return _OUT_OF_RANGE
    seconds = _rounded(abs(serial) * 86400, precision)
    days, in_day = int(seconds // 86400), seconds % 86400
    halves = any(token.text in {"am/pm", "a/p"} for token in tokens if token.kind == "date")
    written = "-" if serial < 0 else ""
    for token in tokens:
        if token.kind == "date":
            written += _date_part(token.text, days, in_day, seconds, halves, section.locale, from_1904)
        elif token.kind != "fill":
            written += token.text
    return written


def _date_part(
    part: str, days: int, in_day: Decimal, seconds: Decimal, halves: bool, locale: int | None, from_1904: bool
) -> str:
    hour = int(in_day // 3600)
    if part[0] == "[":
        unit = {"h": 3600, "m": 60, "s": 1}[part[1]]
        return str(int(seconds // unit)).zfill(len(part) - 2)
    if part in {"am/pm", "a/p"}:
        return ("AM" if hour < 12 else "PM")[: 2 if part == "am/pm" else 1]
    if part[0] == ".":
        return "." + str(int(in_day % 1 * 10 ** (len(part) - 1))).zfill(len(part) - 1)
    if part[0] in "hns":
        if part[0] == "h":
            number = (hour % 12 or 12) if halves else hour
        else:
            number = int(in_day // 60 % 60) if part[0] == "n" else int(in_day % 60)
        return str(number).zfill(min(len(part), 2))
    return _day_part(part, *_calendar(days, from_1904), locale)


def _calendar(days: int, from_1904: bool) -> tuple[int, int, int, int]:
    """Return year, month, day and weekday of a day's number; in Excel 1900 has a 29 February, and a day 0."""
    if from_1904:
        found = date(1904, 1, 1) + timedelta(days)
    elif days == 60:
        return 1900, 2, 29, 2
    elif days == 0:
        return 1900, 1, 0, 5
    else:
        found = date(1899, 12, 31 if days < 60 else 30) + timedelta(days)
    return found.year, found.month, found.day, found.weekday()


def _day_part(part: str, year: int, month: int, day: int, weekday: int, locale: int | None) -> str:
    length = len(part)
    if part[0] in "yeb":
        shown_year = year + 543 if part[0] == "b" else year
        return str(shown_year % 100).zfill(2) if length < 3 and part[0] != "e" else str(shown_year)
    if part[0] == "g":
        return ""
    if part[0] == "a" or (part[0] == "d" and length > 2):
        return day_name(weekday, locale, min(length, 4))
    if part[0] == "m" and length > 2:
        return month_name(month, locale, min(length, 5))
    return str(month if part[0] == "m" else day).zfill(length)
