"""The memory of answers: an approved one is given again at once, a recent one to whoever has the same rights.

Finds like questions and tries them, best first. What makes two questions alike is in
`generation.question.same_question`, whether an answer still stands in `learning.answer_cache.recall`; rows are in
`core.store.learned.answer_cache`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from core.settings import Settings
from core.store import documents
from core.store.database import Database, Session
from core.store.journal import Feedback
from core.store.learned import answer_cache
from core.store.learned.answer_cache import APPROVED
from core.store.reading import newest_change, state_of
from core.types import Answer, AnswerMode, Caller, Filters
from generation.question.same_question import NEAR, holds_personal_data, likeness, quotes_the_difference
from learning.answer_cache.near import NearQuestions
from learning.answer_cache.recall import give_again, made_alike

TRIED = 8
"""Answers that are tried for one question before it is answered afresh."""
KNOWN = 512
"""Callers for whom a process knows what they may read."""
PASSING = frozenset({"generator_missing", "generator_unavailable", "generator_too_slow"})
"""Fallbacks that another minute may not have: such an answer is not cached."""

Made = Callable[[AnswerMode], Mapping[str, str]]
"""Names everything that an answer in a mode depends on besides the documents."""


@dataclass(frozen=True, slots=True)
class Recollection:
    """An answer that is given again, or None; and a digest of what the caller could read when he asked."""

    answer: Answer | None
    documents: str


def remember(session: Session, feedback: Feedback, reviewer: Caller) -> bool:
    """Take in an approved opinion, in the transaction that approves it: from its commit on the answer is given again.

    Praise lets the answer be given, a correction its words, also where there was no answer; what is called wrong is
    given no more. Returns whether something can be given again: not what its reviewer could not read, nor the answer to
    a question that held personal data.
    """
    answer, opinion = feedback.answer, feedback.opinion
    if answer is None:
        return False
    like = likeness(answer.question)
    if opinion.rating == "down":
        answer_cache.contradict(session, feedback, like.words)
    praised = opinion.rating == "up" and not opinion.wrong_citations and answer.status == "answered"
    corrected = opinion.rating == "down" and bool(opinion.correction)
    if not (praised or corrected):
        return False
    # a correction may rest on any passage that was read
    cited = {str(each["document_id"]) for each in (answer.body["citations"] if praised else answer.passages)}
    if holds_personal_data(answer.question) or documents.visible_among(session, cited, reviewer) != cited:
        return False
    answer_cache.remember(session, feedback, like, cited)
    return True


def doubt(session: Session, question: str) -> None:
    """Take a question's cached answers away: one of them was called wrong, and nobody had vouched for them."""
    answer_cache.doubt(session, likeness(question).words)


