"""Datasets: the same feedback gives the same bytes, splits share no document, personal data is redacted."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from core.errors import Invalid, NotFound
from core.store.database import Database
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.learned.lineage import Dataset, Example
from learning.dataset.build import as_jsonl, build_dataset, content_sha256, lessons, new_feedback
from tests.learning.conftest import DENIS, DEVICES, Office, OneNameRedactor, manual, question


def examples(db: Database, dataset: Dataset) -> list[Example]:
    with db.read() as session:
        return lineage.dataset_examples(session, dataset.id)


def test_approved_feedback_becomes_a_numbered_dataset_that_records_its_origin(office: Office, db: Database) -> None:
    office.fill()

    dataset = build_dataset(db, None, "operator")

    found = examples(db, dataset)
    assert (dataset.version, sum(dataset.counts.values())) == (1, len(DEVICES))
    assert min(dataset.counts.values()) >= 2
    assert all(example.feedback_id and len(example.document_ids) == 1 for example in found)
    assert dataset.sha256 == content_sha256(found)


def test_the_same_feedback_gives_the_same_dataset_and_more_the_next_version(office: Office, db: Database) -> None:
    office.fill(DEVICES[:-1])
    first = build_dataset(db, None, "operator")

    again = build_dataset(db, None, "someone else")
    office.praise(DEVICES[-1])
    second = build_dataset(db, None, "operator")

    assert again == first
    assert second.version == 2


def test_an_example_reads_back_as_the_lesson_that_it_was(office: Office, db: Database) -> None:
    office.fill()
    dataset = build_dataset(db, None, "operator")

    made = [item for split in ("train", "valid", "test") for item in lessons(db, dataset.id, split)]

    kettle = next(item for item in made if item.question == question("kettle"))
    assert kettle.target == manual("kettle")[0]
    assert manual("kettle")[0] in kettle.chat()[-1].content
    assert [citation.id for citation in kettle.sources] == list(range(1, len(kettle.sources) + 1))


def test_no_document_is_in_two_splits(office: Office, db: Database) -> None:
    office.fill(by=DENIS)
    for device in DEVICES[:10]:
        found = office.passages(office.serve(device, *manual(device)))[::-1]
        office.judge(office.answer(f"Is a cable in the {device} box?", found, quote=manual(device)[1]), Opinion("up"))

    splits = defaultdict(set)
    for example in examples(db, build_dataset(db, None, "operator")):
        splits[example.document_ids].add(example.split)

    assert all(len(found) == 1 for found in splits.values())


def test_one_big_manual_is_split_by_passage(office: Office, db: Database) -> None:
    texts = [text for device in DEVICES for text in manual(device)]
    found = office.passages(office.serve("everything", *texts))
    for place, device in enumerate(DEVICES):
        answer = office.answer(question(device), found[2 * place : 2 * place + 2], quote=manual(device)[0])
        office.judge(answer, Opinion("up"))

    assert min(build_dataset(db, None, "operator").counts.values()) >= 2


def test_everything_is_redacted_again(office: Office, db: Database) -> None:
    office.fill(DEVICES[1:])
    text = "Ada Lovelace repairs the kettle in room 7."
    found = office.passages(office.serve("Ada Lovelace", text))
    office.judge(office.answer("Does Ada Lovelace repair the kettle?", found, quote=text), Opinion("up"))

    exported = "".join(as_jsonl(examples(db, build_dataset(db, OneNameRedactor(), "operator"))))

    assert "Lovelace" not in exported
    assert exported.count("[PERSON] repairs the kettle in room 7.") == 2


def test_the_export_is_one_json_object_per_line(office: Office, db: Database) -> None:
    office.fill()

    lines = list(as_jsonl(examples(db, build_dataset(db, None, "operator"))))

    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert {json.loads(line)["split"] for line in lines} == {"train", "valid", "test"}


def test_too_little_feedback_says_how_much_is_missing_and_what_was_left_out(office: Office, db: Database) -> None:
    office.fill(["kettle", "router"])
    office.praise("kettle", DENIS)

    with pytest.raises(Invalid, match=r"2 of the 20 examples .* \(left out: 1 duplicate\)"):
        build_dataset(db, None, "operator")


def test_feedback_that_is_all_about_one_passage_cannot_be_split(office: Office, db: Database) -> None:
    found = office.passages(office.serve("kettle", *manual("kettle")))
    for place in range(22):
        answer = office.answer(f"Reset number{place} of kettle?", found, quote=manual("kettle")[0])
        office.judge(answer, Opinion("up"))

    with pytest.raises(Invalid, match="0 of 5 for test"):
        build_dataset(db, None, "operator")


def test_feedback_counts_as_new_until_a_dataset_holds_it(office: Office, db: Database) -> None:
    office.fill()
    assert new_feedback(db) == len(DEVICES)

    build_dataset(db, None, "operator")

    assert new_feedback(db) == 0
    found = office.passages(office.serve("kettle", *manual("kettle")))
    office.judge(office.answer("What is in the kettle box?", found[::-1], quote=manual("kettle")[1]), Opinion("up"))
    assert new_feedback(db) == 1


def test_an_unknown_dataset_raises_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        lessons(db, "ds_none", "train")
