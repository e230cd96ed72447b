"""The parts of a question that a later question can refer to: names, noun phrases, and its topic words. English.

Works on words and their order; knows no grammar beyond a few lists, no conversation and no index.
`generation.question.follow_up` decides which part is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from generation.english.words import STOP, WORD

PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*\]")
TOKEN = re.compile(r"[^\W_](?:[\w./'’-]*[^\W_])?|[^\w\s]", re.UNICODE)


def listed(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


PREPOSITIONS = listed(
    "for in on at with without from to by under over during after before of inside outside via through near"
)
AUXILIARIES = listed(
    "am is are was were do does did can could will would shall should must may might has have had be been"
)
DETERMINERS = listed("the a an my our your his her its their this that these those some any each every no")
WH = listed("how what when where which who whom whose why")
PRONOUNS = listed("i you we he she it they me us him them one someone anyone people")
VERBS = listed("""
    mean means need needs cost costs weigh weighs take takes last lasts work works support supports use uses look
    looks say says show shows blink blinks contain contains require requires include includes cover covers belong
    belongs come comes go goes run runs start starts stop stops expire expires apply applies happen happens measure
    measures connect connects charge charges open opens close closes beep beeps
""")
TIMES = listed("time year month week day season morning evening afternoon weekend summer winter moment pandemic crisis")
THIN = listed("""
    about actually again also anything basically bit call called certain come detail details either else ever
    everything exactly example examples explain far few first go going happen happens hello hi how kind know last
    little long look lot many maybe mean means more much my next no not nothing now off often ok okay out please
    problem quite really right say says see show something sometimes soon sorry sort still such sure take takes tell
    thank thanks thing things think try understand well work works yes yet
""")
"""Words that are no topic by themselves, in addition to the stop words: people use them about anything."""
_FOREIGN = listed("""
    das dem den der ein eine est gibt ich ist sie und welche welchem welchen welcher welches wem wen wer wie wo che cual
    een gli hoe het las les los que quel quelle qui quien una une waar
""")
"""Common words of other languages that are no English words and are seldom in names."""
_CONJUNCTIONS = listed("and or but if when while because so than as until since then")
_NO_NOUN = PREPOSITIONS | AUXILIARIES | WH | PRONOUNS | _CONJUNCTIONS | STOP
MOST_IN_NOUN = 6
_CHAIN = listed("of on for in with from")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: the tokens from `start` to `end` of a text, with its determiner first if it has one."""

    start: int
    end: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def named(self) -> bool:
        return any(map(is_code, self.words))


def tokens(text: str) -> list[str]:
    """Return the words and marks of a text, in order, without the placeholders of redaction."""
    return TOKEN.findall(PLACEHOLDER.sub(" ", text))


def joined(words: Sequence[str]) -> str:
    """Return tokens joined as one writes them."""
    return re.sub(r"\s+([,.;:?!)\]%])|([(\[])\s+", r"\1\2", " ".join(words))


def is_word(token: str) -> bool:
    return WORD.match(token) is not None


def is_code(token: str) -> bool:
    """Return whether a word is the name of a product or part: letters with digits, "X200", "KB-2041"."""
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def is_topic(token: str) -> bool:
    """Return whether a word names a topic."""
    low = token.casefold()
    return is_word(token) and low not in STOP and low not in THIN and low not in AUXILIARIES


def in_english(words: Sequence[str]) -> bool:
    """Return whether words may be English, by their letters and by common words of a few other languages."""
    return all(word.isascii() or not word.isalpha() for word in words) and not _FOREIGN & set(map(str.casefold, words))


def is_plural(token: str) -> bool:
    """Return whether "they" may refer to a word."""
    low = token.casefold()
    return (low.endswith("s") and not low.endswith("ss") and is_topic(token)) or low in {"people", "children", "staff"}


def names(words: Sequence[str]) -> list[Phrase]:
    """Return codes and words with a capital inside a sentence, with the numbers after them."""
    found: list[Phrase] = []
    place = 0
    while place < len(words):
        end = place
        while end < len(words) and _is_name(words, end, end > place):
            end += 1
        if end > place:
            found.append(Phrase(place, end, tuple(words[place:end])))
        place = max(end, place + 1)
    return found