class AnswerMemory:
    """Recalls answers for callers; threads may share it."""

    def __init__(self, db: Database, settings: Settings, near: NearQuestions, made: Made) -> None:
        self._db, self._settings, self._near, self._made = db, settings, near, made
        self._states: dict[str, tuple[tuple[str, str], str]] = {}
        self._lock = threading.Lock()

    def recall(
        self, caller: Caller, question: str, *, mode: AnswerMode, filters: Filters | None, threshold: str
    ) -> Recollection:
        """Return the best answer that stands for this caller; an approved one goes before a cached one.

        `threshold` names the support that answers need now. Raises Unavailable when the database does not answer.
        """
        with self._db.read() as session:
            state = self._state(session, caller, filters or Filters())
            for answer in self._answers(session, caller, question, mode, filters, (threshold, state)):
                return Recollection(answer, state)
        return Recollection(None, state)

    def keep(
        self, session: Session, answer_id: str, caller: Caller, question: str, filters: Filters, answer: Answer
    ) -> bool:
        """Cache an answer that was made a moment ago, in the transaction that journals it; return whether it may be.

        `question` is the answer's, redacted: one that held personal data is not kept.
        """
        minutes, state = self._settings.remember_recent_min, answer.versions.get("documents")
        own = answer.remembered is None and question == answer.question and answer.fallback not in PASSING
        if not minutes or state is None or not own or answer.status != "answered":
            return False
        made = {name: answer.versions[name] for name in self._made("quotes")}
        scope = _scope(caller, filters, made, answer.versions["threshold"], state)
        embedder, cited = answer.versions["embedder"], {each.passage.document_id for each in answer.citations}
        vector = self._near.in_mind(embedder, question)
        answer_cache.keep_recent(session, answer_id, scope, likeness(question), cited, embedder, vector)
        return True

    def _state(self, session: Session, caller: Caller, filters: Filters) -> str:
        """Return what the caller may read as a digest; while no document of anybody's changes it is not made anew."""
        newest, asked = newest_change(session), _rights(caller, filters)
        with self._lock:
            known = self._states.get(asked)
        if known is not None and known[0] == newest:
            return known[1]
        state = state_of(session, caller, filters)
        with self._lock:
            self._states[asked] = newest, state
            while len(self._states) > KNOWN:
                del self._states[next(iter(self._states))]
        return state

    def _answers(
        self,
        session: Session,
        caller: Caller,
        question: str,
        mode: AnswerMode,
        filters: Filters | None,
        now: tuple[str, str],
    ) -> Iterator[Answer]:
        made = self._made(mode)
        shelves: list[tuple[str, float | None]] = []
        if self._settings.remember_approved:
            shelves.append((APPROVED, None))
        if self._settings.remember_recent_min:
            scope = _scope(caller, filters or Filters(), made, *now)
            shelves.append((scope, self._settings.remember_recent_min))
        for scope, minutes in shelves:
            likest = self._likest(session, caller, question, scope, minutes)
            for found in answer_cache.candidates(session, list(likest)):
                corrected = found.opinion is not None and found.opinion.rating == "down"
                if not made_alike(found.answer, made, self._made("generate") if corrected else None):
                    continue
                answer = give_again(
                    session, found, caller, question, mode=mode, filters=filters, similarity=likest[found.row_id]
                )
                if answer is not None and not _told_apart(question, found.answer.question, answer):
                    yield answer

    def _likest(
        self, session: Session, caller: Caller, question: str, scope: str, minutes: float | None
    ) -> dict[int, float]:
        """Return rows by id with how like their questions are, the likest first; none that is less than nearly so.

        Only of rows whose documents the caller may see: others' must not take the place of his.
        """
        embedder = self._near.embedder
        least = self._least(embedder)
        shelf = answer_cache.shelf(
            session, scope, likeness(question), embedder, minutes=minutes, near=least is not None
        )
        found = {each.row_id: 1.0 for each in shelf if each.same}
        if least is not None:
            found |= self._near.among([each for each in shelf if not each.same], question, least)
        cites = {each.row_id: each.cites for each in shelf if each.row_id in found}
        visible = documents.visible_among(session, frozenset[str]().union(*cites.values()), caller)
        return dict([(row_id, like) for row_id, like in found.items() if cites[row_id] <= visible][:TRIED])

    def _least(self, embedder: str) -> float | None:
        """Return the cosine from which questions are nearly the same; None where only the same words count."""
        given = self._settings.same_question
        return NEAR.get(embedder) if given is None else (given if given < 1 else None)


def _told_apart(asked: str, known: str, answer: Answer) -> bool:
    return quotes_the_difference(asked, known, [citation.quote for citation in answer.citations])


def _scope(caller: Caller, filters: Filters, made: Mapping[str, str], threshold: str, state: str) -> str:
    """Return a digest of all that a cached answer depends on: rights, filters, models, threshold, documents."""
    parts = [_rights(caller, filters), sorted(made.items()), threshold, state]
    return sha256(json.dumps(parts).encode()).hexdigest()


def _rights(caller: Caller, filters: Filters) -> str:
    """Return what decides which documents are searched: those who have it alike share what is cached."""
    seen = "all" if caller.sees_all else sorted(caller.groups)
    narrowed = [sorted(filters.collections), sorted(filters.document_ids), sorted(filters.metadata.items())]
    return json.dumps([seen, narrowed])
