"""Approved answers to like questions, as examples for the generator: they show how this house answers.

Each must stand for this caller as if it were given again: he may read what it cites, and every quote is where it was.
What is said in an example cannot enter an answer: the check compares with the sources of the question alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.store.database import Database
from core.store.learned import answer_cache
from core.types import Answer, Caller
from generation.evidence.cite import inline
from generation.phrasing.prompt import Example
from generation.question.same_question import likeness
from learning.answer_cache.near import NearQuestions
from learning.answer_cache.recall import give_again
from learning.dataset.lessons import plain

LIKE = 0.75
"""Cosine from which a question is like another: about the same kind of matter, not necessarily the same one."""
MOST = 2
TRIED = 6
LOOKED_THROUGH = 400
"""Approved answers that are compared, the newest."""


class Exemplars:
    """Finds examples for questions; threads may share it."""

    def __init__(self, db: Database, near: NearQuestions) -> None:
        self._db, self._near = db, near

    def __call__(self, caller: Caller, question: str) -> Sequence[Example]:
        """Return at most MOST examples, the likest first. Raises Unavailable when the database does not answer."""
        with self._db.read() as session:
            shelf = answer_cache.approved(session, likeness(question), self._near.embedder, LOOKED_THROUGH)
        near = list(self._near.among([each for each in shelf if not each.same], question, LIKE))[:TRIED]
        return list(self._standing(caller, question, near)) if near else []

    def _standing(self, caller: Caller, question: str, rows: Sequence[int]) -> Iterator[Example]:
        left = MOST
        with self._db.read() as session:
            for found in answer_cache.candidates(session, rows):
                answer = give_again(session, found, caller, question, mode="generate", filters=None, similarity=1.0)
                if answer is None:
                    continue
                yield Example(found.answer.question, _written(answer))
                left -= 1
                if not left:
                    return


def _written(answer: Answer) -> str:
    """Return the answer as a generator should write it: plain sentences with the numbers of their sources."""
    return " ".join(inline(plain(sentence.text), sentence.cites) for sentence in answer.sentences)
