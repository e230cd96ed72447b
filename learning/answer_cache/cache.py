"""The answer cache: an approved answer is returned at once, a recent answer only to callers with the same rights.

Finds similar questions and tries their answers, best first. What two questions must share is defined in
`generation.question.same_question`, whether an answer is still valid in `learning.answer_cache.recall`, whether it
answers a question in other words in `learning.answer_cache.same_answer`; rows are in `core.store.learned.answer_cache`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from core.ports import Reader, Vectors
from core.settings import Settings
from core.store import documents
from core.store.database import Database, Session
from core.store.journal import Feedback
from core.store.learned import answer_cache
from core.store.learned.answer_cache import APPROVED, CacheEntry
from core.store.reading import newest_change, visible_digest
from core.types import Answer, AnswerMode, Caller, Filters
from generation.question.same_question import NEAR, holds_personal_data, like, likeness
from learning.answer_cache.near import NearQuestions
from learning.answer_cache.recall import is_correction, revalidate, same_versions
from learning.answer_cache.same_answer import is_same_answer

MAX_CANDIDATES = 8
"""Cached answers that are tried for one question before a new answer is made."""
MAX_READ = 1
"""Answers to questions in other words that are read for one question: the nearest that the caller may see."""
MAX_CACHED_DIGESTS = 512
"""Combinations of rights and filters for which a process caches the digest of the readable documents."""
TRANSIENT_FALLBACKS = frozenset({"generator_missing", "generator_unavailable", "generator_too_slow"})
"""Fallbacks that may be over a minute later: an answer with one of them is not cached."""

Versions = Callable[[AnswerMode], Mapping[str, str]]
"""Returns the versions of everything that an answer in a mode depends on, except the documents."""


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """A valid cached answer, or None; and a digest of what the caller could read when they asked."""

    answer: Answer | None
    documents: str


def store_approved(session: Session, feedback: Feedback, reviewer: Caller) -> bool:
    """Apply an approved opinion to the cache, in the transaction that approves it; it takes effect with the commit.

    Praise stores the answer; a correction stores the corrected words or the picked passages, also where the question
    was refused. An answer that is called wrong is removed. Return whether an answer was stored: none is if the reviewer
    may not read all that it cites, or if its question held personal data.
    """
    answer, opinion = feedback.answer, feedback.opinion
    if answer is None:
        return False
    digests = likeness(answer.question)
    if opinion.rating == "down":
        answer_cache.delete_contradicted(session, feedback, digests.words)
    praised = opinion.rating == "up" and not opinion.wrong_citations and answer.status == "answered"
    if not (praised or is_correction(opinion)):
        return False
    # corrected words may rest on any passage that was read
    sources = answer.body["citations"] if praised else opinion.right_passages or answer.passages
    cited = {str(each["document_id"]) for each in sources}
    if holds_personal_data(answer.question) or documents.visible_among(session, cited, reviewer) != cited:
        return False
    answer_cache.store_approved(session, feedback, digests, cited)
    return True


def delete_unapproved(session: Session, question: str) -> None:
    """Delete a question's cached answers that nobody approved: one of them was called wrong."""
    answer_cache.delete_doubted(session, likeness(question).words)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A new answer as it is cached: its scope, its question, the documents that it cites, its question's vector."""

    scope: str
    question: str
    cited: frozenset[str]
    embedder: str
    vector: Vectors | None


@dataclass(frozen=True, slots=True)
class _Now:
    """What an answer in the wanted mode depends on now."""

    versions: Mapping[str, str]
    embedder: str


