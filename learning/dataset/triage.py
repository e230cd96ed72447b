"""Triage of approved feedback: which opinions can be learned from, and which lesson each gives.

Reads feedback and its passages as they are now; writes nothing and splits nothing (`learning.dataset.build`). Left out,
and counted, are opinions that contradict each other, opinions on text that has changed, praise of words that no source
holds, and too many from one key, in all or in a minute.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.store.database import Session
from core.store.journal import AnswerRecord, Feedback, approved_feedback
from core.store.reading import hydrate
from core.types import OPERATOR, Caller, Json, Passage
from generation.answering import PHRASED
from generation.metrics import normalise, token_f1
from learning.dataset.lessons import Lesson, grounded, make_lesson, plain

SAME_ANSWER = 0.5
"""Token F1 from which two answers to one question count as the same answer in other words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_key` candidates are always allowed to one key; above that, at most as many as from all other keys together.

    Of more than `per_minute` opinions that one key gives within a minute, none is learned from: nobody reads so fast
    what they judge. `min_chars` and `max_chars` are the lengths that a target may have.
    """

    per_key: int = 500
    per_minute: int = 30
    min_chars: int = 2
    max_chars: int = 1200


@dataclass(frozen=True, slots=True)
class Candidate:
    """An opinion that can become an example.

    `passages` are those that were picked, else the answer's that are unchanged, the cited ones first; `lesson` holds
    the spans of them that are read. `corrected` is true for a caller's own words, false for an answer that was shown
    and approved. `wrong` are the passages of downvoted citations.
    """

    feedback_id: str
    key_id: str
    lesson: Lesson
    corrected: bool
    passages: tuple[Passage, ...]
    wrong: tuple[Passage, ...]

    @property
    def question(self) -> str:
        return self.lesson.question

    @property
    def target(self) -> str:
        """The text to learn, without [n] markers and quotation marks."""
        return self.lesson.target

    @property
    def document_ids(self) -> tuple[str, ...]:
        """The documents whose text the lesson holds."""
        return tuple(dict.fromkeys(citation.passage.document_id for citation in self.lesson.sources))


@dataclass(frozen=True, slots=True)
class Triage:
    """What can be learned, oldest first, and how many opinions were left out for each reason."""

    candidates: tuple[Candidate, ...]
    dropped: Mapping[str, int]


def triage(session: Session, limits: Limits = Limits(), reader: Caller = OPERATOR) -> Triage:
    """Return the candidates in the approved feedback. Only documents that `reader` may see are learned from."""
    opinions = [(feedback, feedback.answer) for feedback in approved_feedback(session) if feedback.answer]
    references = [
        each for feedback, answer in opinions for each in (*answer.passages, *feedback.opinion.right_passages)
    ]
    current = hydrate(session, reader, [int(each["chunk_id"]) for each in references])
    dropped: Counter[str] = Counter()
    usable: list[Candidate] = []
    hasty = _bursts([feedback for feedback, _ in opinions], limits.per_minute)
    for feedback, answer in opinions:
        passages = _read(feedback, answer, current)
        reason = "burst" if feedback.id in hasty else _objection(feedback, answer, passages, limits)
        if reason:
            dropped[reason] += 1
        else:
            usable.append(_candidate(feedback, answer, passages, _unchanged(answer, current)))
    agreed = _agreed(usable, _downvoted(opinions), dropped)
    capped = _capped(agreed, limits.per_key, dropped)
    return Triage(tuple(sorted(capped, key=lambda c: c.feedback_id)), dict(dropped))


def _bursts(given: Sequence[Feedback], per_minute: int) -> set[str]:
    """Return the ids of opinions of which one key gave more than `per_minute` within a minute."""
    by_key: dict[str, list[Feedback]] = defaultdict(list)
    for feedback in sorted(given, key=lambda each: each.created_at):
        by_key[feedback.key_id].append(feedback)
    hasty: set[str] = set()
    for own in by_key.values():
        for first in range(len(own) - per_minute):
            run = own[first : first + per_minute + 1]
            if run[-1].created_at - run[0].created_at < timedelta(minutes=1):
                hasty |= {each.id for each in run}
    return hasty


def _read(feedback: Feedback, answer: AnswerRecord, current: Mapping[int, Passage]) -> tuple[Passage, ...]:
    """Return the passages that a lesson may quote, unchanged: those that a person picked, else those of the answer."""
    picked = feedback.opinion.right_passages
    if not picked:
        return _unchanged(answer, current)
    right = {int(each["chunk_id"]): current.get(int(each["chunk_id"])) for each in picked}
    found = tuple(passage for passage in right.values() if passage is not None)
    same = all((p := right[int(each["chunk_id"])]) is not None and _same(p, each) for each in picked)
    return found if same else ()


def _unchanged(answer: AnswerRecord, current: Mapping[int, Passage]) -> tuple[Passage, ...]:
    """Return the answer's passages that are unchanged; none if a cited one was deleted or replaced."""
    found = []
    for reference in answer.passages:
        passage = current.get(int(reference["chunk_id"]))
        if passage is not None and _same(passage, reference):
            found.append(passage)
    cited = answer.body.get("citations", ())
    return tuple(found) if all(any(_quotes(p, citation) for p in found) for citation in cited) else ()


def _same(passage: Passage, reference: Mapping[str, Json]) -> bool:
    now = (passage.document_id, passage.version, passage.sha256)
    return now == (reference["document_id"], reference["version"], reference["sha256"])


def _objection(feedback: Feedback, answer: AnswerRecord, passages: Sequence[Passage], limits: Limits) -> str | None:
    """Return why this opinion cannot be learned from; None if it can."""
    opinion = feedback.opinion
    if opinion.rating == "down" and not (opinion.correction or "").strip():
        return "no_correction"
    if opinion.rating == "up" and answer.status != "answered":
        return "refusal_was_right"
    if opinion.rating == "up" and opinion.wrong_citations:
        return "citations_disputed"
    if opinion.rating == "up" and any(unit["kind"] not in PHRASED for unit in answer.body.get("units") or ()):
        return "nothing_to_phrase"
    if not passages:
        return "passages_changed"
    target = _target(feedback, answer)
    if not limits.min_chars <= len(target) <= limits.max_chars:
        return "wrong_length"
    if not grounded(make_lesson(answer.question, target, passages)):
        return "liked_but_unsupported" if opinion.rating == "up" else "not_in_sources"
    return None


def _target(feedback: Feedback, answer: AnswerRecord) -> str:
    if feedback.opinion.rating == "down":
        return plain(feedback.opinion.correction or "")
    return plain(str(answer.body["text"]))


def _candidate(
    feedback: Feedback, answer: AnswerRecord, passages: tuple[Passage, ...], cited: tuple[Passage, ...]
) -> Candidate:
    return Candidate(
        feedback.id,
        feedback.key_id,
        make_lesson(answer.question, _target(feedback, answer), passages),
        feedback.opinion.rating == "down",
        passages,
        tuple(_wrongly_cited(feedback, answer, cited)),
    )


def _wrongly_cited(feedback: Feedback, answer: AnswerRecord, passages: Sequence[Passage]) -> Iterable[Passage]:
    """Yield the passages of the downvoted citations: those of the same document with the quote in its place."""
    wrong = set(feedback.opinion.wrong_citations)
    for citation in answer.body.get("citations", ()):
        if int(citation["id"]) in wrong:
            yield from (passage for passage in passages if _quotes(passage, citation))


def _quotes(passage: Passage, citation: Mapping[str, Json]) -> bool:
    span = slice(int(citation["start"]), int(citation["end"]))
    return bool(passage.document_id == citation["document_id"] and passage.text[span] == citation["quote"])


def _downvoted(opinions: Iterable[tuple[Feedback, AnswerRecord]]) -> set[tuple[str, str]]:
    """Return (question, answer) pairs that somebody called wrong."""
    downs = (answer for feedback, answer in opinions if feedback.opinion.rating == "down")
    return {(normalise(answer.question), normalise(plain(str(answer.body["text"])))) for answer in downs}


def _agreed(candidates: Sequence[Candidate], downvoted: set[tuple[str, str]], dropped: Counter[str]) -> list[Candidate]:
    """Return one candidate per question and document; none where people disagree.

    A correction outranks praise of similar words. Of equal opinions, the newest is returned.
    """
    by_question: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: (c.corrected, c.feedback_id), reverse=True):
        by_question[normalise(candidate.question)].append(candidate)
    agreed: list[Candidate] = []
    for question, rivals in by_question.items():
        for candidate in rivals:
            reason = _conflict(candidate, rivals, (question, normalise(candidate.target)) in downvoted)
            if reason:
                dropped[reason] += 1
            else:
                agreed.append(candidate)
    return agreed


def _conflict(candidate: Candidate, rivals: Sequence[Candidate], downvoted: bool) -> str | None:
    """Return why others on the same question and document exclude this candidate, or None.

    `rivals` are all candidates on the question, in order of precedence.
    """
    documents = {passage.document_id for passage in candidate.passages}
    near = [
        other
        for other in rivals
        if other is not candidate and any(passage.document_id in documents for passage in other.passages)
    ]
    if downvoted or any(token_f1(candidate.target, other.target) < SAME_ANSWER for other in near):
        return "contradicted"
    rank = rivals.index(candidate)
    return "duplicate" if any(rivals.index(other) < rank for other in near) else None


def _capped(candidates: Sequence[Candidate], per_key: int, dropped: Counter[str]) -> list[Candidate]:
    """Return each key's newest candidates, at most `per_key` or as many as from all other keys, whichever is more."""
    by_key: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: c.feedback_id, reverse=True):
        by_key[candidate.key_id].append(candidate)
    capped: list[Candidate] = []
    for own in by_key.values():
        cap = max(per_key, len(candidates) - len(own))
        dropped["too_many_of_one_key"] += max(0, len(own) - cap)
        capped += own[:cap]
    dropped += Counter()  # removes the zeros
    return capped
