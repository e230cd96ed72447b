"""What `vouch search --explain` prints, line by line."""

from __future__ import annotations

import json

from cli.explain import reasons, related, search_summary
from cli.output import plain
from core.types import Explanation, Filters, Passage, Ranked, SearchCounts, SearchResult, Term, TermMatch


def passage(chunk_id: int, title: str = "Router") -> Passage:
    return Passage(chunk_id, "doc", 2, chunk_id, "manuals", "router.pdf", title, "text", "0" * 64, ("Care",), 3)


FOUND = Ranked(passage(7), 1.1, 1, 0.8, 2, 7.25, 0.9, rerank_score=2.5, fused_rank=3)
EXPLANATION = Explanation(
    (Term("Lamps", "lamp", True), Term("reset", "reset", True), Term("zeppelin", "zeppelin", False)),
    {7: (TermMatch("Lamps", "lamp", 1, 3), TermMatch("reset", "reset", 0, 1))},
    {8: "the same words"},
    SearchCounts(200, 180, 57, 8),
    Filters(collections=frozenset({"tv", "radio"}), metadata={"model": "X1"}),
    None,
    whole=True,
)


def test_reasons_name_scores_move_and_words() -> None:
    scores, words = reasons(1, FOUND, EXPLANATION)

    assert scores.startswith("score 1.100 = dense #1 (0.800), lexical #2 (7.250), fused #3 (0.900), ")
    assert scores.endswith("reranker 2.500 (up 2)")
    assert words == "words: Lamps → lamp ×3 and 1 in the head, reset ×1"


def test_related_names_copies_and_neighbours() -> None:
    copies = tuple(passage(8, f"Router {name}") for name in "ABCDE")
    ranked = Ranked(passage(7), 1.0, duplicates=copies, joins=(6, 7, 9))

    also, before, after = related(ranked, {6: 4, 7: 1, 9: 2})

    assert also.startswith("also in Router A › Care, page 3 (router.pdf v2); Router B")
    assert also.endswith("and 2 more")
    assert (before, after) == ("reads on from 4", "reads on in 2")
    assert [*reasons(1, ranked, EXPLANATION)][2] == "copy: Router A › Care, page 3 (router.pdf v2): the same words"


def test_summary_names_words_depth_and_scope() -> None:
    result = SearchResult((FOUND,), "snap_1+12", {"embed": 0.004, "total": 0.01}, EXPLANATION)

    assert list(search_summary(result)) == [
        "Words: Lamps → lamp, reset",
        "Nowhere: zeppelin",
        "Looked 200 deep: 180 dense and 57 lexical hits, 8 passages read, by index snap_1+12",
        "Searched: everything, collection radio or tv, metadata model=X1",
        "Time: embed 4.0 ms, total 10.0 ms",
    ]


def test_a_search_without_an_explanation_has_no_summary() -> None:
    assert list(search_summary(SearchResult((FOUND,), "snap_1+12"))) == []


def test_an_explanation_can_be_written_as_json() -> None:
    written = json.loads(json.dumps(plain(SearchResult((FOUND,), "snap_1+12", {}, EXPLANATION))))

    assert written["explanation"]["matched"]["7"][0] == {"typed": "Lamps", "term": "lamp", "head": 1, "text": 3}
