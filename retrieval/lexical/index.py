"""BM25 over titles, headings and text with tantivy, in a folder.

Each text is analyzed in its own language, a question in every language in use; whole identifiers are terms too. A query
is words joined by "or" (`retrieval.lexical.query`): operators, quotes and brackets in it mean nothing. Knows no caller:
`retrieval.search` says which ids are allowed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Occur, Query

from core.errors import IndexCorrupt, StorageFull
from core.ports import Ids
from core.types import Hit
from retrieval.lexical.analysis import DEFAULT, Analyzers, analyzer, fold, stemmer_of
from retrieval.lexical.identifiers import identifiers
from retrieval.lexical.query import LexicalQuery, QueryTerm, parse_question

ID, HEAD, TEXT, IDENTIFIERS, STEMMER = "id", "head", "text", "names", "stemmer"
WORDS, WHOLE = "words", "whole"
HEAD_WEIGHT = 0.2
"""The head is part of the text, and counts again by itself with this weight (chosen on train parts: decision 0021)."""
HEAP_BYTES = 32_000_000
IDENTIFIER_WEIGHT = 2.0
"""Weight of an identifier, times its inverse document frequency; a word counts at most 2.2 times its own."""
EXACT_IDS = 20_000
"""Up to this many allowed ids go into the query (4 ms); with more, the hits are filtered afterwards."""


class TantivyIndex:
    """A LexicalIndex in a folder of its own. One process writes it; its threads may search meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Open or create the index. Raises IndexCorrupt for a folder that holds something else."""
        self._schema = _schema()
        self._analyzers = Analyzers()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
            self._index.register_tokenizer(WORDS, analyzer(DEFAULT))
            self._index.register_tokenizer(WHOLE, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).build())
            self._index.config_reader("manual")
            self._index.reload()
            self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        except (ValueError, OSError) as error:
            raise IndexCorrupt(f"The lexical index in {folder} cannot be opened: {error}") from error
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def add(
        self,
        ids: Sequence[int],
        titles: Sequence[str],
        texts: Sequence[str],
        languages: Sequence[str | None] = (),
        *,
        replace: bool = True,
    ) -> None:
        """Add or replace. Without `replace` the ids must be new, which saves a search for old ones."""
        with self._transaction():
            if replace:
                self._delete(ids)
            for chunk_id, title, text, language in zip(ids, titles, texts, languages or [None] * len(ids), strict=True):
                self._writer.add_document(self._document(int(chunk_id), title, text, stemmer_of(language)))

    def remove(self, ids: Sequence[int]) -> None:
        with self._transaction():
            self._delete(ids)

    def search(self, text: str, k: int, allowed: Ids | None = None) -> list[Hit]:
        searcher = self._index.searcher()
        if k < 1 or not searcher.num_docs or (allowed is not None and not len(allowed)):
            return []
        query = self._query(searcher, text)
        return [] if query is None else self._within(searcher, query, k, allowed)

    def parse(self, text: str) -> LexicalQuery:
        """Return the terms that a question is searched with."""
        return parse_question(text, _IndexVocabulary(self._index.searcher()), self._analyzers)

    def ids_with_term(self, term: str, k: int, allowed: Ids | None = None, *, identifier: bool = False) -> list[int]:
        """Return the ids of at most k passages that contain a term, in its indexed form, or an identifier."""
        searcher = self._index.searcher()
        if not searcher.num_docs or (allowed is not None and not len(allowed)):
            return []
        query = Query.term_query(self._schema, IDENTIFIERS if identifier else TEXT, term, "basic")
        return [hit.chunk_id for hit in self._within(searcher, query, k, allowed)]

    def present(self, ids: Sequence[int]) -> list[int]:
        """Return those of `ids` that the index holds."""
        if not len(ids):
            return []
        mine = Query.term_set_query(self._schema, ID, [int(chunk_id) for chunk_id in ids])
        return sorted(hit.chunk_id for hit in self._run(self._index.searcher(), mine, len(ids)))

    def close(self) -> None:
        """Wait for running merges; afterwards the folder is complete and nothing writes to it."""
        with self._lock:
            self._writer.wait_merging_threads()

    def _document(self, chunk_id: int, title: str, text: str, stemmer: str) -> tantivy.Document:
        document = tantivy.Document()
        document.add_integer(ID, chunk_id)
        head, whole = fold(title), fold(f"{title}\n{text}")
        for field, content in ((HEAD, head), (TEXT, whole)):
            if stemmer == DEFAULT:
                document.add_text(field, content)
            else:  # the field's own analyzer is for one language
                document.add_pre_tokenized_text(field, self._analyzers[stemmer].pre_tokenize(content))
        for name in dict.fromkeys(identifiers(whole)):
            document.add_text(IDENTIFIERS, name)
        document.add_text(STEMMER, stemmer)
        return document

    def _query(self, searcher: tantivy.Searcher, text: str) -> Query | None:
        parsed = parse_question(text, _IndexVocabulary(searcher), self._analyzers)
        parts = [(Occur.Should, self._best_form(TEXT, term, 1.0)) for term in parsed.words]
        parts += [(Occur.Should, self._best_form(HEAD, term, HEAD_WEIGHT)) for term in parsed.words]
        for name, rarity in parsed.identifiers:
            exact = Query.term_query(self._schema, IDENTIFIERS, name, "basic")
            parts.append((Occur.Should, Query.const_score_query(exact, IDENTIFIER_WEIGHT * rarity)))
        return Query.boolean_query(parts) if parts else None

    def _best_form(self, field: str, term: QueryTerm, weight: float) -> Query:
        """Match a term by the form that scores best."""
        forms = [Query.term_query(self._schema, field, form, "freq") for form in term.forms]
        query = forms[0] if len(forms) == 1 else Query.disjunction_max_query(forms)
        weight *= term.weight
        return query if weight == 1.0 else Query.boost_query(query, weight)

    def _restricted(self, query: Query, allowed: Ids) -> Query:
        mine = Query.term_set_query(self._schema, ID, allowed.tolist())
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(mine, 0.0))])

    def _within(self, searcher: tantivy.Searcher, query: Query, k: int, allowed: Ids | None) -> list[Hit]:
        if allowed is None:
            return self._run(searcher, query, k)
        if len(allowed) <= EXACT_IDS:
            return self._run(searcher, self._restricted(query, allowed), k)
        return self._widen(searcher, query, k, allowed)

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
    def _transaction(self) -> Iterator[None]:
        """Commit what the block writes, or roll all of it back: after a failure a writer would lose later changes."""
        with self._lock:
            try:
                yield
                self._writer.commit()
            except (ValueError, OSError) as error:
                self._writer.rollback()
                raise StorageFull(f"The lexical index cannot be written: {error}.", hint="Free some space.") from error
            self._index.reload()


class _IndexVocabulary:
    """The terms that a searcher sees."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher

    def passage_count(self) -> int:
        return int(self._searcher.num_docs)

    def stemmers(self) -> Sequence[str]:
        return [name for name, _ in self._searcher.terms_with_prefix(STEMMER, "")]

    def term_frequency(self, term: str) -> int:
        return int(self._searcher.doc_freq(TEXT, term))

    def identifier_frequency(self, identifier: str) -> int:
        return int(self._searcher.doc_freq(IDENTIFIERS, identifier))

    def with_prefix(self, prefix: str, limit: int) -> Iterable[str]:
        return [term for term, _ in self._searcher.terms_with_prefix(TEXT, prefix, limit=limit)]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(ID, indexed=True, fast=True)
    builder.add_text_field(HEAD, tokenizer_name=WORDS, index_option="freq")
    builder.add_text_field(TEXT, tokenizer_name=WORDS, index_option="freq")
    builder.add_text_field(IDENTIFIERS, tokenizer_name=WHOLE, index_option="basic")
    builder.add_text_field(STEMMER, tokenizer_name=WHOLE, index_option="basic")
    return builder.build()
