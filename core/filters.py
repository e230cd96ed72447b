"""The filters of a search, as a value that searches, caches and explanations share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Filters:
    """What a caller narrows a search to. An empty field does not narrow."""

    collections: frozenset[str] = frozenset()
    document_ids: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.collections or self.document_ids or self.metadata)
