"""Turn text into the terms that lexical search counts, by language: fold, cut into words or character pairs, stem.

Accents are removed before stemming, so that a question typed without accents matches the text. Scripts without spaces
between words become overlapping pairs of characters. Knows no index; `retrieval.lexical.index` stores the terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import tantivy
from tantivy import Filter, TextAnalyzer, Tokenizer

STEMMERS: Mapping[str, str] = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
PLAIN = "plain"
"""For a language without a stemmer: its words are indexed unchanged."""
DEFAULT = "english"
"""For a document of unknown language."""
LONGEST = 80
"""Bytes of the longest word that is indexed."""

_ACCENT = re.compile(
    "(?<![\u0418\u0438])[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u20d0-\u20f0]"
)
"""Latin, Greek, Cyrillic, Hebrew and Arabic marks, except that of the Cyrillic short i, which stemming needs."""
_SIGNS = str.maketrans("™℠", "  ")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
"""Thai, Lao, Burmese, Khmer, kana, Han and Hangul."""
_NO_LETTER = re.compile("[\u0e2f\u0e3f\u0e46-\u0e4f\u0e5a\u0e5b\u0ec8-\u0ecf\u1037-\u103a\u17c6-\u17d3\u30fb]")
_UMLAUT = re.compile("([aou])e")


def fold(text: str) -> str:
    """Return the text without accents and compatibility forms; scripts without spaces become pairs of characters."""
    if text.isascii():
        return text
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text.translate(_SIGNS)))
    return _UNSPACED.sub(_pairs, unicodedata.normalize("NFC", bare))


def stemmer_of(language: str | None) -> str:
    """Return the name of the stemmer for an ISO 639-1 code; that of English where the language is unknown."""
    return DEFAULT if language is None else STEMMERS.get(language.lower().partition("-")[0], PLAIN)


def analyzer(stemmer: str) -> TextAnalyzer:
    """Return the analyzer that turns a folded text into terms."""
    builder = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    builder = builder.filter(Filter.remove_long(LONGEST)).filter(Filter.lowercase()).filter(Filter.ascii_fold())
    return (builder if stemmer == PLAIN else builder.filter(Filter.stemmer(stemmer))).build()


class Analyzers:
    """One analyzer per stemmer, built on first use. Threads may share it."""

    def __init__(self) -> None:
        self._built: dict[str, TextAnalyzer] = {}

    def __getitem__(self, stemmer: str) -> TextAnalyzer:
        if stemmer not in self._built:
            self._built[stemmer] = analyzer(stemmer)
        return self._built[stemmer]

    def words(self, text: str) -> list[str]:
        """Return the folded words of a text, unstemmed, in order."""
        words: list[str] = self[PLAIN].analyze(fold(text))
        return words

    def forms(self, words: Iterable[str], stemmers: Iterable[str]) -> list[tuple[str, ...]]:
        """Return for each folded word its different terms, one per stemmer and without repeats."""
        chosen = [self[stemmer] for stemmer in stemmers]
        return [tuple(dict.fromkeys(_first(analyzer.analyze(word), word) for analyzer in chosen)) for word in words]


def without_digraphs(word: str) -> str:
    """Return the folded form of a German word typed without umlauts: "fuer" becomes "fur", as "für" does."""
    return _UMLAUT.sub(r"\1", word)


def _first(terms: list[str], word: str) -> str:
    return terms[0] if terms else word


def _pairs(run: re.Match[str]) -> str:
    letters = _NO_LETTER.sub("", run.group())
    pairs = (letters[at : at + 2] for at in range(max(1, len(letters) - 1)))
    return f" {' '.join(pairs)} "
