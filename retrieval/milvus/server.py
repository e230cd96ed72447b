"""A connection to Milvus: collections of ids and vectors, an alias that says which one serves, and errors in our words.

Other modules name collections by their own names, never by the alias, so that a search stays with what it began with.
Knows no database; `retrieval.milvus.shared` says what is written and `retrieval.milvus.build` which collection serves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException

from core.errors import IndexCorrupt, SettingsError, Unavailable, VouchError, missing_extra
from core.ports import Ids, Vectors
from core.types import Hit
from retrieval.milvus.location import MilvusPlace

ID, VECTOR = "id", "vector"
GONE = 100
"""Milvus's own error code."""
BATCH_BYTES = 8 << 20
BATCH_IDS = 5_000
BUILD = {"HNSW": {"M": 32, "efConstruction": 120}}
EF_LEAST, EF_MOST = 128, 32_768


class MilvusServer:
    """A server, or milvus-lite in this process. All methods may be called from any thread."""

    def __init__(self, place: MilvusPlace) -> None:
        """Connect. Raises Unavailable, and SettingsError for a place that cannot be opened."""
        self.place = place
        for name in ("pymilvus", "milvus_lite"):  # they log what is raised here, with tracebacks
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if place.lite:
            _require_lite()
        with self._in_our_words(opening=True):
            self._client = MilvusClient(place.uri, user=place.user, password=place.password, timeout=place.timeout_s)

    def serving(self) -> str | None:
        """Return the collection that the alias points to; None when there is no alias. Raises SettingsError."""
        with self._in_our_words():
            if not self._client.has_collection(self.place.name, timeout=self.place.timeout_s):
                return None
            name = str(self._describe(self.place.name)["collection_name"])
        if name == self.place.name:
            raise SettingsError(
                f"VOUCH_INDEX_URL names the collection {name!r}, which Vouch did not make.",
                hint="Give another name behind the host: Vouch makes its collections itself.",
            )
        return name

    def collections(self) -> list[str]:
        with self._in_our_words():
            return list(self._client.list_collections(timeout=self.place.timeout_s))

    def dimension(self, name: str) -> int:
        """Return the length of a collection's vectors. Raises IndexCorrupt when it is gone."""
        with self._in_our_words():
            fields = self._describe(name)["fields"]
        return next((int(field["params"]["dim"]) for field in fields if field["name"] == VECTOR), 0)

    def create(self, name: str, dimension: int) -> None:
        """Make an empty collection with its index, ready to be searched."""
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(ID, DataType.INT64, is_primary=True)
        schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
        kind = self.place.index
        index = self._client.prepare_index_params()
        index.add_index(VECTOR, index_type=kind, metric_type="IP", params=BUILD.get(kind, {}))
        with self._in_our_words():
            self._client.create_collection(name, schema=schema, timeout=self.place.timeout_s)
            self._client.create_index(name, index, timeout=self.place.timeout_s, sync=False)  # of nothing, so far
            self._client.load_collection(name, timeout=self.place.timeout_s)

    def load(self, name: str) -> None:
        """Make a collection searchable that somebody released; quiet when it is."""
        with self._in_our_words():
            self._client.load_collection(name, timeout=self.place.timeout_s)

    def point(self, name: str) -> None:
        """Let the alias point to a collection."""
        first = self.serving() is None
        with self._in_our_words():
            change = self._client.create_alias if first else self._client.alter_alias
            change(name, self.place.name, timeout=self.place.timeout_s)

    def drop(self, name: str) -> None:
        """Delete a collection; quiet when it is gone."""
        with self._in_our_words():
            self._client.drop_collection(name, timeout=self.place.timeout_s)

    def upsert(self, name: str, ids: Ids, vectors: Vectors) -> None:
        rows = max(1, BATCH_BYTES // (4 * max(1, vectors.shape[1])))
        for start in range(0, len(ids), rows):
            batch = zip(ids[start : start + rows].tolist(), vectors[start : start + rows], strict=True)
            with self._in_our_words():
                self._client.upsert(name, [{ID: i, VECTOR: v} for i, v in batch], timeout=self.place.timeout_s)

    def delete(self, name: str, ids: Ids) -> None:
        for start in range(0, len(ids), BATCH_IDS):
            with self._in_our_words():
                self._client.delete(name, ids=ids[start : start + BATCH_IDS].tolist(), timeout=self.place.timeout_s)

    def count(self, name: str) -> int:
        """Count a collection's rows, those written a moment ago included."""
        with self._in_our_words():
            rows = self._client.query(
                name, "", output_fields=["count(*)"], consistency_level="Strong", timeout=self.place.timeout_s
            )
        return int(rows[0]["count(*)"])

    def search(self, name: str, vector: Vectors, k: int, among: Sequence[int] | None, *, strong: bool) -> list[Hit]:
        """Return the k nearest rows, or the k nearest of `among`; `strong` waits for what was written just now."""
        params = {"ef": min(EF_MOST, max(EF_LEAST, 2 * k))} if self.place.index == "HNSW" else {}
        with self._in_our_words():
            found: Any = self._client.search(
                name,
                [np.ascontiguousarray(vector, dtype=np.float32)],
                filter="" if among is None else f"{ID} in {list(among)}",
                limit=k,
                search_params={"metric_type": "IP", "params": params},
                consistency_level="Strong" if strong else "Bounded",
                timeout=self.place.timeout_s,
            )
        return [Hit(int(hit[ID]), float(hit["distance"])) for hit in found[0]]

    def close(self) -> None:
        self._client.close()

    def _describe(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self._client.describe_collection(name, timeout=self.place.timeout_s)
        return described

    @contextmanager
    def _in_our_words(self, *, opening: bool = False) -> Iterator[None]:
        try:
            yield
        except (MilvusException, grpc.RpcError) as error:
            raise _translated(self.place, error, opening) from error


def _translated(place: MilvusPlace, error: Exception, opening: bool) -> VouchError:
    reason = _reason(error)
    if opening and place.lite:
        return SettingsError(
            f"VOUCH_INDEX_URL: milvus-lite cannot open {place.uri}: {reason}.",
            hint="Its parent folder must exist, and one process at a time may open it; several need a Milvus server.",
        )
    if getattr(error, "code", None) == GONE:
        return IndexCorrupt(f"Milvus has lost a collection of {place.name}: {reason}.", hint="Run `vouch reindex`.")
    if "auth" in reason.lower():
        return SettingsError(
            f"Milvus at {place.uri} does not let us in: {reason}.",
            hint="Put the user and the password into VOUCH_INDEX_URL: milvus://USER:PASSWORD@HOST:PORT/NAME",
        )
    return Unavailable(
        f"Milvus at {place.uri} does not answer as it should: {reason}.",
        hint="Is it up, and is VOUCH_INDEX_URL right? `timeout_s` there says how long to wait.",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, MilvusException):
        text = str(error.message)
    else:
        code, details = getattr(error, "code", str)(), getattr(error, "details", str)()
        text = f"{getattr(code, 'name', code)} {details}"
    return (text.strip().splitlines() or ["no reason given"])[0][:300].rstrip(".")


def _require_lite() -> None:
    try:
        import milvus_lite  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing_extra("milvus-lite", "milvus-lite") from error
