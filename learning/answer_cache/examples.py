"""Approved answers to similar questions, as few-shot examples for the generator: they show how an answer is written.

An example must be valid for this caller, like a cached answer: they may read what it cites, and every quote is still in
its place. The text of an example cannot enter an answer: the check compares only with the question's own sources.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.store.database import Database
from core.store.learned import answer_cache
from core.types import Answer, Caller
from generation.evidence.cite import inline
from generation.phrasing.prompt import Example
from generation.question.same_question import likeness
from learning.answer_cache.near import NearQuestions
from learning.answer_cache.recall import revalidate
from learning.dataset.lessons import plain

MIN_COSINE = 0.75
"""Cosine from which two questions are similar: about the same kind of matter, not necessarily the same question."""
MAX_EXAMPLES = 2
MAX_CANDIDATES = 6
MAX_COMPARED = 400
"""Approved answers that are compared, the newest."""


class ExampleSelector:
    """Selects examples for questions. Safe to share between threads."""

    def __init__(self, db: Database, near: NearQuestions) -> None:
        self._db, self._near = db, near

    def __call__(self, caller: Caller, question: str) -> Sequence[Example]:
        """Return at most MAX_EXAMPLES examples, the most similar first.

        Raises Unavailable when the database does not answer.
        """
        with self._db.read() as session:
            approved = answer_cache.approved_entries(session, likeness(question), self._near.embedder, MAX_COMPARED)
        other_questions = [row for row in approved if not row.same]
        nearest = list(self._near.nearest(other_questions, question, MIN_COSINE))[:MAX_CANDIDATES]
        return self._valid_examples(caller, question, nearest) if nearest else []

    def _valid_examples(self, caller: Caller, question: str, row_ids: Sequence[int]) -> list[Example]:
        examples: list[Example] = []
        with self._db.read() as session:
            for candidate in answer_cache.load_answers(session, row_ids):
                answer = revalidate(session, candidate, caller, question, mode="generate", filters=None, similarity=1.0)
                if answer is not None:
                    examples.append(Example(candidate.answer.question, _as_generated(answer)))
                if len(examples) == MAX_EXAMPLES:
                    break
        return examples


def _as_generated(answer: Answer) -> str:
    """Return the answer as a generator should write it: plain sentences with the numbers of their sources."""
    return " ".join(inline(plain(sentence.text), sentence.cites) for sentence in answer.sentences)
