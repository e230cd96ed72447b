"""Splits an Excel number format ("0.00 [$€-407];[Red]-0") into sections and their tokens (ECMA-376, part 1, 18.8.31).

Knows no values; `number_formats` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

MAX_CODE = 1000
"""Characters of a format that are read; Excel itself allows 255."""

Kind = Literal["literal", "digit", "point", "comma", "percent", "exponent", "slash", "text", "general", "date", "fill"]


class Token(NamedTuple):
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One of the parts between semicolons. `condition` is the operator and bound of "[>=10]"."""

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None
    locale: int | None = None

    def has(self, *kinds: Kind) -> bool:
        return any(token.kind in kinds for token in self.tokens)


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]|'
    r"(?P<general>general)|(?P<half>AM/PM|A/P)|(?P<exponent>E[+-])|(?P<fraction>(?<=s)\.0+)|"
    r"(?P<date>y+|m+|d+|h+|s+|e+|aaaa?|b{2,4}|g+)|(?P<digits>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CURRENCY = re.compile(r"\$([^-\]]*)(?:-([0-9A-Fa-f]+))?")
_SINGLE: dict[str, Kind] = {".": "point", ",": "comma", "%": "percent", "/": "slash", "@": "text"}


@lru_cache(maxsize=4096)
def sections(code: str) -> tuple[Section, ...]:
    """Return the sections of a format; "Standard" and nothing at all are "General"."""
    code = code[:MAX_CODE]
    if code.strip().lower() in {"", "general", "standard"}:
        return (Section((Token("general", ""),)),)
    return tuple(_section(part) for part in _split(code))


def _split(code: str) -> list[str]:
    parts, at, start = [], 0, 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        assert match is not None
        if match.group() == ";":
            parts.append(code[start:at])
            start = match.end()
        at = match.end()
    return [*parts, code[start:]]


def _section(code: str) -> Section:
    tokens: list[Token] = []
    condition: tuple[str, float] | None = None
    locale: int | None = None
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup, match.group(match.lastgroup or 0)
        if kind == "bracket":
            if found := _CONDITION.fullmatch(text):
                condition = (found.group(1), float(found.group(2)))
            elif _ELAPSED.fullmatch(text):
                tokens.append(Token("date", f"[{text.lower()}]"))
            elif found := _CURRENCY.match(text):
                tokens.append(Token("literal", found.group(1)))
                locale = int(found.group(2)[-4:], 16) if found.group(2) else locale
        else:
            tokens.append(_token(kind or "other", text))
    return Section(tuple(_with_minutes(tokens)), condition, locale)


def _token(kind: str, text: str) -> Token:
    if kind in {"quoted", "escaped"}:
        return Token("literal", text)
    if kind == "blank":
        return Token("literal", " ")
    if kind in {"fill", "exponent"}:
        return Token("fill" if kind == "fill" else "exponent", text)
    if kind == "general":
        return Token("general", "")
    if kind in {"date", "half", "fraction"}:
        return Token("date", text.lower())
    if kind == "digits":
        return Token("digit", text)
    return Token(_SINGLE.get(text, "literal"), text)


def _with_minutes(tokens: list[Token]) -> list[Token]:
    """Return the tokens with "m" and "mm" as "n" and "nn" where they are minutes: after hours or before seconds."""
    dates = [place for place, token in enumerate(tokens) if token.kind == "date"]
    for number, place in enumerate(dates):
        if tokens[place].text not in {"m", "mm"}:
            continue
        before = tokens[dates[number - 1]].text if number else ""
        after = tokens[dates[number + 1]].text if number + 1 < len(dates) else ""
        if before.strip("[]")[:1] == "h" or after.strip("[]")[:1] == "s":
            tokens[place] = Token("date", "n" * len(tokens[place].text))
    return tokens
