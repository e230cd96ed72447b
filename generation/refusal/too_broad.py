"""Questions that are too broad: nothing or one word to look up, which could mean several things in the documents found.

Knows passages that the caller may see; the suggestions come from those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from core.blocks import Block
from core.types import Passage, Ranked, Refusal, Suggestion
from generation.english import words as english
from generation.evidence.reading import Evidence, ReadPassage
from generation.question.small_words import ASKING, VAGUE, content, of, words

MOST_OFFERED = 4
LONGEST = 80
HEADED = 3
"""Sections with the subject in their headings from which a single word is ambiguous."""
LEAD = 3.0
"""How far the best section must score above the second one to be clearly the right section."""
HOW = frozenset(("how", "wie", "comment", "cómo", "come", "como", "hoe", "jak"))
"""Words that ask for a procedure and leave open which: "How do I reset?". "What is a reset?" is narrow."""
MOST_BLOCKS = 2_000
"""Blocks of a passage that are looked at for a row or a term with the name that was asked for."""


def too_broad(question: str, passages: Sequence[Ranked], evidence: Evidence) -> Refusal | None:
    """Return the refusal with suggestions from the passages, None if the question is narrow enough.

    Too broad are a question without a subject, and a single word that is in the headings of several sections, none of
    which is clearly the right one. A question with a number is narrow, and so is one whose word is the whole name of a
    document, a section, a row or a term.
    """
    if not passages or any(char.isdigit() for char in question):
        return None
    named = content(question)
    subject = [word for word in named if word.casefold() not in VAGUE]
    found = [ranked.passage for ranked in passages]
    if any(_is_named(english.content(" ".join(named)), passage) for passage in found):
        return None
    if not subject:
        return _refusal("The question does not say what it is about.", found, least=1)
    if len(subject) > 1 or (of(ASKING, question) - HOW) & {word.casefold() for word in words(question)}:
        return None
    headed = [each for each in found if _holds(subject[0], " ".join((each.title, *each.heading)))]
    if len({_section(each) for each in headed}) >= HEADED and not _stands_out(evidence.passages):
        return _refusal("That could mean several things here.", headed, least=2)
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


def _is_named(subject: Sequence[str], passage: Passage) -> bool:
    """Return whether a document, a section, a row or a term has exactly this name."""
    return any(
        set(english.content(name)) == set(subject) for name in (passage.title, *passage.heading, *_names(passage))
    )


def _names(passage: Passage) -> Iterable[str]:
    """Yield the first cells of the rows, and what the definitions and fields of the passage begin with."""
    for block in islice(_inside(passage.blocks), MOST_BLOCKS):
        if block.kind == "cell" and block.column == 0:
            yield passage.text[block.start : block.end]
        elif block.kind in {"definition", "key_value"}:
            yield passage.text[block.start : block.end].splitlines()[0].split(":")[0]


def _inside(blocks: Iterable[Block]) -> Iterable[Block]:
    for block in blocks:
        yield block
        yield from _inside(block.children)


def _holds(subject: str, text: str) -> bool:
    return set(english.content(subject)) <= set(english.content(text))


def _section(passage: Passage) -> tuple[str, tuple[str, ...]]:
    return passage.document_id, passage.heading


def _stands_out(read: Sequence[ReadPassage]) -> bool:
    """Return whether the best passage scores far above the best one of every other section."""
    others = [each.score for each in read if _section(each.passage) != _section(read[0].passage)]
    return bool(read) and (not others or read[0].score - max(others) >= LEAD)
