"""Which words are people's names: a model's guesses, lists of names and what stands around them, weighed together.

Manuals are full of capitalised words that are no names, and the small model takes many for people; it also misses names
from elsewhere. The rules were tuned on labelled sentences and on technical texts, see docs/decisions/0011.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from core.types import PiiSpan
from ingest.redaction.gazetteer import Gazetteer
from ingest.redaction.not_names import NOT_NAMES

_UPPER = r"[A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽĿŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽΑ-ΫА-ЯЁЇІЄҐ]"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITAL = rf"{_UPPER}[^\W\d_]*(?:['’-][^\W\d_]+)*"
_SEQUENCE = re.compile(
    rf"(?<![\w@./'’-]){_CAPITAL}"
    rf"(?:\.?[ ](?:(?:de|da|do|del|della|di|van|von|der|den|bin|al|el)[ ])*{_CAPITAL})*(?![\w@/])"
)
_LOWER = re.compile(r"(?<![\w'’.@/-])[a-zß-öø-ÿ][^\W\d_]+(?![\w'’@/-]|\.\w)")
"""Words in small letters; not those of addresses, where names are written small."""
_PRODUCT = re.compile(rf"\b(?i:the|an?|your|our|this|each|every)[ ]({_CAPITAL})[ ](?=[A-Z]{{1,4}}-?\d)")
"""What is called "the Orion X200" is a thing: nobody speaks so of people."""
_ODD = re.compile(r"[\d_/\\@#%&*+=<>{}\[\]|~^:;!?\"“”()]")
_PARTICLES = frozenset(
    ["de", "da", "do", "dos", "del", "della", "di", "la", "le", "van", "von", "der", "den", "bin", "al", "el", "y", "e"]
)
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Sra?|Mme)\b\.?[ ]({_CAPITAL}(?:\.?[ ]{_CAPITAL}){{0,3}})|"
    rf"\b(?i:mr|mrs|ms|dr)\.[ ]([^\W\d_]{{3,}})"
)
_STATED = re.compile(
    r"(?i:\b(?:my|his|her|maiden|full|first|last|partner's|holder'?s?|the) name is|\bname:|"
    r"\b(?:is|was) named|\bnamed (?:him|her)|\bcalls? me|"
    r"\bdear)[ ]{1,2}([^\W\d_][\w'’-]+(?:\.?[ ](?:[^\W\d_]\.|[A-ZÀ-Þ][\w'’-]+)){0,3})"
)
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Names:
    """Rules over what is known beforehand: the lists of names, and words that are seen in small letters in English."""

    gazetteer: Gazetteer
    english: Set[str]
    plain: Set[str]
    """English verbs, adjectives and adverbs: a dictionary without names, as one of nouns is not."""

    def no_names(self, texts: Iterable[str]) -> frozenset[str]:
        """Return, in small letters, words that are no names in a document: it writes them small, or of a product."""
        found: set[str] = set()
        for text in texts:
            found.update(_LOWER.findall(text))
            found.update(match.group(1).lower() for match in _PRODUCT.finditer(text))
        return frozenset(found)

    def find(
        self, text: str, guesses: Iterable[PiiSpan], lower: Set[str], others: Sequence[PiiSpan] = ()
    ) -> list[PiiSpan]:
        """Return the believable ones of a model's guesses at people, and those that context or lists show.

        `others` are names of places and organisations: no list makes them people.
        """
        kept = [
            span
            for span in map(partial(_narrowed, text), guesses)
            if self._believable(text[span.start : span.end], lower)
        ]
        listed = (s for s in self._listed(text, lower) if all(s.end <= o.start or s.start >= o.end for o in others))
        return [*kept, *self._stated(text), *listed, *self._small(text)]

    def known(self, names: Iterable[str], lower: Set[str]) -> frozenset[str]:
        """Return the words of whole names found in a document that give a person away when they stand alone."""
        words = (word for name in names if " " in name for word in _WORD.findall(name) if len(word) > _SHORTEST)
        return frozenset(word for word in words if word[0].isupper() and not self._common(word, lower))

    def again(self, text: str, known: Set[str]) -> list[PiiSpan]:
        """Return where words of known names stand again."""
        return [PiiSpan(*match.span(), "PERSON", 0.8) for match in _WORD.finditer(text) if match.group() in known]

    def _believable(self, found: str, lower: Set[str]) -> bool:
        words = [word for word in _WORD.findall(found) if word.lower() not in _PARTICLES]
        if not words or _ODD.search(found) or "\n" in found.strip() or len(words) > 4:
            return False
        if any(not word[0].isupper() for word in words) or all(len(word) > 1 and word.isupper() for word in words):
            return False
        whole = [word for word in words if len(word) > 1]
        if not whole or any(word.lower() in NOT_NAMES for word in self._without_surname(whole)):
            return False
        if len(whole) == 1 and len(words) == 1:
            return self._is_listed(whole[0]) and not self._common(whole[0], lower) and len(whole[0]) >= _SHORTEST
        if self._is_listed(whole[0]) and (self._is_listed(whole[-1]) or whole[0].lower() not in self.plain):
            return not any(_mixed(word) for word in whole)
        if self._is_surname(whole[-1]) and not self._follows_none(whole[0], lower):
            return not any(_mixed(word) for word in whole)
        return not any(self._common(word, lower) or _mixed(word) for word in whole)

    def _without_surname(self, words: list[str]) -> list[str]:
        """Leave out a listed surname behind a listed given name: "Smith" is a word, "Jonathan Smith" is not."""
        if len(words) < 2 or words[0].lower() not in self.gazetteer.given or words[0].lower() in self.plain:
            return words
        return words[:-1] if words[-1].lower() in self.gazetteer.surnames else words

    def _stated(self, text: str) -> Iterator[PiiSpan]:
        for pattern in (_TITLED, _STATED):
            for match in pattern.finditer(text):
                group = 1 if match.group(1) else 2
                words = _WORD.findall(match.group(group))
                if words[0].lower() not in NOT_NAMES and (words[0][0].isupper() or self._is_listed(words[0])):
                    yield PiiSpan(*match.span(group), "PERSON", 0.9)

    def _listed(self, text: str, lower: Set[str]) -> Iterator[PiiSpan]:
        """Yield runs of capitalised words that begin with a given name: "Ana Q. Example", or "Ana" where it is rare."""
        for match in _SEQUENCE.finditer(text):
            words = list(_WORD.finditer(match.group()))
            for index, word in enumerate(words):
                if not self._opens(word.group(), lower):
                    continue
                end = self._reach(words, index, lower)
                if end > index or self._stands_alone(word.group()):
                    yield PiiSpan(match.start() + word.start(), match.start() + words[end].end(), "PERSON", 0.7)
                    break

    def _opens(self, word: str, lower: Set[str]) -> bool:
        known = word.lower() in self.gazetteer.given
        return known and len(word) >= _SHORTEST and not word.isupper() and not self._common(word, lower)

    def _reach(self, words: list[re.Match[str]], start: int, lower: Set[str]) -> int:
        """Return the index of the last word that goes on with a name: initials, particles, no common words."""
        end = start
        for index in range(start + 1, min(start + 5, len(words))):
            word = words[index].group()
            if len(word) == 1 or word.lower() in _PARTICLES:
                continue
            if word.isupper() or self._follows_none(word, lower) or _mixed(word):
                break
            end = index
        return end

    def _stands_alone(self, word: str) -> bool:
        """A lone given name is believed when English does not have it as a word besides."""
        return word.lower() not in self.plain

    def _follows_none(self, word: str, lower: Set[str]) -> bool:
        """Say whether a word is too common to be the surname after a given name."""
        small = word.lower()
        return small in lower or small in NOT_NAMES or small in self.plain

    def _small(self, text: str) -> Iterator[PiiSpan]:
        """Yield given name and surname in a message that someone typed without a capital."""
        if any(char.isupper() for char in text) or len(text) > 2000:
            return
        words = list(_WORD.finditer(text))
        for word, following in pairwise(words):
            first, second = word.group(), following.group()
            apart = text[word.end() : following.start()]
            if (
                apart == " "
                and self._plainly(first, self.gazetteer.given)
                and self._plainly(second, self.gazetteer.surnames)
            ):
                yield PiiSpan(word.start(), following.end(), "PERSON", 0.6)

    def _plainly(self, word: str, listed: Set[str]) -> bool:
        return len(word) >= _SHORTEST and word in listed and word not in self.plain and word not in NOT_NAMES

    def _is_surname(self, word: str) -> bool:
        small = word.lower()
        return small in self.gazetteer.surnames and small not in self.plain and small not in NOT_NAMES

    def _is_listed(self, word: str) -> bool:
        return word.lower() in self.gazetteer.given or word.lower() in self.gazetteer.surnames

    def _common(self, word: str, lower: Set[str]) -> bool:
        small = word.lower()
        if small in lower or small in NOT_NAMES or small in self.gazetteer.places:
            return True
        return small in self.english and not self._is_listed(word)


def _narrowed(text: str, span: PiiSpan) -> PiiSpan:
    """Cut a guess off where marks begin that no name has: the model runs on over dashes and quotes."""
    odd = _ODD.search(text, span.start, span.end)
    return span if odd is None or odd.start() == span.start else replace(span, end=odd.start())


def _mixed(word: str) -> bool:
    """Words such as "iPhone" or "McrBC" name things; "McDonald" and "O'Neill" do not."""
    return any(c.isupper() for c in word[1:]) and not re.match(
        r"(?:Mc|Mac|O['’]|D['’]|De|Di|La|Le|Van)[A-Z]|[^-]+-[A-Z][a-z]", word
    )
