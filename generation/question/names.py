"""Names with a number in them: models, codes, versions, years. "E47", "e 47" and "E-47" are one name.

Near-identical manuals and rows differ in such names alone, and to a small model "X200" is nearly "X300". Works on
letters and digits, so in any language; which words before a number make a name is read off the documents. Knows no
model and no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generation.english.words import STOP

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Scripts without spaces between words, in which a name ends where they begin: "X200的重量"."""
_TOKEN = re.compile(rf"[^\W_{_SPACELESS}]+(?:[-‐‑–./][^\W_{_SPACELESS}]+)*|[{_SPACELESS}]+", re.UNICODE)
_JOINT = re.compile(r"[\W_]+")
_JOINED = re.compile(r"[^\W\d_]+[-‐‑–./]?\d", re.UNICODE)
_GROUPED = re.compile(r"\d+(?:[-‐‑–]\d+)+")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_RANGE = re.compile(r"([^\W\d_]+) (\d{1,9})[-‐‑–](\d{1,9})(?![-‐‑–\d])", re.UNICODE)
_LISTED = re.compile(r"\s*(?:[,;/&+]|,?\s(?:and|or|und|oder|et|ou|y|o|e|ed)\s)\s*")
"""What stands between the numbers of several names: "Hydra 10, 20 and 40"."""
_VERSION = re.compile(r"\d\.\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST = 24
_SHORT = 3
"""Letters of a word that makes no name if the documents have it in small letters: "Die 3 Tasten"."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, the one spelling in which names are compared, and what its siblings begin with."""

    text: str
    key: str
    family: str

    @property
    def plain(self) -> bool:
        """Whether it is a word and a number, which may as well be a quantity: "within 30"."""
        return " " in self.text and not _JOINED.match(self.text)


@dataclass(slots=True)
class Known:
    """The names in the documents found, by family: the keys with their first spelling.

    A family of a word and a number counts if the word has a capital that it would not have as the first word of a
    sentence or of a heading, or if several headings, rows or columns begin so, or have versions: "Within 14 days" is
    no name.
    """

    spelled: dict[str, str] = field(default_factory=dict)
    families: dict[str, set[str]] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    first: dict[str, set[str]] = field(default_factory=dict)
    ranges: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    def add(self, text: str, *, heads: bool) -> None:
        """Add the names of a text; `heads` says that it is a title, a heading, or the name of a row or column."""
        for name, begins in _placed(text):
            self.spelled.setdefault(name.key, name.text)
            if name.family == "year":
                self._count(name, heads, heads)
            elif not name.plain:
                self._count(name, True, True)
            elif name.text[0].isupper() and not begins:
                self._count(name, True, heads)
            elif heads and (name.text[0].isupper() or _VERSION.search(name.text)):
                self.first.setdefault(name.family, set()).add(name.key)
        for word, low, high in _RANGE.findall(text):
            self.ranges.setdefault(word.casefold(), []).append((int(low), int(high)))
        self.words |= {word for word in text.split() if len(word) <= _SHORT and word.islower()}

    def siblings(self, name: Name) -> tuple[str, ...]:
        """Return the other names of its family as they are written; none if the documents have no such family."""
        others = self._family(name) - {name.key}
        if self._is_in_range(name) or (name.family not in self.sure and len(others) < 2):
            return ()
        return tuple(self.spelled[key] for key in sorted(others, key=lambda key: (len(key), key)))

    def has(self, name: Name) -> bool:
        """Return whether the documents have this name, and as a name, not as a quantity."""
        in_family = name.key in self._family(name) or (not name.plain and name.family != "year")
        return name.key in self.spelled and in_family

    def _count(self, name: Name, counts: bool, sure: bool) -> None:
        if counts:
            self.families.setdefault(name.family, set()).add(name.key)
        if sure:
            self.sure.add(name.family)

    def _family(self, name: Name) -> set[str]:
        if name.plain and name.family in self.words:
            return set()
        found, first = self.families.get(name.family, set()), self.first.get(name.family, set())
        return found | first if found or len(first) > 1 else set()

    def _is_in_range(self, name: Name) -> bool:
        number = name.key.removeprefix(name.family)
        ranges = self.ranges.get(name.family, ())
        return number.isdecimal() and any(low <= int(number) <= high for low, high in ranges)


def names(text: str, *, listed: bool = True) -> Iterator[Name]:
    """Yield the names of a text in order: letters and digits in one word, digits in groups, a word and its number.

    With `listed` also those of which only the number is written: the second one of "Hydra 10 and 20".
    """
    return (name for name, _ in _placed(text, listed=listed))


def keys(text: str) -> frozenset[str]:
    """Return the keys of all names of a text."""
    return frozenset(name.key for name in names(text))


def asked(question: str, known: Known) -> tuple[Name, ...]:
    """Return the names that a question asks about: those that the documents have, or that have siblings there."""
    found = {name.key: name for name in names(question)}
    written = {name.key for name in names(question, listed=False)}
    return tuple(name for name in found.values() if known.has(name) or (name.key in written and known.siblings(name)))


def others(text: str, wanted: Iterable[Name]) -> bool:
    """Return whether a text names a sibling of a wanted name and not that name itself."""
    families: Mapping[str, set[str]] = _families(wanted)
    there: dict[str, set[str]] = _families(names(text))
    return any(there.get(family) and not there[family] & keys_ for family, keys_ in families.items())


def _families(found: Iterable[Name]) -> dict[str, set[str]]:
    families: dict[str, set[str]] = {}
    for name in found:
        families.setdefault(name.family, set()).add(name.key)
    return families


def _placed(text: str, *, listed: bool = True) -> Iterator[tuple[Name, bool]]:
    """Yield the names, and whether each is at the beginning of the text or of a sentence."""
    before: re.Match[str] | None = None
    last: tuple[Name, int] | None = None
    for match in _TOKEN.finditer(text):
        word = match.group()
        if not any(char.isdigit() for char in word) or len(word) > _LONGEST:
            before = match
            continue
        if _YEAR.fullmatch(word):
            yield Name(word, word, "year"), False
        elif _JOINED.match(word) or _is_part_number(word):
            for each in _apart(word):
                yield _name(each), False
                last = _name(each), match.end()
        elif (
            listed and last is not None and _NUMBER.fullmatch(word) and _LISTED.fullmatch(text, last[1], match.start())
        ):
            name = _name(re.sub(r"\d[\d.]*$", word, last[0].text))
            yield name, False
            last = name, match.end()
        elif _NUMBER.fullmatch(word) and before is not None and _adjacent(text, before, match):
            name = _name(text[before.start() : match.end()])
            yield name, _begins(text, before.start())
            last = name, match.end()
        before = None


def _apart(word: str) -> list[str]:
    """Return the names in "E46/E47"; any other word is one name."""
    found = word.split("/")
    return found if all(_JOINED.match(each) for each in found) else [word]


def _is_part_number(word: str) -> bool:
    """Return whether digits in groups are a number of a part, not a range: "4711-22", not "10-40" or "2024-2026"."""
    groups = re.split(r"\D", word)
    if not _GROUPED.fullmatch(word) or all(_YEAR.fullmatch(group) for group in groups):
        return False
    return len(groups) > 2 or any(len(group) > 3 for group in groups)


def _name(text: str) -> Name:
    key = _JOINT.sub("", text.casefold())
    if text[0].isdigit():
        return Name(text, key, re.split(r"\D", text, maxsplit=1)[0] or key)
    letters = re.match(r"[^\W\d_]+", key)
    return Name(" ".join(text.split()), key, letters.group() if letters else key)


def _adjacent(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """Return whether a word stands right before a number and may be a part of a name."""
    word = before.group()
    return (
        text[before.end() : match.start()] == " "
        and not any(char.isdigit() for char in word)
        and word.casefold() not in STOP
    )


def _begins(text: str, place: int) -> bool:
    """Return whether a sentence begins here."""
    head = text[:place].rstrip(" \t\"'“‘(*")[-1:]
    return not head or head in ".!?:;|•\n>"
