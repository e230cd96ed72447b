"""Which datasets and models saw a document that is gone, on both databases, and where pointers go then."""

from __future__ import annotations

from core.store import documents
from core.store.database import Database
from core.store.learned import lineage, taint
from core.store.learned.lineage import Example
from core.store.learned.taint import Retreat, Taint
from core.types import OPERATOR
from tests.core.conftest import Library


def dataset(db: Database, *document_ids: str) -> str:
    examples = [Example("train", {"kind": "answer", "target": each}, None, (each,)) for each in document_ids]
    with db.write() as session:
        return lineage.add_dataset(session, examples, "".join(document_ids)[-64:], "operator").id


def model(db: Database, dataset_id: str | None, *, base: str = "tiny", promoted: bool = True) -> str:
    with db.write() as session:
        made = lineage.add_model_version(
            session, role="generator", base=base, adapter_blob="0" * 64, dataset_id=dataset_id, job_id=None,
            state="candidate", report={},
        )  # fmt: skip
        if promoted:
            lineage.promote(session, made.id)
    return made.id


def withdraw(db: Database, document_id: str) -> None:
    with db.write() as session:
        documents.delete_document(session, document_id, OPERATOR)


def leave(db: Database, document_id: str) -> list[Retreat]:
    with db.write() as session:
        return taint.leave(session, taint.models_that_saw(session, document_id))


def active(db: Database) -> str | None:
    with db.read() as session:
        found = lineage.active_model(session)
    return found.id if found is not None else None


def test_a_dataset_is_marked_with_the_withdrawn_documents_that_it_saw(db: Database) -> None:
    library = Library(db)
    kept, gone = library.serve("kept.txt", "kept"), library.serve("gone.txt", "gone")
    both, clean = dataset(db, kept, gone), dataset(db, kept)

    withdraw(db, gone)

    with db.read() as session:
        assert taint.dataset_taints(session, [both, clean]) == {both: Taint((gone,))}


def test_a_model_is_marked_by_all_the_datasets_behind_it(db: Database) -> None:
    library = Library(db)
    kept, gone = library.serve("kept.txt", "kept"), library.serve("gone.txt", "gone")
    parent = model(db, dataset(db, gone))
    child = model(db, dataset(db, kept), base=parent)
    other = model(db, dataset(db, kept))

    withdraw(db, gone)

    with db.read() as session:
        marked = taint.model_taints(session, [parent, child, other])
        saw = taint.models_that_saw(session, gone)
    assert marked == {parent: Taint((gone,)), child: Taint((gone,))}
    assert saw == {parent, child}


def test_a_document_named_only_in_an_examples_content_was_seen_too(db: Database) -> None:
    gone = Library(db).serve("gone.txt", "gone")
    with db.write() as session:
        wrong = Example("train", {"kind": "answer", "wrong": [{"document_id": gone}]}, None, ())
        made = lineage.add_dataset(session, [wrong], "0" * 64, "operator")
    tuned = model(db, made.id)

    with db.read() as session:
        assert taint.models_that_saw(session, gone) == {tuned}


def test_the_pointer_goes_to_the_newest_untainted_version_that_was_active(db: Database) -> None:
    library = Library(db)
    kept, gone = library.serve("kept.txt", "kept"), library.serve("gone.txt", "gone")
    model(db, dataset(db, kept))
    clean = model(db, None)
    model(db, None, promoted=False)  # nobody promoted it
    tainted = model(db, dataset(db, gone))

    left = leave(db, gone)

    assert left == [Retreat("active_generator", tainted, clean)]
    assert active(db) == clean
    with db.read() as session:
        assert lineage.get_model_version(session, tainted).state == "retired"
        assert lineage.get_model_version(session, clean).state == "active"


def test_versions_on_another_base_or_tainted_by_another_document_are_not_chosen(db: Database) -> None:
    library = Library(db)
    gone, also_gone = library.serve("gone.txt", "gone"), library.serve("also.txt", "also gone")
    model(db, None, base="other")
    model(db, dataset(db, also_gone))
    model(db, dataset(db, gone))
    withdraw(db, also_gone)

    leave(db, gone)

    assert active(db) is None


def test_no_roll_back_leads_to_a_version_that_was_left(db: Database) -> None:
    gone = Library(db).serve("gone.txt", "gone")
    model(db, dataset(db, gone))
    clean = model(db, None)

    assert leave(db, gone) == []

    assert active(db) == clean
    with db.write() as session:
        assert lineage.roll_back(session) is None
