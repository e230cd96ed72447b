"""Doubles of what the use cases work with."""

from __future__ import annotations

from core.blobs import FileBlobs


class PurgedBlobs(FileBlobs):
    """Loses the bytes of the first `put`, as when the purge of a document with the same bytes runs at that moment."""

    puts = 0

    def put(self, data: bytes) -> str:
        key = super().put(data)
        self.puts += 1
        if self.puts == 1:
            self.delete(key)
        return key
