"""A connection to Milvus: collections of ids and vectors, the alias of the one that serves, and translated errors.

Other modules use the names of collections, never the alias, so that a search stays in one collection. Knows no
database; `retrieval.milvus.shared` decides what is written and `retrieval.milvus.build` which collection serves.
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
from retrieval.milvus.location import MilvusLocation

ID, VECTOR = "id", "vector"
COLLECTION_NOT_FOUND = 100
"""Milvus's own error code."""
BATCH_BYTES = 8 << 20
BATCH_IDS = 5_000
BUILD = {"HNSW": {"M": 32, "efConstruction": 120}}
MIN_EF, MAX_EF = 128, 32_768


class MilvusServer:
    """A server, or milvus-lite in this process. All methods may be called from any thread."""

    def __init__(self, location: MilvusLocation) -> None:
        """Connect. Raises Unavailable, or SettingsError for a location that cannot be opened."""
        self.location = location
        for name in ("pymilvus", "milvus_lite"):  # they also log, with tracebacks, the errors that are raised here
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if location.lite:
            _require_lite()
        with self._translating_errors(opening=True):
            self._client = MilvusClient(
                location.uri, user=location.user, password=location.password, timeout=location.timeout_s
            )

    def serving(self) -> str | None:
        """Return the collection that the alias points to, None without an alias. Raises SettingsError."""
        with self._translating_errors():
            if not self._client.has_collection(self.location.name, timeout=self.location.timeout_s):
                return None
            name = str(self._describe(self.location.name)["collection_name"])
        if name == self.location.name:
            raise SettingsError(
                f"VOUCH_INDEX_URL names the collection {name!r}, which Vouch did not create.",
                hint="Put another name after the host: Vouch creates its collections itself.",
            )
        return name

    def collections(self) -> list[str]:
        with self._translating_errors():
            return list(self._client.list_collections(timeout=self.location.timeout_s))

    def dimension(self, name: str) -> int:
        """Return the dimension of a collection's vectors. Raises IndexCorrupt when the collection is gone."""
        with self._translating_errors():
            fields = self._describe(name)["fields"]
        return next((int(field["params"]["dim"]) for field in fields if field["name"] == VECTOR), 0)

    def create(self, name: str, dimension: int) -> None:
        """Create an empty collection with its index, ready to be searched."""
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(ID, DataType.INT64, is_primary=True)
        schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
        kind = self.location.index
        index = self._client.prepare_index_params()
        index.add_index(VECTOR, index_type=kind, metric_type="IP", params=BUILD.get(kind, {}))
        with self._translating_errors():
            self._client.create_collection(name, schema=schema, timeout=self.location.timeout_s)
            # the collection is still empty
            self._client.create_index(name, index, timeout=self.location.timeout_s, sync=False)
            self._client.load_collection(name, timeout=self.location.timeout_s)

    def load(self, name: str) -> None:
        """Make a collection searchable that was released; do nothing if it is loaded."""
        with self._translating_errors():
            self._client.load_collection(name, timeout=self.location.timeout_s)

    def point_alias(self, name: str) -> None:
        """Let the alias point to a collection."""
        first = self.serving() is None
        with self._translating_errors():
            change = self._client.create_alias if first else self._client.alter_alias
            change(name, self.location.name, timeout=self.location.timeout_s)

    def drop(self, name: str) -> None:
        """Delete a collection; do nothing if it does not exist."""
        with self._translating_errors():
            self._client.drop_collection(name, timeout=self.location.timeout_s)

    def upsert(self, name: str, ids: Ids, vectors: Vectors) -> None:
        rows = max(1, BATCH_BYTES // (4 * max(1, vectors.shape[1])))
        for start in range(0, len(ids), rows):
            batch = zip(ids[start : start + rows].tolist(), vectors[start : start + rows], strict=True)
            with self._translating_errors():
                self._client.upsert(name, [{ID: i, VECTOR: v} for i, v in batch], timeout=self.location.timeout_s)

    def delete(self, name: str, ids: Ids) -> None:
        for start in range(0, len(ids), BATCH_IDS):
            with self._translating_errors():
                self._client.delete(name, ids=ids[start : start + BATCH_IDS].tolist(), timeout=self.location.timeout_s)

    def count(self, name: str) -> int:
        """Return the number of a collection's rows, including those just written."""
        with self._translating_errors():
            rows = self._client.query(
                name, "", output_fields=["count(*)"], consistency_level="Strong", timeout=self.location.timeout_s
            )
        return int(rows[0]["count(*)"])

    def search(self, name: str, vector: Vectors, k: int, among: Sequence[int] | None, *, strong: bool) -> list[Hit]:
        """Return the k nearest rows, or the k nearest of `among`; `strong` waits until recent writes are visible."""
        params = {"ef": min(MAX_EF, max(MIN_EF, 2 * k))} if self.location.index == "HNSW" else {}
        with self._translating_errors():
            found: Any = self._client.search(
                name,
                [np.ascontiguousarray(vector, dtype=np.float32)],
                filter="" if among is None else f"{ID} in {list(among)}",
                limit=k,
                search_params={"metric_type": "IP", "params": params},
                consistency_level="Strong" if strong else "Bounded",
                timeout=self.location.timeout_s,
            )
        return [Hit(int(hit[ID]), float(hit["distance"])) for hit in found[0]]

    def close(self) -> None:
        self._client.close()

    def _describe(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self._client.describe_collection(name, timeout=self.location.timeout_s)
        return described

    @contextmanager
    def _translating_errors(self, *, opening: bool = False) -> Iterator[None]:
        try:
            yield
        except (MilvusException, grpc.RpcError) as error:
            raise _translate(self.location, error, opening) from error


def _translate(location: MilvusLocation, error: Exception, opening: bool) -> VouchError:
    reason = _reason(error)
    if opening and location.lite:
        return SettingsError(
            f"VOUCH_INDEX_URL: milvus-lite cannot open {location.uri}: {reason}.",
            hint="Its parent folder must exist, and only one process may open it; for several use a Milvus server.",
        )
    if getattr(error, "code", None) == COLLECTION_NOT_FOUND:
        return IndexCorrupt(f"Milvus has lost a collection of {location.name}: {reason}.", hint="Run `vouch reindex`.")
    if "auth" in reason.lower():
        return SettingsError(
            f"Milvus at {location.uri} refuses the login: {reason}.",
            hint="Put the user and the password into VOUCH_INDEX_URL: milvus://USER:PASSWORD@HOST:PORT/NAME",
        )
    return Unavailable(
        f"Milvus at {location.uri} does not work as expected: {reason}.",
        hint="Check that Milvus runs and that VOUCH_INDEX_URL is right; `timeout_s` in it sets the timeout.",
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
