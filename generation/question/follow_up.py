"""Whether a question needs the ones before it, and the question that stands by itself in its place. English.

A rule and no model, so that the same words always give the same question, in microseconds and without a network. Three
kinds need help: a pronoun that nothing in the question explains, a fragment ("And for the X200?") and a question
without a topic ("Why?"). Everything else stands by itself and is left letter by letter: what was asked before must not
colour it. Only callers' own words are carried over, never a document's. Knows no storage: `core.store.conversations`
has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from generation.english.phrases import (
    AUXILIARIES,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    WH,
    Phrase,
    chain,
    definite,
    in_english,
    is_code,
    is_topic,
    is_word,
    joined,
    listed,
    matter,
    names,
    noun_end,
    noun_phrases,
    shape,
    tokens,
)
from generation.english.pronouns import PERSONAL, POINTING, POSSESSIVE, open_pronoun

LONGEST = 40
"""Words from which a question is taken as it is: a letter explains its own pronouns."""
MOST_CARRIED = 16
"""Words that are carried over at most."""
SHORT = 6

_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|then|also|ok|okay|thanks|yes|no)\b[\s,]*)*"
    r"(?:(?:(?:and|but|or)\s+)?(?:what|how)(?:'s|\s+is|\s+are)?\s+about\b|(?:the\s+)?same\s+(?:question\s+)?(?=for|on|in|with))?\s*",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:what|how)\b.*\babout\b|\bsame\b", re.IGNORECASE)
_SAME = re.compile(r"\bsame\b", re.IGNORECASE)
_COMPARES = re.compile(r"^which\s+(?:one\s+)?(?:is|are|of\s+(?:them|these|those|the\s+two))\b", re.IGNORECASE)
_EVENT = listed(
    "fail fails failed finish finishes take takes happen happens work works do does done help helps try possible"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it can be asked alone; `why` says what it lacked, None when it is as it was typed.

    A question that lacks something which nobody said before has `question` None.
    """

    question: str | None
    why: str | None = None


def understand(question: str, earlier: Sequence[str]) -> Understood:
    """Return the standalone form of a cleaned question; `earlier` are the standalone questions before it, oldest first.

    A fragment or a bare "Why?" that nothing stands before cannot be understood; a question with a topic of its own is
    then left as it is.
    """
    words = tokens(question)
    lacks = _lacks(question, words)
    if lacks is None:
        return Understood(question)
    before = next((said for text in reversed(earlier) if any(map(is_topic, said := tokens(text)))), None)
    if before is None:
        return Understood(question if any(map(is_topic, words)) else None, lacks)
    made = {"fragment": _complete, "pronoun": _resolve, "topic": _attach}[lacks](question, words, before)
    return Understood(made, lacks)


def _lacks(question: str, words: Sequence[str]) -> str | None:
    if not any(map(is_word, words)) or len(words) > LONGEST or not in_english(words):
        return None
    topics = sum(map(is_topic, words))
    if not topics:
        return "topic" if _asks(words) else None
    if _is_fragment(question, words):
        return "fragment"
    if open_pronoun(question, words) is not None:
        return "pronoun"
    return "topic" if _borrows(question, words, topics) else None


def _asks(words: Sequence[str]) -> bool:
    """Tell a question without a topic from "Thanks!": it asks, or asks for more."""
    low = {word.casefold() for word in words}
    return bool(low & (WH | PRONOUNS | POINTING | {"more", "explain", "example", "examples", "details", "?", "sure"}))


def _is_fragment(question: str, words: Sequence[str]) -> bool:
    rest = _fragment(question)
    low = [word.casefold() for word in rest if is_word(word)]
    if not low or (WH | POSSESSIVE) & set(low) or (PRONOUNS - {"one"}) & set(low):
        return False
    if _ABOUT.search(_lead(question)):
        return True
    if len(rest) < len([word for word in words if word not in "?.!"]):
        return not AUXILIARIES & set(low) and len(low) <= SHORT
    if question.rstrip()[-1:] != "?" or AUXILIARIES & set(low[1:]) or len(low) > SHORT:
        return _only_codes(low) and question.rstrip()[-1:] == "?"
    return low[0] in PREPOSITIONS or low[0] in DETERMINERS - POINTING or _only_codes(low)


def _only_codes(low: Sequence[str]) -> bool:
    topics = [word for word in low if is_topic(word)]
    return bool(topics) and all(map(is_code, topics)) and len(low) <= SHORT


def _lead(question: str) -> str:
    return question[: len(question) - len(_LEAD.sub("", question, count=1))]


