"""Questions that are too broad: a few words that could mean several things in the documents found.

Knows passages that the caller may see; the suggestions come from those alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from core.types import Passage, Ranked, Refusal, Suggestion
from generation.english.words import STOP, content, stem, words
from generation.evidence.reading import Evidence, ReadPassage

MOST_OFFERED = 4
LONGEST = 80
HEADED = 3
"""Sections with the subject in their headings from which a single word is ambiguous."""
MENTIONED = 4
"""The same for sections that only mention the subject, if no heading has it and nothing answers."""
LEAD = 3.0
"""How far the best section must score above the second one to be clearly the right section."""
EVERYTHING = re.compile(
    r"\b(?:everything|anything|all|more|lots?)\b.{0,12}\b(?:about|on|of|regarding)\b|\boverview\b", re.I
)
HOW = re.compile(r"(?:please\s+)?(?:how (?:do|can|to|should)\b|i (?:want|need|would like)\b|tell me\b|show me\b)", re.I)
ASKS = re.compile(
    r"\b(?:what|when|where|who|whom|whose|which|why|how|is|are|was|does|did|can|may|must|should|will)\b", re.I
)
_VAGUE = """
    help work works working info information infos thing things stuff everything anything something problem problems
    issue issues question questions trouble explain know understand give show overview hi hello hey thanks
"""
VAGUE = frozenset(stem(word) for word in _VAGUE.split())
"""Words that ask without a subject."""


def too_broad(question: str, passages: Sequence[Ranked], evidence: Evidence, *, answered: bool) -> Refusal | None:
    """Return the refusal with suggestions from the passages, None if the question is narrow enough.

    Too broad are: a question without a subject; one for everything on a subject; a single word that is in the headings
    of several sections, none of which is clearly the right one; and, if nothing is `answered`, a single word that many
    sections only mention. A question with a number is narrow, and so is one whose word is a whole heading.
    """
    if not passages or any(char.isdigit() for char in question):
        return None
    subject = [word for word in dict.fromkeys(stem(w) for w in words(question) if w not in STOP) if word not in VAGUE]
    found = [ranked.passage for ranked in passages]
    if not subject:
        return _refusal("The question does not say what it is about.", found, least=1)
    if len(subject) <= 2 and EVERYTHING.search(question):
        return _refusal("That is more than one answer can hold.", _about(subject, found), least=2)
    if len(subject) > 1 or (ASKS.search(question) and not HOW.match(question)):
        return None
    about = _about(subject, found)
    if any(set(content(heading)) == set(subject) for passage in about for heading in (passage.title, *passage.heading)):
        return None  # the section with this name is meant
    headed = [passage for passage in about if _holds(subject, _headings(passage))]
    if len(_sections(headed)) >= HEADED and not _stands_out(evidence.passages):
        return _refusal("That could mean several things here.", headed, least=2)
    if not answered and not headed and len(_sections(about)) >= MENTIONED:
        return _refusal("That could mean several things here.", about, least=2)
    return None


def refusal_message(lead: str, offered: Iterable[str]) -> str:
    """Return the message: what is wrong with the question, and what it could mean."""
    names = "; ".join(offered)
    return f"{lead} The documents have: {names}. Which one?" if names else f"{lead} Please name what you want to know."


def _refusal(lead: str, passages: Sequence[Passage], *, least: int) -> Refusal | None:
    offered = _offered(passages)
    if len(offered) < least:
        return None
    return Refusal("question_too_broad", refusal_message(lead, (each.text for each in offered)), offered)


def _offered(passages: Sequence[Passage]) -> tuple[Suggestion, ...]:
    """Return the topics of the passages, each once, best first."""
    texts: dict[str, Suggestion] = {}
    for passage in passages:
        last = passage.heading[-1] if passage.heading else passage.title
        if text := " ".join((last or passage.title or passage.path).split())[:LONGEST].rstrip():
            texts.setdefault(text.casefold(), Suggestion(text, passage.document_id))
    return tuple(islice(texts.values(), MOST_OFFERED))


def _about(subject: Sequence[str], passages: Iterable[Passage]) -> list[Passage]:
    return [passage for passage in passages if _holds(subject, f"{_headings(passage)} {passage.text}")]


def _holds(subject: Sequence[str], text: str) -> bool:
    return set(subject) <= set(content(text))


def _headings(passage: Passage) -> str:
    return " ".join((passage.title, *passage.heading))


def _sections(passages: Iterable[Passage]) -> set[tuple[str, tuple[str, ...]]]:
    return {_section(passage) for passage in passages}


def _section(passage: Passage) -> tuple[str, tuple[str, ...]]:
    return passage.document_id, passage.heading


def _stands_out(read: Sequence[ReadPassage]) -> bool:
    """Return whether the best passage scores far above the best one of every other section."""
    others = [each.score for each in read if _section(each.passage) != _section(read[0].passage)]
    return bool(read) and (not others or read[0].score - max(others) >= LEAD)
