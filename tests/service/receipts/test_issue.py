"""A receipt says what was in every place and that nothing is left, also after a crash in the middle."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from core.errors import NotFound
from core.store import journal
from core.store.access import audit
from core.store.erasure.receipts import Receipt
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.learned.taint import Taint, dataset_taints, model_taints
from core.store.tables import FeedbackRow
from retrieval.lifecycle.publish import index_location, read_pointer
from service.forget import withdraw
from service.receipts import verify
from service.receipts.signing import KEY_FILE, open_signer
from tests.service.receipts.conftest import ADMIN, ASKER, House

EVERYWHERE = {
    "passages": 2,
    "attributes": 3,
    "dense_vectors": 2,
    "token_vectors": 2,
    "dense_index": 2,
    "lexical_index": 2,
    "originals": 1,
    "cached_answers": 1,
    "approved_answers": 1,
    "answers": 1,
    "conversations": 1,
    "feedback": 1,
    "datasets": 1,
    "models": 1,
    "adapters": 1,
    "adapter_copies": 1,
}


class Killed(BaseException):
    """The process ends here."""


def places(receipt: Receipt, what: str) -> dict[str, int]:
    assert receipt.body is not None
    return {place["place"]: place[what] for place in receipt.body["places"]}


def body(receipt: Receipt) -> Mapping[str, Any]:
    assert receipt.body is not None
    return receipt.body


def test_every_place_is_counted_and_nothing_is_left(house: House, lock: str) -> None:
    receipt = house.forget(lock)

    assert places(receipt, "found") == EVERYWHERE
    assert places(receipt, "left") == dict.fromkeys(EVERYWHERE, 0)
    assert body(receipt)["complete"]
    assert all(place["check"] for place in body(receipt)["places"])
    assert verify.verify_all(house.store) == verify.Verification((receipt.id,), ())


def test_no_file_of_the_home_holds_its_words_or_its_name(house: House, lock: str) -> None:
    def holding() -> set[str]:
        files = (path for path in house.home.rglob("*") if path.is_file() and "scratch" not in path.parts)
        return {path.name for path in files if b"button of the lock" in path.read_bytes()}

    assert holding()

    house.forget(lock)

    assert house.services.db.empty_journal()
    assert holding() == set()
    location = index_location(house.services.settings)
    pointer = read_pointer(location.folder)
    assert pointer is not None
    assert pointer.previous is None  # nothing to fall back to: it held the document
    assert [path.name for path in location.folder.glob("snap_*")] == [pointer.current]


def test_the_receipt_names_the_document_and_who_asked_but_not_its_title(house: House, lock: str) -> None:
    receipt = house.forget(lock)

    assert (body(receipt)["document_id"], body(receipt)["by"], body(receipt)["number"]) == (lock, ADMIN.key_id, 1)
    assert len(body(receipt)["title_sha256"]) == 64
    assert "Title" not in str(receipt)
    with house.services.db.read() as session:
        (entry,) = [each for each in audit.list_audit(session).data if each.action == "receipt.issue"]
    assert (entry.key_id, entry.target, entry.detail["left"]) == (ADMIN.key_id, receipt.id, 0)


def test_the_model_that_saw_it_no_longer_serves_and_both_are_marked(house: House) -> None:
    clean = house.tune(house.dataset(house.serve("kettle")))
    lock = house.serve("lock")
    taught = house.fill(lock)
    assert house.active() == taught.id

    house.forget(lock)

    assert house.active() == clean.id
    with house.services.db.read() as session:
        assert model_taints(session, [clean.id, taught.id]) == {taught.id: Taint((), 1)}
        assert dataset_taints(session, [str(taught.dataset_id)]) == {taught.dataset_id: Taint((), 1)}
        assert lineage.get_model_version(session, taught.id).adapter_blob == ""


def test_a_model_tuned_from_one_that_saw_it_goes_too(house: House) -> None:
    lock = house.serve("lock")
    taught = house.tune(house.dataset(lock))
    child = house.tune(house.dataset(house.serve("kettle")), base=taught.id)

    receipt = house.forget(lock)

    assert places(receipt, "found")["models"] == 2
    assert house.active() is None
    with house.services.db.read() as session:
        assert set(model_taints(session, [child.id])) == {child.id}


def test_text_that_another_document_has_too_stays_its_own(house: House, lock: str) -> None:
    twin = house.library.serve("copy of lock", *(passage.text for passage in house.passages(lock)))

    receipt = house.forget(lock)

    assert body(receipt)["complete"]
    assert [passage.text for passage in house.passages(twin)] == [
        "Hold the button of the lock.",
        "The lock has a cable.",
    ]
    assert places(receipt, "found")["originals"] == 1


def test_a_document_that_was_withdrawn_and_purged_before_is_forgotten_too(house: House, lock: str) -> None:
    withdraw(house.services, ADMIN, lock)
    first = house.forget(lock)

    again = house.forget(lock)

    assert sum(places(again, "found").values()) == 0
    assert places(first, "found")["passages"] == 2
    assert (body(again)["number"], body(again)["title_sha256"]) == (2, body(first)["title_sha256"])
    assert verify.verify_all(house.store).faults == ()


def test_an_unknown_document_gets_no_receipt(house: House) -> None:
    with pytest.raises(NotFound):
        house.forget("doc_nobody")
    assert verify.verify_all(house.store) == verify.Verification((), ())


def test_the_key_is_readable_by_its_owner_alone_and_stays_the_same(house: House) -> None:
    first = open_signer(house.home)

    assert stat.S_IMODE((house.home / KEY_FILE).stat().st_mode) == 0o600
    assert open_signer(house.home) == first
    assert first.key.hex() not in repr(first)


@pytest.mark.parametrize(
    "step",
    [
        "service.receipts.issue.find_in_files",
        "service.forget.forget_document",
        "learning.forget.forget_learned",
        "service.forget.purge",
        "service.forget.forgetting.purge",
        "service.forget.forgetting.is_needed",
        "service.forget.traces.erase_attributes",
        "service.forget.erase_files",
        "retrieval.lifecycle.erasing.replace_snapshots",
        "service.receipts.issue.find",
        "service.receipts.issue.receipts.finish_receipt",
        "service.receipts.issue.digest",
    ],
)
def test_a_crash_at_any_step_loses_no_count(
    house: House, lock: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, killed)
    with pytest.raises(Killed):
        house.forget(lock)
    monkeypatch.undo()
    begun = verify.verify_all(house.store)

    receipt = house.forget(lock)

    assert [fault.problem.split(":")[0] for fault in begun.faults] == [
        f"The erasure of {lock} was begun and not finished"
    ]
    assert places(receipt, "found") == EVERYWHERE
    assert body(receipt)["complete"]
    assert verify.verify_all(house.store) == verify.Verification((receipt.id,), ())


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_an_adapter_that_a_crash_left_in_the_blob_store_is_deleted_by_the_next_run(
    house: House, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete: Callable[[str], None] = type(house.services.blobs).delete.__get__(house.services.blobs)
    monkeypatch.setattr(type(house.services.blobs), "delete", killed)
    with pytest.raises(Killed):
        house.forget(lock)
    monkeypatch.setattr(type(house.services.blobs), "delete", lambda _, key: delete(key))

    assert places(house.forget(lock), "left")["adapters"] == 0


def test_what_cannot_be_erased_now_is_counted_and_the_next_run_finishes(
    house: House, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.lifecycle.erasing.replace_snapshots", lambda *_: None)  # another process builds
    first = house.forget(lock)
    monkeypatch.undo()

    second = house.forget(lock)

    assert not body(first)["complete"]
    assert (places(first, "left")["dense_index"], places(first, "left")["lexical_index"]) == (2, 2)
    assert body(second)["complete"]
    assert verify.verify_all(house.store).faults == ()


def test_an_opinion_on_another_answer_that_picked_its_passage_is_found_and_no_longer_points_at_it(
    house: House, lock: str
) -> None:
    answer_id, (first, *_) = house.answer(house.serve("lamp")), house.passages(lock)
    pick = {"chunk_id": first.chunk_id, "document_id": lock, "version": 1, "sha256": first.sha256}
    with house.services.db.write() as session:
        opinion = Opinion("down", right_passages=({**pick, "start": None, "end": None},))
        feedback = journal.give_feedback(session, answer_id, ASKER, opinion)

    receipt = house.forget(lock)

    assert places(receipt, "found")["feedback"] == EVERYWHERE["feedback"] + 1
    assert places(receipt, "left")["feedback"] == 0
    with house.services.db.read() as session:
        assert session.get_one(FeedbackRow, feedback.id).right_passages == []
