"""A dataset: approved feedback as redacted, immutable, numbered examples in train, valid and test.

The same feedback on the same documents gives the same dataset, byte for byte. `learning.dataset.triage` decides what
may become an example, `learning.dataset.split` what must stay together; training is in `learning.tuning.generator`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.errors import Invalid
from core.ports import Redactor
from core.store.database import Database, Session
from core.store.learned import lineage
from core.store.learned.lineage import Dataset, Example
from core.types import Json, Split
from learning.dataset.lessons import KIND, Lesson, from_content, to_content
from learning.dataset.split import Item, Shares, assign
from learning.dataset.triage import Candidate, Limits, Triage, triage

MIN_EXAMPLES = 20
SHARES = Shares()


def build_dataset(
    db: Database,
    redactor: Redactor | None,
    created_by: str,
    *,
    minimum: int = MIN_EXAMPLES,
    limits: Limits = Limits(),
) -> Dataset:
    """Build the next dataset version from all usable approved feedback; return the existing version if nothing changed.

    Raises Invalid, which says what is missing, when there is too little to train or to test on.
    """
    with db.read() as session:
        triaged = triage(session, limits)
    if len(triaged.candidates) < minimum:
        raise _too_little(triaged, minimum)
    examples = _examples(triaged.candidates, redactor)
    _check_splits(examples)
    with db.write() as session:
        return lineage.add_dataset(session, examples, content_sha256(examples), created_by)


def new_feedback(db: Database) -> int:
    """Return how many usable opinions are not yet in the newest dataset."""
    with db.read() as session:
        known = newest_feedback(session, KIND)
        return sum(candidate.feedback_id not in known for candidate in triage(session).candidates)


def newest_feedback(session: Session, kind: str) -> set[str | None]:
    """Return the feedback ids in the newest dataset with examples of this kind; none if there is no such dataset."""
    for dataset in lineage.list_datasets(session):
        examples = lineage.dataset_examples(session, dataset.id)
        if any(example.content["kind"] == kind for example in examples):
            return {example.feedback_id for example in examples}
    return set()


def lessons(db: Database, dataset_id: str, split: Split) -> list[Lesson]:
    """Return the lessons of one split, without those whose document was forgotten since. Raises NotFound."""
    with db.read() as session:
        examples = lineage.dataset_examples(session, dataset_id, split)
        return [from_content(example.content) for example in examples if example.content["kind"] == KIND]


def as_jsonl(examples: Iterable[Example]) -> Iterator[str]:
    """Yield each example as one line of JSON, for export: split, content, feedback id and document ids."""
    for example in examples:
        yield _line(example) + "\n"


def content_sha256(examples: Iterable[Example]) -> str:
    """Return the SHA-256 of all examples in order, in hex."""
    digest = hashlib.sha256()
    for line in as_jsonl(examples):
        digest.update(line.encode())
    return digest.hexdigest()


def _line(example: Example) -> str:
    fields = {
        "split": example.split,
        "feedback_id": example.feedback_id,
        "document_ids": list(example.document_ids),
        "content": dict(example.content),
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def _examples(candidates: Sequence[Candidate], redactor: Redactor | None) -> list[Example]:
    candidate_lessons = [candidate.lesson for candidate in candidates]
    splits = _splits(candidate_lessons)
    redacted = candidate_lessons if redactor is None else [_redacted(lesson, redactor) for lesson in candidate_lessons]
    return [
        Example(split, _content(lesson, candidate), candidate.feedback_id, candidate.document_ids)
        for candidate, lesson, split in zip(candidates, redacted, splits, strict=True)
    ]


def _content(lesson: Lesson, candidate: Candidate) -> Mapping[str, Json]:
    wrong = [{"chunk_id": p.chunk_id, "document_id": p.document_id, "sha256": p.sha256} for p in candidate.wrong]
    return to_content(lesson) | {"corrected": candidate.corrected, "wrong": wrong}


def _redacted(lesson: Lesson, redactor: Redactor) -> Lesson:
    """Redact again: the policy may be stricter now than when the passage or the correction was stored."""
    texts = [lesson.question, lesson.target]
    for citation in lesson.sources:
        texts += [citation.passage.title, citation.quote]
    clean = [redacted.text for redacted in redactor.redact(texts)]
    sources = []
    for index, citation in enumerate(lesson.sources):
        title, text = clean[2 + 2 * index], clean[3 + 2 * index]
        passage = replace(citation.passage, title=title, text=text)
        sources.append(replace(citation, passage=passage, start=0, end=len(text)))
    return Lesson(clean[0], tuple(sources), clean[1])


def _splits(lessons: Sequence[Lesson]) -> list[Split]:
    """Hold out whole documents; if too few can be held out (one big manual), hold out whole passages."""
    for source_of in (_document, _passage):
        splits = assign([Item(lesson.question, (source_of(lesson),)) for lesson in lessons], SHARES)
        if not _missing(Counter(splits)):
            return splits
    return splits


def _document(lesson: Lesson) -> str:
    return lesson.sources[0].passage.document_id


def _passage(lesson: Lesson) -> str:
    return lesson.sources[0].passage.sha256


def _missing(counts: Mapping[str, int]) -> str:
    wanted = {"test": SHARES.min_test, "valid": SHARES.min_valid, "train": SHARES.min_test}
    short = [name for name, minimum in wanted.items() if counts.get(name, 0) < minimum]
    return ", ".join(f"{counts.get(name, 0)} of {wanted[name]} for {name}" for name in short)


def _check_splits(examples: Sequence[Example]) -> None:
    if missing := _missing(Counter(example.split for example in examples)):
        raise Invalid(
            f"The approved feedback cannot be split into training and test: {missing}.",
            hint="It is about too few different questions and passages; approve feedback on others.",
        )


def _too_little(triaged: Triage, minimum: int) -> Invalid:
    reasons = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in sorted(triaged.dropped.items()))
    return Invalid(
        f"{len(triaged.candidates)} of the {minimum} examples that training needs are approved and usable"
        + (f" (left out: {reasons})." if reasons else "."),
        hint="Approve more feedback: thumbs-up on answers, or corrections.",
    )
