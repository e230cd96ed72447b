"""A receipt that was changed or removed is found and named, and so is whatever of a document comes back."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from core.errors import Invalid, NotFound
from core.store import journal
from core.store.learned import answer_cache, lineage
from core.store.passages import embed_text, sha256
from core.store.tables import AuditRow, DocumentRow, PointerRow, ReceiptRow, VectorRow
from retrieval.lifecycle.publish import index_location
from service.receipts import verify
from service.receipts.signing import KEY_FILE, open_signer
from service.receipts.verify import NAMES, Verification
from tests.core.conftest import MODEL
from tests.service.receipts.conftest import ASKER, SAME, TOKENS, House


@dataclass(frozen=True, slots=True)
class Before:
    """What there was of a document in every place before it was forgotten, to put it back."""

    digest: str
    original: bytes
    adapter: bytes
    index: Path
    model_id: str
    other: str

    @classmethod
    def of(cls, house: House, document_id: str, folder: Path) -> Before:
        passages, model_id = house.passages(document_id), house.active()
        assert model_id is not None
        with house.services.db.read() as session:
            adapter = lineage.get_model_version(session, model_id).adapter_blob
        shutil.copytree(index_location(house.services.settings).folder, folder / "index")
        return cls(
            sha256(embed_text("Title", passages[0])),
            "".join(passage.text for passage in passages).encode(),
            house.services.blobs.get(adapter),
            folder / "index",
            model_id,
            house.serve("toaster"),
        )


CHANGED: Mapping[str, Any] = {
    "format": 2,
    "number": 7,
    "complete": False,
    "places": [],
    "previous": {"id": "rcp_none", "sha256": "0" * 64},
}
"""Another value of a field; of all others, another text."""


@pytest.fixture
def chain(house: House) -> tuple[str, str, str]:
    """The receipts of three forgotten documents, in order."""
    first, second, third = (house.forget(house.serve(name)).id for name in ("lock", "kettle", "router"))
    return first, second, third


def problems(found: Verification) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for fault in found.faults:
        named.setdefault(fault.receipt, []).append(fault.problem)
    return named


def change(house: House, receipt_id: str, edit: Callable[[ReceiptRow], None]) -> None:
    with house.services.db.write() as session:
        edit(session.get_one(ReceiptRow, receipt_id))


def stored(house: House, receipt_id: str) -> dict[str, Any]:
    with house.services.db.read() as session:
        return signed(session.get_one(ReceiptRow, receipt_id))


def signed(row: ReceiptRow) -> dict[str, Any]:
    assert row.body is not None
    return dict(row.body)


def test_untouched_receipts_are_good_one_by_one_and_together(house: House, chain: tuple[str, str, str]) -> None:
    assert verify.verify_all(house.store) == Verification(chain, ())
    for receipt_id in chain:
        assert verify.verify_one(house.store, receipt_id) == Verification((receipt_id,), ())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_change_of_any_field_is_found_and_named(house: House, chain: tuple[str, str, str], name: str) -> None:
    def edit(row: ReceiptRow) -> None:
        row.body = {**signed(row), name: CHANGED.get(name, "changed")}

    change(house, chain[1], edit)

    assert chain[1] in problems(verify.verify_all(house.store))
    assert verify.verify_one(house.store, chain[1]).faults


def test_a_change_inside_a_place_is_found(house: House, chain: tuple[str, str, str]) -> None:
    def edit(row: ReceiptRow) -> None:
        body = copy.deepcopy(signed(row))
        body["places"][0]["left"] = 1
        row.body = body

    change(house, chain[0], edit)

    assert "signature does not match" in problems(verify.verify_one(house.store, chain[0]))[chain[0]][0]


def test_a_field_that_was_added_or_removed_is_found(house: House, chain: tuple[str, str, str]) -> None:
    def add(row: ReceiptRow) -> None:
        row.body = {**signed(row), "note": "all is well"}

    def remove(row: ReceiptRow) -> None:
        row.body = {name: value for name, value in signed(row).items() if name != "by"}

    change(house, chain[0], add)
    change(house, chain[1], remove)

    assert {chain[0], chain[1]} <= set(problems(verify.verify_all(house.store)))


def test_a_changed_column_or_list_of_what_was_found_is_named(house: House, chain: tuple[str, str, str]) -> None:
    def other_document(row: ReceiptRow) -> None:
        row.document_id = "doc_other"

    def found_less(row: ReceiptRow) -> None:
        row.found = {**row.found, "answers": ["ans_x"]}

    change(house, chain[0], other_document)
    change(house, chain[1], found_less)

    named = problems(verify.verify_all(house.store))
    assert "The stored document_id is not the one that was signed." in named[chain[0]]
    assert "The stored list of what was found is not the one that was signed." in named[chain[1]]


def test_a_receipt_removed_from_the_middle_is_named_and_so_is_the_gap(
    house: House, chain: tuple[str, str, str]
) -> None:
    with house.services.db.write() as session:
        session.execute(delete(ReceiptRow).where(ReceiptRow.id == chain[1]))
        session.execute(delete(AuditRow).where(AuditRow.target == chain[1]))  # whoever removes it thinks of both

    named = problems(verify.verify_all(house.store))

    assert named[chain[1]] == ["It was issued as number 2 and is missing."]
    assert named[chain[2]] == [f"The receipt before it, {chain[1]}, is missing or is not in its place."]
    assert verify.verify_one(house.store, chain[1]).faults


def test_a_receipt_removed_from_the_end_is_named_by_the_audit_trail(house: House, chain: tuple[str, str, str]) -> None:
    with house.services.db.write() as session:
        session.execute(delete(ReceiptRow).where(ReceiptRow.id == chain[2]))

    assert problems(verify.verify_all(house.store)) == {chain[2]: ["It was issued as number 3 and is missing."]}


def test_a_receipt_signed_again_with_the_right_key_breaks_the_chain(house: House, chain: tuple[str, str, str]) -> None:
    def edit(row: ReceiptRow) -> None:
        content = {name: value for name, value in signed(row).items() if name != "signature"}
        row.body = open_signer(house.home).signed({**content, "by": "key_nobody"})

    change(house, chain[0], edit)

    named = problems(verify.verify_all(house.store))
    assert named[chain[0]] == ["It is not the one that the audit trail says was issued."]
    assert named[chain[1]] == [f"The receipt before it, {chain[0]}, was changed after this one was made."]


def test_without_the_key_nothing_is_called_good(house: House, chain: tuple[str, str, str]) -> None:
    (house.home / KEY_FILE).unlink()

    assert set(problems(verify.verify_all(house.store))) == set(chain)


def test_an_unknown_receipt_is_an_error(house: House) -> None:
    with pytest.raises(NotFound):
        verify.verify_one(house.store, "rcp_nobody")


def put_back_a_vector(house: House, lock: str, before: Before) -> None:
    with house.services.db.write() as session:
        session.add(VectorRow(sha256=before.digest, model=MODEL, vector=b"0000"))


def put_back_a_token_vector(house: House, lock: str, before: Before) -> None:
    with house.services.db.write() as session:
        session.add(VectorRow(sha256=before.digest, model=TOKENS, vector=b"packed"))


def put_back_the_file(house: House, lock: str, before: Before) -> None:
    house.services.blobs.put(before.original)


def put_back_the_adapter(house: House, lock: str, before: Before) -> None:
    house.services.blobs.put(before.adapter)


def put_back_the_snapshots(house: House, lock: str, before: Before) -> None:
    index = index_location(house.services.settings).folder
    shutil.rmtree(index)
    shutil.copytree(before.index, index)


def put_back_a_copy(house: House, lock: str, before: Before) -> None:
    (house.home / "adapters" / before.model_id).mkdir(parents=True)


def put_back_an_answer(house: House, lock: str, before: Before) -> None:
    body = {"status": "answered", "text": "So.", "citations": [{"id": 1, "document_id": lock}]}
    with house.services.db.write() as session:
        journal.record_answer(
            session, "ans_late", ASKER, question="How?", mode="auto", body=body, passages=[], versions={}
        )


def put_back_a_cached_answer(house: House, lock: str, before: Before) -> None:
    other = house.answer(before.other)
    with house.services.db.write() as session:
        answer_cache.store_recent(session, other, "here", SAME, [lock])


def put_back_an_example(house: House, lock: str, before: Before) -> None:
    house.dataset(before.other, lock)


def point_at_the_model(house: House, lock: str, before: Before) -> None:
    with house.services.db.write() as session:
        session.get_one(PointerRow, "active_generator").value = before.model_id


def put_back_the_title(house: House, lock: str, before: Before) -> None:
    with house.services.db.write() as session:
        session.get_one(DocumentRow, lock).title = "Lock"


@pytest.mark.parametrize(
    ("come_back", "places"),
    [
        (put_back_a_vector, ["dense vectors"]),
        (put_back_a_token_vector, ["token vectors"]),
        (put_back_the_file, ["originals"]),
        (put_back_the_adapter, ["adapters"]),
        (put_back_the_snapshots, ["dense index", "lexical index"]),
        (put_back_a_copy, ["adapter copies"]),
        (put_back_an_answer, ["answers"]),
        (put_back_a_cached_answer, ["cached answers"]),
        (put_back_an_example, ["datasets"]),
        (point_at_the_model, ["models"]),
        (put_back_the_title, ["attributes"]),
    ],
)
def test_what_comes_back_is_found_and_its_place_named(
    house: House, lock: str, tmp_path: Path, come_back: Callable[[House, str, Before], None], places: list[str]
) -> None:
    before = Before.of(house, lock, tmp_path)
    receipt = house.forget(lock)
    assert verify.verify_all(house.store).faults == ()

    come_back(house, lock, before)

    found = problems(verify.verify_one(house.store, receipt.id))
    assert [problem.split(" are in ")[1] for problem in found[receipt.id]] == [f"{place} now." for place in places]


def test_the_same_file_uploaded_by_somebody_else_is_not_what_was_forgotten(house: House, lock: str) -> None:
    receipt = house.forget(lock)

    house.fill(house.serve("lock"))

    assert verify.verify_one(house.store, receipt.id).faults == ()


def test_an_exported_receipt_is_checked_against_the_stored_one(house: House, chain: tuple[str, str, str]) -> None:
    exported = json.loads(json.dumps(stored(house, chain[1])))

    good = verify.verify_exported(house.store, exported)
    changed = verify.verify_exported(house.store, {**exported, "by": "key_nobody"})
    unknown = verify.verify_exported(house.store, {**exported, "id": "rcp_nobody"})

    assert good == Verification((chain[1],), ())
    assert len(problems(changed)[chain[1]]) == 2
    assert "removed" in problems(unknown)["rcp_nobody"][-1]
    with pytest.raises(Invalid):
        verify.verify_exported(house.store, ["no receipt"])


def test_an_exported_receipt_finds_what_a_restored_backup_brought_back(house: House, lock: str, tmp_path: Path) -> None:
    assert house.services.db.empty_journal()
    shutil.copytree(house.home, tmp_path / "backup")
    receipt = house.forget(lock)
    house.services.db.close()
    shutil.copy(house.home / KEY_FILE, tmp_path / "backup")
    shutil.rmtree(house.home)
    (tmp_path / "backup").rename(house.home)

    found = verify.verify_exported(house.store, dict(receipt.body or {}))

    assert "no such receipt" in found.faults[0].problem
    assert f"2 items of document {lock} are in passages now." in problems(found)[receipt.id]
