"""A dataset: approved feedback as redacted, immutable, numbered examples in train, valid and test.

The same feedback over the same documents gives the same dataset, byte for byte. What may become an example is decided
in `learning.dataset.triage`, what must stay together in `learning.dataset.split`; training is in
`learning.tuning.generator`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.errors import Invalid
from core.ports import Redactor
from core.store.database import Database
from core.store.learned import lineage
from core.store.learned.lineage import Dataset, Example
from core.types import Json, Passage, Split
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
    """Make the next version from all approved feedback that stands; the same content returns the version that has it.

    Raises Invalid that says what is missing when there is too little to learn from or to test on.
    """
    with db.read() as session:
        sorted_out = triage(session, limits)
    if len(sorted_out.candidates) < minimum:
        raise _too_little(sorted_out, minimum)
    examples = _examples(sorted_out.candidates, redactor)
    _check_splits(examples)
    with db.write() as session:
        return lineage.add_dataset(session, examples, content_sha256(examples), created_by)


def new_feedback(db: Database) -> int:
    """Return how many opinions could be learned from that the newest dataset does not hold."""
    with db.read() as session:
        newest = next(iter(lineage.list_datasets(session)), None)
        known = {e.feedback_id for e in lineage.dataset_examples(session, newest.id)} if newest else set()
        return sum(candidate.feedback_id not in known for candidate in triage(session).candidates)


def lessons(db: Database, dataset_id: str, split: Split) -> list[Lesson]:
    """Return one part of a dataset, ready for a generator, without what was forgotten since. Raises NotFound."""
    with db.read() as session:
        examples = lineage.dataset_examples(session, dataset_id, split)
        return [from_content(example.content) for example in examples if example.content["kind"] == KIND]


def as_jsonl(examples: Iterable[Example]) -> Iterator[str]:
    """Yield one line of JSON an example, for export: split, content and where it comes from."""
    for example in examples:
        yield _line(example) + "\n"


def content_sha256(examples: Iterable[Example]) -> str:
    """Return the hash over all examples in order."""
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
    made = [candidate.lesson for candidate in candidates]
    splits = _splits(made)
    redacted = made if redactor is None else [_redacted(item, redactor) for item in made]
    return [
        Example(split, _content(item, candidate), candidate.feedback_id, candidate.document_ids)
        for candidate, item, split in zip(candidates, redacted, splits, strict=True)
    ]


def _content(made: Lesson, candidate: Candidate) -> Mapping[str, Json]:
    wrong = [{"chunk_id": p.chunk_id, "document_id": p.document_id, "sha256": p.sha256} for p in candidate.wrong]
    return to_content(made) | {"corrected": candidate.corrected, "wrong": wrong}


def _redacted(made: Lesson, redactor: Redactor) -> Lesson:
    """Redact again: the policy may be stricter now than when the passage or the correction came in."""
    texts = [made.question, made.target]
    for citation in made.sources:
        texts += [citation.passage.title, citation.quote]
    clean = [redacted.text for redacted in redactor.redact(texts)]
    sources = []
    for place, citation in enumerate(made.sources):
        title, text = clean[2 + 2 * place], clean[3 + 2 * place]
        sources.append(replace(citation, passage=_with(citation.passage, title, text), start=0, end=len(text)))
    return Lesson(clean[0], tuple(sources), clean[1])


def _with(passage: Passage, title: str, text: str) -> Passage:
    return replace(passage, title=title, text=text)


def _splits(made: Sequence[Lesson]) -> list[Split]:
    """Hold out whole documents; where that leaves nothing to hold out (one big manual), whole passages."""
    for place_of in (_document, _passage):
        splits = assign([Item(item.question, (place_of(item),)) for item in made], SHARES)
        if not _missing(Counter(splits)):
            return splits
    return splits


def _document(made: Lesson) -> str:
    return made.sources[0].passage.document_id


def _passage(made: Lesson) -> str:
    return made.sources[0].passage.sha256


def _missing(counts: Mapping[str, int]) -> str:
    wanted = {"test": SHARES.least_test, "valid": SHARES.least_valid, "train": SHARES.least_test}
    short = [name for name, least in wanted.items() if counts.get(name, 0) < least]
    return ", ".join(f"{counts.get(name, 0)} of {wanted[name]} for {name}" for name in short)


def _check_splits(examples: Sequence[Example]) -> None:
    if missing := _missing(Counter(example.split for example in examples)):
        raise Invalid(
            f"The approved feedback cannot be held apart into training and test: {missing}.",
            hint="It is about too few questions and passages; approve feedback on others.",
        )


def _too_little(sorted_out: Triage, minimum: int) -> Invalid:
    reasons = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in sorted(sorted_out.dropped.items()))
    return Invalid(
        f"{len(sorted_out.candidates)} of the {minimum} examples that training needs are approved and usable"
        + (f" (left out: {reasons})." if reasons else "."),
        hint="Approve more feedback: thumbs-up on answers, or corrections.",
    )
