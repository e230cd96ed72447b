"""Names with a number in them: models, codes, versions, years. "E47", "e 47" and "E-47" are one name.

Near-identical manuals and rows differ in such names alone, and to a small model "X200" is nearly "X300". Works on
letters and digits, so in any language; which words before a number make a name is read off the documents. Knows no
model and no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Scripts without spaces between words, in which a name ends where they begin: "X200的重量"."""
_TOKEN = re.compile(rf"[^\W_{_SPACELESS}]+(?:[-‐‑–./][^\W_{_SPACELESS}]+)*|[{_SPACELESS}]+", re.UNICODE)
_JOINT = re.compile(r"[\W_]+")
_JOINED = re.compile(r"[^\W\d_]+[-‐‑–./]?\d", re.UNICODE)
_GROUPED = re.compile(r"\d+(?:[-‐‑–]\d+)+")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, the one spelling in which names are compared, and what its siblings begin with."""

    text: str
    key: str
    family: str


@dataclass(slots=True)
class Known:
    """The names in the documents found, by family: the keys with their first spelling.

    A family of a word and a number counts only if a title, a heading or the name of a row or column has one of its
    names, or if the text has two of them with a capital: "within 14 days" is no name.
    """

    spelled: dict[str, str] = field(default_factory=dict)
    families: dict[str, set[str]] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)

    def add(self, text: str, *, heads: bool) -> None:
        """Add the names of a text; `heads` says that it is a title, a heading, or the name of a row or column."""
        for name in names(text):
            self.spelled.setdefault(name.key, name.text)
            if heads or name.text[:1].isupper():
                self.families.setdefault(name.family, set()).add(name.key)
            if heads or _JOINED.match(name.text) or _GROUPED.fullmatch(name.text):
                self.sure.add(name.family)

    def siblings(self, name: Name) -> tuple[str, ...]:
        """Return the other names of its family as they are written; none if the documents have no such family."""
        others = self.families.get(name.family, set()) - {name.key}
        if name.family not in self.sure and len(others) < 2:
            return ()
        return tuple(self.spelled[key] for key in sorted(others, key=lambda key: (len(key), key)))


def names(text: str) -> Iterator[Name]:
    """Yield the names of a text in order: letters and digits in one word, digits in groups, a word and its number."""
    before: re.Match[str] | None = None
    for match in _TOKEN.finditer(text):
        word = match.group()
        if not any(char.isdigit() for char in word) or len(word) > _LONGEST:
            before = match
            continue
        if _YEAR.fullmatch(word):
            yield Name(word, word, "year")
        elif _JOINED.match(word) or _GROUPED.fullmatch(word):
            yield _name(word)
        elif _NUMBER.fullmatch(word) and before is not None and _adjacent(text, before, match):
            yield _name(text[before.start() : match.end()])
        before = None


def keys(text: str) -> frozenset[str]:
    """Return the keys of all names of a text."""
    return frozenset(name.key for name in names(text))


def asked(question: str, known: Known) -> tuple[Name, ...]:
    """Return the names that a question asks about: those that the documents have, or that have siblings there."""
    found = {name.key: name for name in names(question)}
    return tuple(name for name in found.values() if name.key in known.spelled or known.siblings(name))


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


def _name(text: str) -> Name:
    key = _JOINT.sub("", text.casefold())
    if text[0].isdigit():
        return Name(text, key, re.split(r"\D", text, maxsplit=1)[0])
    letters = re.match(r"[^\W\d_]+", key)
    return Name(" ".join(text.split()), key, letters.group() if letters else key)


def _adjacent(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    return text[before.end() : match.start()] == " " and not any(char.isdigit() for char in before.group())
