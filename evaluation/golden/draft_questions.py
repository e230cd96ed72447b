"""Make questions from the sentences of a manual, each with the sentence that answers it.

Turns the forms in which manuals state things ("To V, do Y.", "If C, then Y.", "The default of X is Y.") into the
questions that people ask about them. Uses surface patterns of English and no model, so that the same manual always
gives the same questions. Knows no index; `evaluation.golden.draft` writes the set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generation.english.words import count
from generation.evidence.spans import split

FEWEST, MOST = 7, 45
"""Limits, in words, of a sentence that can answer a question by itself."""
_VAGUE = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|there|here|such|both|each|all|some|any|most|many|one|another|other|"
    r"the following|the above|the same|the latter|the former|first|second|next|note|see|for|in|on|as|but|and|or)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:above|below|following|previous|next section|this|these|those|such)\b", re.IGNORECASE)
_THING = (
    r"(?P<thing>(?:(?:The|A|An) )?[A-Za-z`_][\w`'./-]*(?: (?!is\b|are\b|and\b|or\b|that\b|which\b)[\w`'./-]+){0,5})"
)
_VERBS = {
    "returns": "return", "specifies": "specify", "enables": "enable", "disables": "disable", "controls": "control",
    "sets": "set", "determines": "determine", "creates": "create", "removes": "remove", "shows": "show",
    "displays": "display", "contains": "contain", "requires": "require", "supports": "support", "allows": "allow",
    "provides": "provide", "causes": "cause", "defines": "define", "holds": "hold", "stores": "store",
    "computes": "compute", "converts": "convert", "checks": "check", "reads": "read", "writes": "write",
    "prevents": "prevent", "represents": "represent", "describes": "describe", "performs": "perform",
}  # fmt: skip
_CONSEQUENCE = re.compile(
    r"(?:the|an?|it|they|he|she|we|this|that|these|those|there|you|your|its|their|his|her|all|any|each|every|no|some|"
    r"such|only|both|either|neither|nothing|\S+ (?:is|are|was|were|will|can|may|must|should|does|do|has|have))\b",
    re.IGNORECASE,
)
"""A clause that begins like this says what happens; any other begins with a verb and says what to do."""
_SWAPS = {"you": "I", "your": "my", "yours": "mine", "yourself": "myself"}


@dataclass(frozen=True, slots=True)
class DraftedQuestion:
    """A question and the sentence that answers it."""

    question: str
    answer: str


def draft_questions(text: str) -> Iterator[DraftedQuestion]:
    """Yield the questions that the sentences of the text answer, at most one per sentence, in order."""
    for span in split(text):
        sentence = " ".join(text[span.start : span.end].split())
        whole = span.kind == "sentence" and sentence.endswith(".") and sentence[:1].isupper()
        if not whole or not FEWEST <= count(sentence) <= MOST or _VAGUE.match(sentence) or '"' in sentence:
            continue
        if question := _question(sentence):
            yield DraftedQuestion(question, sentence)


def _question(sentence: str) -> str | None:
    for pattern, ask in _FORMS:
        match = pattern.match(sentence)
        if match is not None and (question := ask(match)) and not _POINTING.search(question):
            return f"{' '.join(question.split())}?"
    return None


def _how(match: re.Match[str]) -> str | None:
    return f"How do I {_mine(match['deed'])}" if count(match["deed"]) > 1 else None


def _what_if(match: re.Match[str]) -> str | None:
    if count(match["case"]) < 3 or re.match(r"(?:it|they|he|she|so|not)\b", match["case"], re.IGNORECASE):
        return None
    asks = "What happens" if _CONSEQUENCE.match(match["then"]) else "What should I do"
    return f"{asks} {match['word'].casefold()} {_mine(match['case'])}"


def _default(match: re.Match[str]) -> str | None:
    return f"What is the default {match['word'] or ''} {match['of']} {match['thing']}"


def _defaults_to(match: re.Match[str]) -> str | None:
    return f"What does {_inside(match['thing'])} default to"


def _does(match: re.Match[str]) -> str | None:
    return f"What does {_inside(match['thing'])} {_VERBS[match['verb']]}"


def _what_is(match: re.Match[str]) -> str | None:
    return f"What {match['be']} {_inside(match['thing'])}"


def _can(match: re.Match[str]) -> str | None:
    return f"How can I {_mine(match['deed'])}" if count(match["deed"]) > 1 else None


def _why(match: re.Match[str]) -> str | None:
    return f"Why must I {_mine(match['deed'])}" if count(match["deed"]) > 2 else None


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]] = [
    (re.compile(r"To (?P<deed>[a-z][^,;:()]{8,90}), \w"), _how),
    (re.compile(r"(?P<word>If|When) (?P<case>[a-z][^,;:()]{10,90}), (?:then )?(?!see\b)(?P<then>\w.*)"), _what_if),
    (re.compile(rf"The default (?P<word>value |setting )?(?P<of>of|for) {_THING} is "), _default),
    (re.compile(rf"{_THING} defaults to "), _defaults_to),
    (re.compile(rf"{_THING} (?P<verb>{'|'.join(_VERBS)}) \w"), _does),
    (re.compile(rf"{_THING} (?P<be>is|are) (?:a|an|the|used to|used for) \w"), _what_is),
    (re.compile(r"You (?:can|may) (?P<deed>[a-z][^,;:()]{8,80}?) (?:by|using|with) \w"), _can),
    (
        re.compile(r"You (?:must|should|need to) (?P<deed>[a-z][^,;:()]{8,90}?) (?:because|so that|in order to) \w"),
        _why,
    ),
]


def _mine(words: str) -> str:
    """Return words addressed to the reader in the reader's own voice: "if you lose your key", "if I lose my key"."""
    changed = re.sub(r"\byou are\b", "I am", words)
    return re.sub(r"\b(?:you|your|yours|yourself)\b", lambda match: _SWAPS[match.group()], changed)


def _inside(thing: str) -> str:
    """Return a noun phrase as it is inside a sentence: with its article in lower case."""
    return re.sub(r"^(?:The|A|An)\b", lambda match: match.group().casefold(), thing)
