"""Decides which words are people's names, from a model's guesses, lists of names and the words around them.

Manuals are full of capitalised words that are not names, and the small model takes many of them for people. It also
misses names from other languages. The rules were tuned on labelled sentences and on technical texts, see
docs/decisions/0011.
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
"""Lower-case words; not those of e-mail and web addresses, where names are in lower case too."""
_PRODUCT = re.compile(rf"\b(?i:the|an?|your|our|this|each|every)[ ]({_CAPITAL})[ ](?=[A-Z]{{1,4}}-?\d)")
"""In "the Orion X200" the word before the model number names a product: nobody writes so of people."""
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
class NameRules:
    """The rules, with what they need: lists of names, and words that English writes in lower case."""

    gazetteer: Gazetteer
    english: Set[str]
    plain: Set[str]
    """English verbs, adjectives and adverbs. Nouns are left out, because a list of nouns has names in it."""

    def find_non_names(self, texts: Iterable[str]) -> frozenset[str]:
        """Return, in lower case, the words that are not names in this document.

        The document has them in lower case, or before a product's model number.
        """
        found: set[str] = set()
        for text in texts:
            found.update(_LOWER.findall(text))
            found.update(match.group(1).lower() for match in _PRODUCT.finditer(text))
        return frozenset(found)

    def find(
        self, text: str, guesses: Iterable[PiiSpan], lower: Set[str], others: Sequence[PiiSpan] = ()
    ) -> list[PiiSpan]:
        """Return the plausible ones of the model's guesses at people, and the names that context or lists show.

        `others` are names of places and organisations; a list of names does not make them people.
        """
        kept = [
            span
            for span in map(partial(_cut_at_odd, text), guesses)
            if self._is_plausible(text[span.start : span.end], lower)
        ]
        listed = (s for s in self._listed(text, lower) if all(s.end <= o.start or s.start >= o.end for o in others))
        return [*kept, *self._stated(text), *listed, *self._lower_case(text)]

    def identifying_words(self, names: Iterable[str], lower: Set[str]) -> frozenset[str]:
        """Return the words of full names in a document that identify the person even when they appear alone."""
        words = (word for name in names if " " in name for word in _WORD.findall(name) if len(word) > _SHORTEST)
        return frozenset(word for word in words if word[0].isupper() and not self._is_common(word, lower))

    def find_repeated(self, text: str, known: Set[str]) -> list[PiiSpan]:
        """Return where words of known names appear again."""
        return [PiiSpan(*match.span(), "PERSON", 0.8) for match in _WORD.finditer(text) if match.group() in known]

    def _is_plausible(self, found: str, lower: Set[str]) -> bool:
        words = [word for word in _WORD.findall(found) if word.lower() not in _PARTICLES]
        if not words or _ODD.search(found) or "\n" in found.strip() or len(words) > 4:
            return False
        if any(not word[0].isupper() for word in words) or all(len(word) > 1 and word.isupper() for word in words):
            return False
        whole = [word for word in words if len(word) > 1]
        if not whole or any(word.lower() in NOT_NAMES for word in self._without_surname(whole)):
            return False
        if len(whole) == 1 and len(words) == 1:
            return self._is_listed(whole[0]) and not self._is_common(whole[0], lower) and len(whole[0]) >= _SHORTEST
        if self._is_listed(whole[0]) and (self._is_listed(whole[-1]) or whole[0].lower() not in self.plain):
            return not any(_has_inner_capital(word) for word in whole)
        if self._is_surname(whole[-1]) and not self._cannot_be_surname(whole[0], lower):
            return not any(_has_inner_capital(word) for word in whole)
        return not any(self._is_common(word, lower) or _has_inner_capital(word) for word in whole)

    def _without_surname(self, words: list[str]) -> list[str]:
        """Drop a listed surname after a listed given name: "Smith" is also a word, "Jonathan Smith" is not."""
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
        """Yield runs of capitalised words that begin with a given name, as in "Ana Q. Example".

        A given name alone, as in "Ana", counts if it is not an English word too.
        """
        for match in _SEQUENCE.finditer(text):
            words = list(_WORD.finditer(match.group()))
            for index, word in enumerate(words):
                if not self._can_begin(word.group(), lower):
                    continue
                end = self._last_word(words, index, lower)
                if end > index or self._counts_alone(word.group()):
                    yield PiiSpan(match.start() + word.start(), match.start() + words[end].end(), "PERSON", 0.7)
                    break

    def _can_begin(self, word: str, lower: Set[str]) -> bool:
        known = word.lower() in self.gazetteer.given
        return known and len(word) >= _SHORTEST and not word.isupper() and not self._is_common(word, lower)

    def _last_word(self, words: list[re.Match[str]], start: int, lower: Set[str]) -> int:
        """Return the index of the name's last word; initials and particles may be in it, common words may not."""
        end = start
        for index in range(start + 1, min(start + 5, len(words))):
            word = words[index].group()
            if len(word) == 1 or word.lower() in _PARTICLES:
                continue
            if word.isupper() or self._cannot_be_surname(word, lower) or _has_inner_capital(word):
                break
            end = index
        return end

    def _counts_alone(self, word: str) -> bool:
        """Return whether a given name counts without a surname: it must not be an English word too."""
        return word.lower() not in self.plain

    def _cannot_be_surname(self, word: str, lower: Set[str]) -> bool:
        """Return whether a word is too common to be the surname after a given name."""
        small = word.lower()
        return small in lower or small in NOT_NAMES or small in self.plain

    def _lower_case(self, text: str) -> Iterator[PiiSpan]:
        """Yield given name and surname in a message that was typed without capitals."""
        if any(char.isupper() for char in text) or len(text) > 2000:
            return
        words = list(_WORD.finditer(text))
        for word, following in pairwise(words):
            first, second = word.group(), following.group()
            apart = text[word.end() : following.start()]
            if (
                apart == " "
                and self._is_only_name(first, self.gazetteer.given)
                and self._is_only_name(second, self.gazetteer.surnames)
            ):
                yield PiiSpan(word.start(), following.end(), "PERSON", 0.6)

    def _is_only_name(self, word: str, listed: Set[str]) -> bool:
        return len(word) >= _SHORTEST and word in listed and word not in self.plain and word not in NOT_NAMES

    def _is_surname(self, word: str) -> bool:
        small = word.lower()
        return small in self.gazetteer.surnames and small not in self.plain and small not in NOT_NAMES

    def _is_listed(self, word: str) -> bool:
        return word.lower() in self.gazetteer.given or word.lower() in self.gazetteer.surnames

    def _is_common(self, word: str, lower: Set[str]) -> bool:
        small = word.lower()
        if small in lower or small in NOT_NAMES or small in self.gazetteer.places:
            return True
        return small in self.english and not self._is_listed(word)


def _cut_at_odd(text: str, span: PiiSpan) -> PiiSpan:
    """Cut a guess at the first character that no name has: the model continues over dashes and quotes."""
    odd = _ODD.search(text, span.start, span.end)
    return span if odd is None or odd.start() == span.start else replace(span, end=odd.start())


def _has_inner_capital(word: str) -> bool:
    """Return whether capitals inside a word show a thing ("iPhone", "McrBC"), not a person ("McDonald", "O'Neill")."""
    return any(c.isupper() for c in word[1:]) and not re.match(
        r"(?:Mc|Mac|O['’]|D['’]|De|Di|La|Le|Van)[A-Z]|[^-]+-[A-Z][a-z]", word
    )
