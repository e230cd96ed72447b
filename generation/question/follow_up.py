"""Whether a question depends on the questions before it, and the standalone question that replaces it. English.

Uses rules and no model, so that the same words always give the same question, in microseconds and without a network.
Three kinds depend on earlier questions: a pronoun that the question does not explain, a fragment ("And for the X200?")
and a question without a topic ("Why?"). Every other question stays exactly as it is. Only the caller's own words are
added, never a document's. Knows no storage: `core.store.conversations` has it.
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
    names,
    noun_end,
    noun_phrases,
    shape,
    tokens,
    topic_words,
)
from generation.english.pronouns import PERSONAL, POINTING, POSSESSIVE, open_pronoun

LONGEST = 40
"""A question of more words stays as it is: an email explains its own pronouns."""
MOST_CARRIED = 16
"""The most words that are added from an earlier question."""
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
    """A standalone question; `why` says what the typed question lacked, None if it is unchanged.

    `question` is None if no earlier question has what it lacks.
    """

    question: str | None
    why: str | None = None


def understand(question: str, earlier: Sequence[str]) -> Understood:
    """Return the standalone form of a cleaned question. `earlier` has the standalone questions before it, oldest first.

    Without an earlier question a bare "Why?" cannot be understood, and a question with a topic stays as it is.
    """
    words = tokens(question)
    lacks = _lacks(question, words)
    if lacks is None:
        return Understood(question)
    before = next((every for text in reversed(earlier) if any(map(is_topic, every := tokens(text)))), None)
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
    """Return whether a text without a topic asks something: "Thanks!" does not."""
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
    """Return the words of a question after "and", "what about" and the like, without its last mark."""
    rest = tokens(_LEAD.sub("", question, count=1))
    while rest and not is_word(rest[-1]):
        rest.pop()
    while rest and rest[-1].casefold() in {"then", "too", "instead", "please"}:
        rest.pop()
    if rest and rest[0].casefold() in PREPOSITIONS | DETERMINERS:
        rest[0] = rest[0].casefold()
    return rest[1:] if _SAME.search(_lead(question)) and len(rest) > 1 and rest[0] in PREPOSITIONS else rest


def _borrows(question: str, words: Sequence[str], topics: int) -> bool:
    """Return whether a question with one topic word compares or continues: "Which is cheaper?", "And the price is?"."""
    if topics > 1:
        return False
    low = [word.casefold() for word in words]
    return bool(_COMPARES.search(question)) or low[0] in {"and", "but", "then"} or "else" in low


def _complete(question: str, words: Sequence[str], before: Sequence[str]) -> str:
    """Return the earlier question with the fragment in it: in place of a similar name, after the same preposition, in
    place of the last noun, or at the end."""
    rest = _fragment(question)
    earlier = [word for word in before if word not in "?.!"]
    opening = rest[0].casefold() if rest[0].casefold() in PREPOSITIONS else None
    body = rest[1:] if opening else rest
    if (place := _similar_name(body, earlier)) is not None:
        return _asked(earlier[: place.start] + _without_determiner(body) + earlier[place.end :])
    if (with_one := _with_one(body, earlier)) is not None:
        return _asked(with_one)
    if opening is not None:
        start = next((at for at, word in enumerate(earlier) if word.casefold() == opening and at), None)
        others = earlier if start is None else earlier[:start] + earlier[noun_end(earlier, start + 1) :]
        return _asked([*others, *rest])
    nouns = [phrase for phrase in noun_phrases(earlier) if not phrase.named]
    if nouns and len(rest) <= SHORT:
        return _asked(earlier[: nouns[-1].start] + rest + earlier[nouns[-1].end :])
    return _attach(question, words, before)


def _without_determiner(body: Sequence[str]) -> list[str]:
    """Return the name of a fragment without its determiner: the earlier question has one already."""
    return list(body[1:] if body[0].casefold() in DETERMINERS else body)


def _similar_name(body: Sequence[str], earlier: Sequence[str]) -> Phrase | None:
    """Return the earlier name that the fragment's name replaces: the most similar one, the later of two equal ones."""
    new, old = names(["", *body]) if body else [], names(earlier)
    if not new or not old or sum(map(is_topic, body)) > len(new[-1].words):
        return None
    form = shape(new[-1])
    return max(old, key=lambda each: (shape(each)[0] == form[0], shape(each) == form, each.start))


def _with_one(body: Sequence[str], earlier: Sequence[str]) -> list[str] | None:
    """Return the earlier question with "the green lamp" for "the red lamp", if the fragment is "the green one"."""
    if not body or body[-1].casefold() not in {"one", "ones"}:
        return None
    nouns = [phrase for phrase in noun_phrases(earlier) if len(phrase.words) > 1]
    if not nouns:
        return None
    target = next((phrase for phrase in nouns if len(phrase.words) > 2), nouns[-1])
    return [*earlier[: target.start], *body[:-1], target.words[-1], *earlier[target.end :]]


def _resolve(question: str, words: Sequence[str], before: Sequence[str]) -> str:
    """Replace a pronoun by the noun that it means; add the whole topic in brackets if it means an action."""
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
    """Add the topic of the earlier question in brackets."""
    carried = joined(topic_words(before)[:MOST_CARRIED])
    bare = question.rstrip(" ?!.")
    mark = question.rstrip()[len(bare) :].strip() or "?"
    return f"{bare} ({carried}){mark}" if carried else question


def _asked(words: Sequence[str]) -> str:
    text = joined(words)
    return f"{text[:1].upper()}{text[1:]}?"