class AnswerCache:
    """Finds valid cached answers for callers. Safe to share between threads."""

    def __init__(
        self, db: Database, settings: Settings, near: NearQuestions, reader: Reader, versions: Versions
    ) -> None:
        """`reader` says whether an answer to a question in other words answers this one."""
        self._db, self._settings, self._near, self._versions = db, settings, near, versions
        self._reader = reader
        self._digests: dict[str, tuple[tuple[str, str], str]] = {}
        self._lock = threading.Lock()

    def lookup(
        self, caller: Caller, question: str, *, mode: AnswerMode, filters: Filters | None, threshold: str
    ) -> CacheLookup:
        """Return the best answer that is valid for this caller; approved answers come before recent ones.

        `threshold` names the support that answers need now. No database session is open while versions are read,
        questions are embedded, answers are read by the reader or vectors are stored. Raises Unavailable when the
        database does not answer.
        """
        now = _Now(self._versions(mode), self._near.embedder)
        digest, scopes = self._matching(caller, question, filters or Filters(), now, threshold)
        for entries in scopes:
            similarities = self._similarities(entries, question, now.embedder)
            for answer, same in self._valid(caller, question, mode, filters, now, entries, similarities):
                if same or is_same_answer(self._reader, question, answer.citations):
                    return CacheLookup(answer, digest)
        return CacheLookup(None, digest)

    def entry(self, caller: Caller, question: str, filters: Filters, answer: Answer) -> NewEntry | None:
        """Return the entry of a new answer, for `store`; None if it is not to be cached. Call it without a session.

        `question` is the answer's question, redacted. If it differs, the question held personal data, and the answer is
        not cached. Nor is one that lacks a part: what it says of that part may name what other callers may not see.
        """
        minutes, digest = self._settings.remember_recent_min, answer.versions.get("documents")
        new = answer.remembered is None and question == answer.question and answer.fallback not in TRANSIENT_FALLBACKS
        whole = answer.status == "answered" and answer.missing is None
        if not minutes or digest is None or not new or not whole:
            return None
        versions = {name: answer.versions[name] for name in self._versions("quotes")}
        scope = _scope(caller, filters, versions, answer.versions["threshold"], digest)
        embedder = answer.versions["embedder"]
        cited = frozenset(each.passage.document_id for each in answer.citations)
        return NewEntry(scope, question, cited, embedder, self._near.cached_vector(embedder, question))

    def store(self, session: Session, answer_id: str, entry: NewEntry) -> None:
        """Cache a new answer, in the transaction that journals it."""
        digests = likeness(entry.question)
        answer_cache.store_recent(session, answer_id, entry.scope, digests, entry.cited, entry.embedder, entry.vector)

    def _documents_digest(self, session: Session, caller: Caller, filters: Filters) -> str:
        """Return a digest of what the caller may read; it is computed again only after some document has changed."""
        newest, rights = newest_change(session), _rights(caller, filters)
        with self._lock:
            cached = self._digests.get(rights)
        if cached is not None and cached[0] == newest:
            return cached[1]
        digest = visible_digest(session, caller, filters)
        with self._lock:
            self._digests[rights] = newest, digest
            while len(self._digests) > MAX_CACHED_DIGESTS:
                del self._digests[next(iter(self._digests))]
        return digest

    def _matching(
        self, caller: Caller, question: str, filters: Filters, now: _Now, threshold: str
    ) -> tuple[str, list[list[CacheEntry]]]:
        """Return the digest of the documents, and the entries that the question may match: approved, then recent.

        A recent answer, which nobody judged, is given again only to the same words.
        """
        near = self._min_cosine(now.embedder) is not None
        with self._db.read() as session:
            digest = self._documents_digest(session, caller, filters)
            scopes: list[tuple[str, float | None]] = []
            if self._settings.remember_approved:
                scopes.append((APPROVED, None))
            if minutes := self._settings.remember_recent_min:
                scopes.append((_scope(caller, filters, now.versions, threshold, digest), minutes))
            digests = likeness(question)
            return digest, [
                answer_cache.matching_entries(
                    session, scope, digests, now.embedder, minutes=minutes, near=near and scope == APPROVED
                )
                for scope, minutes in scopes
            ]

    def _similarities(self, entries: Sequence[CacheEntry], question: str, embedder: str) -> dict[int, float]:
        """Return the similarity of each entry's question by row id, the most similar first; only the same or near."""
        found = {row.row_id: 1.0 for row in entries if row.same}
        if (min_cosine := self._min_cosine(embedder)) is not None:
            other = [row for row in entries if not row.same and like(row.question, question)]
            found |= self._near.nearest(other, question, min_cosine)
        return found

    def _valid(
        self,
        caller: Caller,
        question: str,
        mode: AnswerMode,
        filters: Filters | None,
        now: _Now,
        entries: Sequence[CacheEntry],
        similarities: Mapping[int, float],
    ) -> list[tuple[Answer, bool]]:
        """Return the answers that are valid for the caller now, best first, and whether their question is the same.

        Entries that cite documents which the caller may not see are left out before MAX_CANDIDATES are tried. The
        first answer to the same question is the last one; of those to other questions MAX_READ are returned.
        """
        if not similarities:
            return []
        same = {row.row_id for row in entries if row.same}
        cites = {row.row_id: row.cites for row in entries if row.row_id in similarities}
        found: list[tuple[Answer, bool]] = []
        with self._db.read() as session:
            visible = documents.visible_among(session, frozenset[str]().union(*cites.values()), caller)
            readable = [row_id for row_id in similarities if cites[row_id] <= visible][:MAX_CANDIDATES]
            for candidate in answer_cache.load_answers(session, readable):
                wanted = now.versions if candidate.opinion is None else _without_search(now.versions)
                if not same_versions(candidate, wanted):
                    continue
                similarity = similarities[candidate.row_id]
                answer = revalidate(
                    session, candidate, caller, question, mode=mode, filters=filters, similarity=similarity
                )
                if answer is None:
                    continue
                found.append((answer, candidate.row_id in same))
                if candidate.row_id in same or len(found) == MAX_READ:
                    break
        return found

    def _min_cosine(self, embedder: str) -> float | None:
        """Return the cosine from which questions are nearly the same; None where only the same words count."""
        given = self._settings.same_question
        return NEAR.get(embedder) if given is None else (given if given < 1 else None)


def _without_search(versions: Mapping[str, str]) -> dict[str, str]:
    """Return the versions without the search version: what a person approved is right however it was found."""
    return {name: version for name, version in versions.items() if name != "search"}


def _scope(caller: Caller, filters: Filters, versions: Mapping[str, str], threshold: str, digest: str) -> str:
    """Return a digest of all that a cached answer depends on: rights, filters, models, threshold, documents."""
    parts = [_rights(caller, filters), sorted(versions.items()), threshold, digest]
    return sha256(json.dumps(parts).encode()).hexdigest()


def _rights(caller: Caller, filters: Filters) -> str:
    """Return what decides which documents are searched; callers with the same value share cached answers."""
    seen = "all" if caller.sees_all else sorted(caller.groups)
    narrowed = [sorted(filters.collections), sorted(filters.document_ids), sorted(filters.metadata.items())]
    return json.dumps([seen, narrowed])
