"""The places that may hold something of a document, and how many items of it each holds now.

The database is asked by `core.store.erasure.traces`, the snapshots by `retrieval.lifecycle.erasing`; files are looked
at here. Erases only what a crash left in files.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.ports import Blobs
from core.settings import Settings
from core.store.database import Database
from core.store.erasure import traces
from core.store.erasure.traces import Found
from core.types import Json
from service.receipts.signing import Signer

CHECKS: Mapping[str, str] = {
    "passages": "Counted the rows of its passages and of its text.",
    "attributes": "Looked whether its row still has a title, path or metadata, and its versions a file name or report.",
    "dense_vectors": "Counted stored vectors of its passages that no passage of another document has too.",
    "token_vectors": "Counted stored token vectors of its passages that no passage of another document has too.",
    "dense_index": "Looked for its passages in the vectors of every snapshot on this machine, in the index's journal, "
    "and at how far each shared engine has followed that journal.",
    "lexical_index": "Looked for its passages in the lexical part of every snapshot on this machine, and in the "
    "index's journal.",
    "originals": "Asked the blob store for each uploaded file of its versions; a file that another document has too "
    "is that document's.",
    "cached_answers": "Counted answers kept for reuse that cite it.",
    "approved_answers": "Counted approved answers kept for reuse that cite it.",
    "answers": "Counted stored answers that were made from it or name it.",
    "conversations": "Counted turns of conversations whose answers were made from it.",
    "feedback": "Counted opinions on answers that were made from it.",
    "datasets": "Counted examples of all datasets that were made from it.",
    "models": "Looked which versions with a dataset that had it behind them still have an adapter, or are active or "
    "next to be.",
    "adapters": "Asked the blob store for the archive of each of those versions that no other version uses.",
    "adapter_copies": "Looked for unpacked copies of those versions in the home of this machine.",
}
"""Every place, in the order of a receipt, and how it is checked."""


@dataclass(frozen=True, slots=True)
class Store:
    """What the places are looked up in."""

    settings: Settings
    db: Database
    blobs: Blobs


def find(store: Store, signer: Signer, document_id: str, known: Found | None = None) -> dict[str, list[Json]]:
    """Return what each place holds of the document now; `known` is what was found before. Raises NotFound."""
    with store.db.read() as session:
        rows = traces.find_traces(session, document_id, signer.blind, known)
    return rows | find_in_files(store, rows, known or {})


def find_in_files(store: Store, rows: Found, known: Found) -> dict[str, list[Json]]:
    """Return what is in files, given what the database holds: originals, adapters, their copies, and the index."""
    with store.db.read() as session:
        originals = traces.unneeded_originals(session, rows["originals"]) if known else rows["originals"]
        adapters = traces.unused_adapters(session, rows["adapters"]) if known else rows["adapters"]
    models = sorted({*rows["models"], *known.get("models", ())})
    return {
        "originals": [key for key in originals if store.blobs.exists(key)],
        "adapters": [key for key in adapters if store.blobs.exists(key)],
        "adapter_copies": [str(path.relative_to(store.settings.home)) for path in _copies(store, models)],
        **_indexed(store, rows[traces.IDS]),
    }


def erase_files(store: Store, known: Found) -> None:
    """Delete adapters and their copies that a crash left, and replace snapshots that hold the document's passages."""
    from retrieval.lifecycle.erasing import index_locations, rebuild_without

    with store.db.read() as session:
        unused = traces.unused_adapters(session, known.get("adapters", ()))
    for key in unused:
        store.blobs.delete(key)
    for path in _copies(store, known.get("models", ())):
        shutil.rmtree(path, ignore_errors=True)
    rebuild_without(store.db, index_locations(store.db, store.settings), known.get(traces.IDS, ()))


def _copies(store: Store, model_ids: Sequence[str]) -> list[Path]:
    """Return what is unpacked under home for these versions: in each folder under the version's own id."""
    return sorted(path for model_id in model_ids for path in store.settings.home.glob(f"*/{model_id}"))


def _indexed(store: Store, ranges: Sequence[Sequence[int]]) -> dict[str, list[Json]]:
    from retrieval.lifecycle.erasing import engines_behind, held_in_snapshots, index_locations

    with store.db.read() as session:
        live, step = traces.still_indexed(session, ranges), traces.last_step(session, ranges)
    locations = index_locations(store.db, store.settings)
    held = held_in_snapshots(locations, ranges)
    unread: list[Json] = [] if held.dense or held.lexical else [f"snapshot {name}" for name in held.snapshots]
    behind: list[Json] = [f"engine {name}" for name in engines_behind(store.db, locations, step)]
    return {
        "dense_index": [*sorted(held.dense | set(live)), *unread, *behind],
        "lexical_index": [*sorted(held.lexical | set(live)), *unread],
    }
