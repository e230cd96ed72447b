"""Lessons for search: a question, the passages that answer it, and those that were cited and disputed.

Made from approved feedback. An approved answer shows its cited passages to be right, whatever kind of units it has; a
correction shows the passages that hold it, or those that a person picked. Says nothing of how an answer is worded:
that is `learning.dataset.triage`. Each dataset of such lessons is numbered, redacted and split as that of answers is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import Invalid
from core.ports import Redactor
from core.store.database import Database, Session
from core.store.journal import AnswerRecord, Feedback, approved_feedback
from core.store.learned import lineage
from core.store.learned.lineage import Dataset, Example
from core.store.reading import hydrate
from core.types import OPERATOR, Caller, Json, Passage, Split
from generation.english.words import content
from generation.metrics import normalise
from learning.dataset.build import content_sha256, newest_feedback
from learning.dataset.lessons import plain
from learning.dataset.split import Item, Shares, assign

KIND = "search"
MIN_LESSONS = 50
"""Fewer cannot be split into parts that are worth measuring."""
PER_KEY = 500
"""Lessons that one key may always give; above that, at most as many as all other keys together."""
HOLDS = 0.8
"""Share of a correction's content words that a passage must have to count as its source."""
SHARES = Shares(test=0.2, valid=0.15, min_test=10, min_valid=5)


@dataclass(frozen=True, slots=True)
class PassageRef:
    """A passage as it was when it was judged."""

    chunk_id: int
    document_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SearchLesson:
    """`collection` is that of the first right passage; `was_right`: the answer's first quote was approved.

    `feedback_id` is the newest opinion behind it.
    """

    question: str
    right: tuple[PassageRef, ...]
    wrong: tuple[PassageRef, ...]
    collection: str
    was_right: bool
    feedback_id: str
    key_id: str

    @property
    def document_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.document_id for each in (*self.right, *self.wrong)))


@dataclass(frozen=True, slots=True)
class SearchTriage:
    """The lessons in the approved feedback, oldest first, and how many opinions were left out for each reason."""

    lessons: tuple[SearchLesson, ...]
    dropped: Mapping[str, int]


def search_triage(session: Session, reader: Caller = OPERATOR, per_key: int = PER_KEY) -> SearchTriage:
    """Return the lessons for search in the approved feedback, of documents that `reader` may see."""
    opinions = [(feedback, feedback.answer) for feedback in approved_feedback(session) if feedback.answer]
    ids = {int(each["chunk_id"]) for _, answer in opinions for each in answer.passages}
    ids |= {int(each["chunk_id"]) for feedback, _ in opinions for each in feedback.opinion.right_passages}
    current = hydrate(session, reader, sorted(ids))
    dropped: Counter[str] = Counter()
    found = []
    for feedback, answer in opinions:
        lesson = _lesson(feedback, answer, current)
        if isinstance(lesson, str):
            dropped[lesson] += 1
        else:
            found.append(lesson)
    agreed = _capped(_agreed(found, dropped), per_key, dropped)
    return SearchTriage(tuple(sorted(agreed, key=lambda each: each.feedback_id)), dict(dropped))


def build_search_dataset(
    db: Database, redactor: Redactor | None, created_by: str, *, minimum: int = MIN_LESSONS
) -> Dataset:
    """Build the next dataset of lessons for search; return the existing one if nothing changed.

    Raises Invalid, which says what is missing, when there is too little to tune or to test on.
    """
    with db.read() as session:
        triaged = search_triage(session)
    if len(triaged.lessons) < minimum:
        reasons = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(triaged.dropped.items()))
        raise Invalid(
            f"{len(triaged.lessons)} of the {minimum} lessons that tuning search needs are approved and usable"
            + (f" (left out: {reasons})." if reasons else "."),
            hint="Approve more feedback: thumbs-up on answers, or corrections.",
        )
    splits = _splits(triaged.lessons)
    questions = [lesson.question for lesson in triaged.lessons]
    clean = [each.text for each in redactor.redact(questions)] if redactor is not None else questions
    examples = [
        Example(split, _content(replace(lesson, question=text)), lesson.feedback_id, lesson.document_ids)
        for lesson, text, split in zip(triaged.lessons, clean, splits, strict=True)
    ]
    with db.write() as session:
        return lineage.add_dataset(session, examples, content_sha256(examples), created_by)


def new_search_feedback(db: Database) -> int:
    """Return how many lessons for search are not yet in the newest dataset of them."""
    with db.read() as session:
        known = newest_feedback(session, KIND)
        return sum(lesson.feedback_id not in known for lesson in search_triage(session).lessons)


def search_lessons(db: Database, dataset_id: str, split: Split) -> list[SearchLesson]:
    """Return the lessons of one split, without those whose document was forgotten since. Raises NotFound."""
    with db.read() as session:
        examples = lineage.dataset_examples(session, dataset_id, split)
    return [_stored(example) for example in examples if example.content["kind"] == KIND]


def _lesson(feedback: Feedback, answer: AnswerRecord, current: Mapping[int, Passage]) -> SearchLesson | str:
    """Return the lesson of one opinion, or why there is none."""
    opinion = feedback.opinion
    cited = _cited(answer, current)
    if cited is None:
        return "passages_changed"
    disputed = [passage for number, passage in cited if number in opinion.wrong_citations]
    right = [current[int(ref["chunk_id"])] for ref in feedback.opinion.right_passages if _stands(ref, current)]
    was_right = False
    if opinion.rating == "up":
        if answer.status != "answered":
            return "refusal_was_right"
        right += [passage for number, passage in cited if number not in opinion.wrong_citations]
        was_right = bool(cited) and cited[0][0] not in opinion.wrong_citations
    elif not right:
        right = _sources(opinion.correction or "", [current[i] for i in _ids(answer) if i in current])
    if not right:
        return "nothing_right" if opinion.rating == "up" or not opinion.correction else "not_in_sources"
    rightful = {passage.chunk_id for passage in right}
    return SearchLesson(
        answer.question,
        tuple(_ref(passage) for passage in _once(right)),
        tuple(_ref(passage) for passage in _once(disputed) if passage.chunk_id not in rightful),
        right[0].collection,
        was_right,
        feedback.id,
        feedback.key_id,
    )