def noun_phrases(words: Sequence[str]) -> list[Phrase]:
    """Return the noun phrases that begin with a determiner, and the names, in order."""
    named = {name.start: name for name in names(words)}
    found: list[Phrase] = []
    place = 0
    while place < len(words):
        phrase = _opened(words, place) or named.get(place)
        if phrase is not None:
            found.append(phrase)
            place = phrase.end
        else:
            place += 1
    return found


def chain(words: Sequence[str]) -> Phrase | None:
    """Return the last noun phrase with those linked to it: "the filter of the X200"; None without one."""
    found = noun_phrases(words)
    if not found:
        return None
    start = len(found) - 1
    while start > 0 and _linked(words, found[start - 1], found[start]):
        start -= 1
    first, last = found[start].start, found[-1].end
    return Phrase(first, last, tuple(words[first:last]))


def topic_words(words: Sequence[str]) -> list[str]:
    """Return the words of a question without those that only ask: "reset it" of "How do I reset it?"."""
    every = [word for word in words if is_word(word) or word == ","]
    place = 0
    while place < len(every) and not is_topic(every[place]) and every[place].casefold() not in DETERMINERS:
        place += 1
    end = len(every)
    while end > place and not is_topic(every[end - 1]):
        end -= 1
    return every[place:end]


def shape(name: Phrase) -> str:
    """Return the form of a name: its first letter, then "a" for each letter and "9" for each number."""
    return name.text[:1].casefold() + re.sub(r"\d+", "9", re.sub(r"[^\W\d]", "a", name.text))


def noun_end(words: Sequence[str], start: int) -> int:
    """Return the end of the noun that begins at `start`, with or without a determiner."""
    end = next((phrase.end for phrase in noun_phrases(words) if phrase.start == start), start)
    while (
        end < len(words)
        and end - start < MOST_IN_NOUN
        and _continues(words, start, end)
        and (is_topic(words[end]) or words[end].isdigit())
    ):
        end += 1
    return end


def definite(thing: Phrase) -> list[str]:
    """Return a noun phrase with a definite determiner: "the router" for "a router", "my router" unchanged."""
    first = thing.words[0]
    return ["the", *thing.words[1:]] if first.casefold() in {"a", "an", "any", "some"} else list(thing.words)


def _continues(words: Sequence[str], start: int, end: int) -> bool:
    return end == start or words[end].casefold() not in VERBS


def _is_name(words: Sequence[str], place: int, inside: bool) -> bool:
    word = words[place]
    if is_code(word):
        return True
    if inside and word.isdigit():
        return True
    begins = place == 0 or words[place - 1] in ".?!"
    return word[:1].isupper() and not begins and word.casefold() not in STOP


def _opened(words: Sequence[str], place: int) -> Phrase | None:
    """Return the phrase that begins with a determiner at `place`, None without one."""
    if words[place].casefold() not in DETERMINERS:
        return None
    end = place + 1
    while end < len(words) and is_word(words[end]) and words[end].casefold() not in _NO_NOUN:
        end += 1
    if end - place > 2 and _ends_in_verb(words, place, end):
        end -= 1
    return Phrase(place, end, tuple(words[place:end])) if end > place + 1 else None


def _ends_in_verb(words: Sequence[str], start: int, end: int) -> bool:
    """Return whether the last word of a subject is its verb: "does the red lamp mean", "can the X200 charge a …"."""
    asked = start > 0 and words[start - 1].casefold() in AUXILIARIES
    if words[end - 1].casefold() in VERBS:
        return True
    if not asked or words[start - 1].casefold() in {"is", "are", "was", "were", "has", "had"}:
        return False
    following = words[end].casefold() if end < len(words) else "?"
    return following in DETERMINERS or following in "?.!,"


def _linked(words: Sequence[str], before: Phrase, after: Phrase) -> bool:
    between = [word.casefold() for word in words[before.end : after.start]]
    return not between or (len(between) == 1 and between[0] in _CHAIN)