def _fragment(question: str) -> list[str]:
    """Return the words of a question behind "and", "what about" and the like, without its last mark."""
    rest = tokens(_LEAD.sub("", question, count=1))
    while rest and not is_word(rest[-1]):
        rest.pop()
    while rest and rest[-1].casefold() in {"then", "too", "instead", "please"}:
        rest.pop()
    if rest and rest[0].casefold() in PREPOSITIONS | DETERMINERS:
        rest[0] = rest[0].casefold()
    return rest[1:] if _SAME.search(_lead(question)) and len(rest) > 1 and rest[0] in PREPOSITIONS else rest


def _borrows(question: str, words: Sequence[str], topics: int) -> bool:
    """Tell a question with one word of its own that compares or goes on: "Which is cheaper?", "And the price is?"."""
    if topics > 1:
        return False
    low = [word.casefold() for word in words]
    return bool(_COMPARES.search(question)) or low[0] in {"and", "but", "then"} or "else" in low


def _complete(question: str, words: Sequence[str], before: Sequence[str]) -> str:
    """Put a fragment where it belongs in the question before: for the like name, after the like preposition, as the
    like noun; or at the end."""
    rest = _fragment(question)
    said = [word for word in before if word not in "?.!"]
    opening = rest[0].casefold() if rest[0].casefold() in PREPOSITIONS else None
    body = rest[1:] if opening else rest
    if (place := _like_name(body, said)) is not None:
        return _asked(said[: place.start] + _named(body) + said[place.end :])
    if (ones := _like_one(body, said)) is not None:
        return _asked(ones)
    if opening is not None:
        start = next((at for at, word in enumerate(said) if word.casefold() == opening and at), None)
        kept = said if start is None else said[:start] + said[noun_end(said, start + 1) :]
        return _asked([*kept, *rest])
    nouns = [phrase for phrase in noun_phrases(said) if not phrase.named]
    if nouns and len(rest) <= SHORT:
        return _asked(said[: nouns[-1].start] + rest + said[nouns[-1].end :])
    return _attach(question, words, before)


def _named(body: Sequence[str]) -> list[str]:
    """Return the name of a fragment without the determiner that the place where it goes has already."""
    return list(body[1:] if body[0].casefold() in DETERMINERS else body)


def _like_name(body: Sequence[str], said: Sequence[str]) -> Phrase | None:
    """Return the name before that this fragment's name takes the place of: the likest, the later of equals."""
    mine = names(["", *body]) if body else []
    theirs = names(said)
    if not mine or not theirs or sum(map(is_topic, body)) > len(mine[-1].words):
        return None
    own = shape(mine[-1])
    return max(theirs, key=lambda each: (shape(each)[0] == own[0], shape(each) == own, each.start))


def _like_one(body: Sequence[str], said: Sequence[str]) -> list[str] | None:
    """Return the question before with "the green one" for "the red lamp": the noun stays, what describes it changes."""
    if not body or body[-1].casefold() not in {"one", "ones"}:
        return None
    nouns = [phrase for phrase in noun_phrases(said) if len(phrase.words) > 1]
    if not nouns:
        return None
    target = next((phrase for phrase in nouns if len(phrase.words) > 2), nouns[-1])
    return [*said[: target.start], *body[:-1], target.words[-1], *said[target.end :]]


def _resolve(question: str, words: Sequence[str], before: Sequence[str]) -> str:
    """Put what a pronoun stands for in its place, or the whole matter behind the question when it means a doing."""
    place = open_pronoun(question, words)
    thing = chain([word for word in before if word not in "?!"])
    following = words[place + 1].casefold() if place is not None and place + 1 < len(words) else "?"
    low = words[place].casefold() if place is not None else ""
    if place is None or thing is None or following in _EVENT or len(thing.words) > MOST_CARRIED:
        return _attach(question, words, before)
    if low in PERSONAL and sum(map(is_topic, words)):
        instead = [*definite(thing)]
    elif low in POSSESSIVE:
        instead = [*definite(thing)]
        instead[-1] += "'" if instead[-1].endswith("s") else "'s"
    elif low in POINTING and is_topic(following) and words[place - 1].casefold() not in {"is", "was", "are", "were"}:
        return _attach(question, words, thing.words)
    else:
        return _attach(question, words, before)
    return joined([*words[:place], *instead, *words[place + 1 :]])


def _attach(question: str, words: Sequence[str], before: Sequence[str]) -> str:
    """Add what was asked about in brackets."""
    carried = joined(matter(before)[:MOST_CARRIED])
    bare = question.rstrip(" ?!.")
    mark = question.rstrip()[len(bare) :].strip() or "?"
    return f"{bare} ({carried}){mark}" if carried else question


def _asked(words: Sequence[str]) -> str:
    text = joined(words)
    return f"{text[:1].upper()}{text[1:]}?"
