"""What `vouch search --explain` prints: why each passage has its rank, and how the search went.

Lines, not tables, since a terminal may be narrow. Formats what the search returns and computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.types import Explanation, Filters, Passage, Ranked, SearchResult, TermMatch

ALSO_SHOWN = 3


def location(passage: Passage) -> str:
    """Return where a passage is: title, headings, page, path and version."""
    page = f", page {passage.page}" if passage.page else ""
    heading = " › ".join(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))
    return f"{heading}{page} ({passage.path} v{passage.version})"


def related(ranked: Ranked, ranks: Mapping[int, int]) -> Iterator[str]:
    """Yield where else a passage is, and which of the shown passages (`ranks` by chunk id) are its neighbours."""
    if ranked.duplicates:
        more = len(ranked.duplicates) - ALSO_SHOWN
        also = "; ".join(location(passage) for passage in ranked.duplicates[:ALSO_SHOWN])
        yield f"also in {also}{f' and {more} more' if more > 0 else ''}"
    if ranked.joins:
        at = ranked.joins.index(ranked.passage.chunk_id)
        if at:
            yield f"reads on from {ranks[ranked.joins[at - 1]]}"
        if at + 1 < len(ranked.joins):
            yield f"reads on in {ranks[ranked.joins[at + 1]]}"


def reasons(rank: int, ranked: Ranked, explanation: Explanation) -> Iterator[str]:
    """Yield what gave a passage its rank."""
    yield (
        f"score {_number(ranked.score)} = dense #{ranked.dense_rank or '–'} ({_number(ranked.dense_score)}), "
        f"lexical #{ranked.lexical_rank or '–'} ({_number(ranked.lexical_score)}), "
        f"fused #{ranked.fused_rank or '–'} ({_number(ranked.fused_score)}), "
        f"token by token {_number(ranked.late_score)}, "
        f"reranker {_number(ranked.rerank_score)}{_moved(rank, ranked.fused_rank)}"
    )
    yield f"words: {', '.join(map(_counted, explanation.matched.get(ranked.passage.chunk_id, ()))) or 'none of them'}"
    for passage in ranked.duplicates:
        yield f"copy: {location(passage)}: {explanation.alike.get(passage.chunk_id, '')}"


def search_summary(result: SearchResult) -> Iterator[str]:
    """Yield how an explained search went."""
    explanation = result.explanation
    if explanation is None:
        return
    yield f"Words: {', '.join(_known(term.typed, term.term) for term in explanation.terms if term.found) or '–'}"
    if missing := [term.typed for term in explanation.terms if not term.found]:
        yield f"Nowhere: {', '.join(missing)}"
    looked = explanation.looked
    yield (
        f"Looked {looked.depth} deep: {looked.dense} dense and {looked.lexical} lexical hits, "
        f"{looked.read} passages read, by index {result.index_version}"
    )
    yield f"Searched: {', '.join(_scope(explanation.filters, explanation.groups))}"
    yield f"Time: {', '.join(f'{step} {seconds * 1000:.1f} ms' for step, seconds in result.timings.items())}"


def _scope(filters: Filters, groups: frozenset[str] | None) -> Iterator[str]:
    named: Sequence[tuple[str, Sequence[str]]] = (
        ("collection", sorted(filters.collections)),
        ("document", sorted(filters.document_ids)),
        ("metadata", [f"{key}={value}" for key, value in sorted(filters.metadata.items())]),
    )
    yield "everything" if groups is None else f"what groups see: {', '.join(sorted(groups)) or 'none'}"
    yield from (f"{name} {' or '.join(values)}" for name, values in named if values)


def _counted(match: TermMatch) -> str:
    head = f" and {match.head} in the head" if match.head else ""
    return f"{_known(match.typed, match.term)} ×{match.text}{head}"


def _known(typed: str, term: str) -> str:
    return typed if typed.lower() == term else f"{typed} → {term}"


def _moved(rank: int, fused_rank: int | None) -> str:
    places = 0 if fused_rank is None else fused_rank - rank
    return f" ({'up' if places > 0 else 'down'} {abs(places)})" if places else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
