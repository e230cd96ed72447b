"""BM25 over titles, headings and text with tantivy: a folder of immutable segments plus what was added since.

A query is only words: it is cut by the same analyzer as the text and joined by "or", so that no operator, quote or
bracket in it means anything. Knows no caller; `retrieval.search` says which ids are allowed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Filter, Occur, Query, Tokenizer

from core.errors import IndexCorrupt, StorageFull
from core.ports import Ids
from core.types import Hit

ID, HEAD, TEXT = "id", "head", "text"
WORDS = "words"
HEAD_WEIGHT = 0.2
"""The head counts as part of the text and, this much, once more by itself (chosen on train parts: decision 0021)."""
HEAP_BYTES = 32_000_000
MOST_TERMS = 200
"""Different words of a query that count: a pasted page asks with its first two hundred."""
EXACT_IDS = 20_000
"""Up to this many allowed ids go into the query itself (4 ms); more are filtered for afterwards."""


class TantivyIndex:
    """A LexicalIndex in a folder of its own. One process writes it; its threads may search meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Open or create the index. Raises IndexCorrupt for a folder that holds something else."""
        self._schema = _schema()
        self._analyzer = _analyzer()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
            self._index.register_tokenizer(WORDS, self._analyzer)
            self._index.config_reader("manual")
            self._index.reload()
            self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        except (ValueError, OSError) as error:
            raise IndexCorrupt(f"The lexical index in {folder} cannot be opened: {error}") from error
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def add(self, ids: Sequence[int], titles: Sequence[str], texts: Sequence[str]) -> None:
        with self._changing():
            self._delete(ids)
            for chunk_id, title, text in zip(ids, titles, texts, strict=True):
                document = tantivy.Document()
                document.add_integer(ID, int(chunk_id))
                document.add_text(HEAD, title)
                document.add_text(TEXT, f"{title}\n{text}")
                self._writer.add_document(document)

    def remove(self, ids: Sequence[int]) -> None:
        with self._changing():
            self._delete(ids)

    def search(self, text: str, k: int, allowed: Ids | None = None) -> list[Hit]:
        query = self._query(text)
        searcher = self._index.searcher()
        if query is None or k < 1 or not searcher.num_docs or (allowed is not None and not len(allowed)):
            return []
        if allowed is None:
            return self._run(searcher, query, k)
        if len(allowed) <= EXACT_IDS:
            return self._run(searcher, self._only(query, allowed), k)
        return self._widen(searcher, query, k, allowed)

    def close(self) -> None:
        """Wait for merges that run; afterwards the folder is whole and nothing writes to it."""
        with self._lock:
            self._writer.wait_merging_threads()

    def _query(self, text: str) -> Query | None:
        terms = list(dict.fromkeys(self._analyzer.analyze(text)))[:MOST_TERMS]
        parts = [(Occur.Should, Query.term_query(self._schema, TEXT, term, "freq")) for term in terms]
        for term in terms:
            head = Query.term_query(self._schema, HEAD, term, "freq")
            parts.append((Occur.Should, Query.boost_query(head, HEAD_WEIGHT)))
        return Query.boolean_query(parts) if parts else None

    def _only(self, query: Query, allowed: Ids) -> Query:
        mine = Query.term_set_query(self._schema, ID, allowed.tolist())
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(mine, 0.0))])

    def _run(self, searcher: tantivy.Searcher, query: Query, k: int) -> list[Hit]:
        hits = searcher.search(query, limit=k, count=False).hits
        ids = searcher.fast_field_values(ID, [address for _, address in hits])
        return [Hit(int(chunk_id), float(score)) for chunk_id, (score, _) in zip(ids, hits, strict=True)]

    def _widen(self, searcher: tantivy.Searcher, query: Query, k: int, allowed: Ids) -> list[Hit]:
        fetch = 2 * k
        while True:
            hits = self._run(searcher, query, fetch)
            kept = np.isin([hit.chunk_id for hit in hits], allowed)
            if kept.sum() >= k or len(hits) < fetch:
                return [hit for hit, keep in zip(hits, kept, strict=True) if keep][:k]
            fetch *= 4

    def _delete(self, ids: Sequence[int]) -> None:
        if len(ids):
            wanted = [int(chunk_id) for chunk_id in ids]
            self._writer.delete_documents_by_query(Query.term_set_query(self._schema, ID, wanted))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Commit what the block writes, or take all of it back: a writer that failed half-way loses later changes."""
        with self._lock:
            try:
                yield
                self._writer.commit()
            except (ValueError, OSError) as error:
                self._writer.rollback()
                raise StorageFull(f"The lexical index cannot be written: {error}.", hint="Free some space.") from error
            self._index.reload()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(ID, indexed=True, fast=True)
    builder.add_text_field(HEAD, tokenizer_name=WORDS, index_option="freq")
    builder.add_text_field(TEXT, tokenizer_name=WORDS, index_option="freq")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    words = tantivy.TextAnalyzerBuilder(Tokenizer.simple())
    return words.filter(Filter.remove_long(80)).filter(Filter.lowercase()).filter(Filter.stemmer("english")).build()