def _cited(answer: AnswerRecord, current: Mapping[int, Passage]) -> list[tuple[int, Passage]] | None:
    """Return the number and the passage of each citation; None if one of them is not as it was."""
    passages = [current[int(ref["chunk_id"])] for ref in answer.passages if _stands(ref, current)]
    found = []
    for citation in answer.body.get("citations", ()):
        span = slice(int(citation["start"]), int(citation["end"]))
        of = next(
            (p for p in passages if p.document_id == citation["document_id"] and p.text[span] == citation["quote"]),
            None,
        )
        if of is None:
            return None
        found.append((int(citation["id"]), of))
    return found


def _stands(ref: Mapping[str, Json], current: Mapping[int, Passage]) -> bool:
    passage = current.get(int(ref["chunk_id"]))
    return passage is not None and passage.sha256 == ref["sha256"] and passage.document_id == ref["document_id"]


def _ids(answer: AnswerRecord) -> list[int]:
    return [int(ref["chunk_id"]) for ref in answer.passages]


def _sources(correction: str, passages: Sequence[Passage]) -> list[Passage]:
    """Return the passage that holds most of a correction's content words, if it holds HOLDS of them."""
    words = set(content(plain(correction)))
    if not words or not passages:
        return []
    shares = [len(words & set(content(" ".join((*p.heading, p.title, p.text))))) / len(words) for p in passages]
    best = max(range(len(passages)), key=lambda number: shares[number])
    return [passages[best]] if shares[best] >= HOLDS else []


def _once(passages: Iterable[Passage]) -> list[Passage]:
    return list({passage.chunk_id: passage for passage in passages}.values())


def _ref(passage: Passage) -> PassageRef:
    return PassageRef(passage.chunk_id, passage.document_id, passage.sha256)


def _agreed(lessons: Sequence[SearchLesson], dropped: Counter[str]) -> list[SearchLesson]:
    """Return one lesson per question; of opinions that call one passage right and wrong, none counts for it."""
    by_question: dict[str, list[SearchLesson]] = defaultdict(list)
    for lesson in lessons:
        by_question[normalise(lesson.question)].append(lesson)
    agreed = []
    for same in by_question.values():
        right = list(dict.fromkeys(ref for lesson in same for ref in lesson.right))
        wrong = list(dict.fromkeys(ref for lesson in same for ref in lesson.wrong))
        doubted = set(right) & set(wrong)
        newest = max(same, key=lambda each: each.feedback_id)
        sure = tuple(ref for ref in right if ref not in doubted)
        if not sure:
            dropped["contradicted"] += len(same)
            continue
        dropped["duplicate"] += len(same) - 1
        agreed.append(replace(newest, right=sure, wrong=tuple(ref for ref in wrong if ref not in doubted)))
    dropped += Counter()  # removes the zeros
    return agreed


def _capped(lessons: Sequence[SearchLesson], per_key: int, dropped: Counter[str]) -> list[SearchLesson]:
    by_key: dict[str, list[SearchLesson]] = defaultdict(list)
    for lesson in sorted(lessons, key=lambda each: each.feedback_id, reverse=True):
        by_key[lesson.key_id].append(lesson)
    capped: list[SearchLesson] = []
    for own in by_key.values():
        cap = max(per_key, len(lessons) - len(own))
        if len(own) > cap:
            dropped["too_many_of_one_key"] += len(own) - cap
        capped += own[:cap]
    return capped


def _splits(lessons: Sequence[SearchLesson]) -> list[Split]:
    """Hold out whole documents; if too few can be held out (one big manual), hold out whole passages."""
    splits: list[Split] = []
    for places in ([each.right[0].document_id for each in lessons], [each.right[0].sha256 for each in lessons]):
        splits = assign([Item(each.question, (place,)) for each, place in zip(lessons, places, strict=True)], SHARES)
        counts = Counter[str](splits)
        wanted = {"test": SHARES.min_test, "valid": SHARES.min_valid, "train": SHARES.min_test}
        short = [f"{counts[name]} of {least} for {name}" for name, least in wanted.items() if counts[name] < least]
        if not short:
            return splits
    raise Invalid(
        f"The approved feedback cannot be split into training and test: {', '.join(short)}.",
        hint="It is about too few different questions and passages; approve feedback on others.",
    )


def _content(lesson: SearchLesson) -> dict[str, Json]:
    def refs(passages: Iterable[PassageRef]) -> list[dict[str, Json]]:
        return [{"chunk_id": p.chunk_id, "document_id": p.document_id, "sha256": p.sha256} for p in passages]

    return {
        "kind": KIND,
        "question": lesson.question,
        "right": refs(lesson.right),
        "wrong": refs(lesson.wrong),
        "collection": lesson.collection,
        "was_right": lesson.was_right,
        "key_id": lesson.key_id,
    }


def _stored(example: Example) -> SearchLesson:
    def refs(name: str) -> tuple[PassageRef, ...]:
        return tuple(PassageRef(int(p["chunk_id"]), p["document_id"], p["sha256"]) for p in example.content[name])

    stored = example.content
    return SearchLesson(
        stored["question"],
        refs("right"),
        refs("wrong"),
        stored["collection"],
        bool(stored["was_right"]),
        example.feedback_id or "",
        stored["key_id"],
    )
