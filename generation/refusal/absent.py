"""What is asked for must be there: a model, code, version or year that the documents do not have is said, with those
that they have. Near-identical manuals are asked back about.

Uses only what was found for this caller, so that it reveals nothing that they may not see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.types import Passage, Ranked, Refusal, Suggestion
from generation.english.words import content
from generation.evidence.reading import Evidence, ReadPassage
from generation.question.names import keys, names

MOST_OFFERED = 6
NEAR = 2.0
"""How far apart two siblings' passages may score for the question to be about either."""
ALIKE = 0.6
"""Share of the words of two titles that siblings have in common."""
_DIGITS = re.compile(r"\d")


def absent(question: str, evidence: Evidence, found: Sequence[Ranked]) -> Refusal | None:
    """Return the refusal of a question about a name that no passage found has although they have its siblings."""
    for name in evidence.names:
        if name.key in evidence.known.spelled:
            continue
        there = evidence.known.siblings(name)[:MOST_OFFERED]
        if not there:
            continue
        message = f"The documents speak of {_listed(there)}, not of {name.text}."
        return Refusal("not_answered", message, _suggestions(question, name.text, there, found))
    return None


def which(question: str, evidence: Evidence) -> Refusal | None:
    """Return the question back where siblings' documents both answer, differently, and the question names neither."""
    best, *rest = evidence.passages
    if evidence.names or not keys(best.passage.title):
        return None
    alike = [
        each
        for each in rest
        if each.answers > 0 and best.score - each.score <= NEAR and _siblings(best.passage, each.passage)
    ]
    if not alike or not any(_differ(best, each) for each in alike):
        return None
    titles = list(dict.fromkeys(each.passage.title for each in (best, *alike)))[:MOST_OFFERED]
    ids = {each.passage.title: each.passage.document_id for each in (*alike, best)}
    message = f"That depends on which one is meant: {'; '.join(titles)}. Which one?"
    offered = tuple(Suggestion(title, ids[title], _about(question, title)) for title in titles)
    return Refusal("question_too_broad", message, offered)


def _siblings(one: Passage, other: Passage) -> bool:
    """Return whether two titles differ in a name with a number, and in little else."""
    if one.document_id == other.document_id or not keys(other.title) or keys(one.title) == keys(other.title):
        return False
    here, there = _words(one.title), _words(other.title)
    return bool(here | there) and len(here & there) >= ALIKE * len(here | there)


def _words(title: str) -> set[str]:
    bare = title
    for name in names(title):
        bare = bare.replace(name.text, " ")
    return {word for word in content(bare) if not _DIGITS.search(word)}


def _differ(one: ReadPassage, other: ReadPassage) -> bool:
    return _said(one) != _said(other)


def _said(read: ReadPassage) -> str:
    best = max(read.parts, key=lambda each: each.logit)
    text = read.passage.text[best.part.start : best.part.end]
    for name in names(read.passage.title):
        text = text.replace(name.text, "")
    return " ".join(text.casefold().split())


def _about(question: str, title: str) -> str:
    """Return the question with the title behind it, before its last mark: "How heavy is it (Hydra 20)?"."""
    bare = question.rstrip(" ?.!")
    return f"{bare} ({title}){question[len(bare) :].strip()}"


def _listed(there: Sequence[str]) -> str:
    return there[0] if len(there) == 1 else f"{', '.join(there[:-1])} and {there[-1]}"


def _suggestions(
    question: str, absent_name: str, there: Sequence[str], found: Sequence[Ranked]
) -> tuple[Suggestion, ...]:
    """Return the siblings that a passage has, each with the question about it."""
    offered = []
    for text in there:
        wanted = {name.key for name in names(text)}
        pages = (each.passage for each in found)
        holder = next((page for page in pages if wanted & keys(f"{page.title}\n{page.text}")), None)
        if holder is not None:
            offered.append(Suggestion(text, holder.document_id, question.replace(absent_name, text)))
    return tuple(offered)
