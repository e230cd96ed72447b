"""What a search tells of itself: the words that matched, the ones that stand nowhere, and nothing of what is hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.types import OPERATOR, Caller, Explanation, Filters
from retrieval.ranking import explain
from retrieval.search import Searcher
from tests.retrieval.conftest import LengthReranker, Shelf

Open = Callable[..., Searcher]
READER = Caller("reader", frozenset({"ask"}))
INSIDER = Caller("insider", frozenset({"ask"}), frozenset({"inside"}))


def told(searcher: Searcher, query: str, caller: Caller = READER, filters: Filters | None = None) -> Explanation:
    explanation = searcher.search(caller, query, k=5, filters=filters, explain=True).explanation
    assert explanation is not None
    return explanation


def terms(explanation: Explanation) -> list[tuple[str, str, bool]]:
    return [(term.typed, term.term, term.found) for term in explanation.terms]


def test_nothing_is_explained_unless_it_is_asked_for(
    open_search: Open, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("tv", "the warranty lasts two years")
    monkeypatch.delattr(explain, "explain_search")

    result = open_search().search(READER, "warranty", k=1)

    assert result.explanation is None
    assert "explain" not in result.timings


def test_the_words_that_matched_are_counted_as_the_index_knows_them(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "Lamps: a lamp that blinks, and lamps that glow.", title="Lamp states")

    (found,) = told(open_search(), "Which lamp (blinking)?").matched.values()

    assert [(each.typed, each.term, each.head, each.text) for each in found] == [
        ("lamp", "lamp", 1, 3),
        ("blinking", "blink", 0, 1),
    ]


def test_a_word_that_stands_nowhere_is_told(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "the lamp blinks", "the warranty lasts two years")

    explanation = told(open_search(), "lamp warranty zeppelins")

    assert terms(explanation) == [
        ("lamp", "lamp", True),
        ("warranty", "warranti", True),
        ("zeppelins", "zeppelin", False),
    ]


def test_a_word_that_only_hidden_passages_hold_is_as_absent_as_one_that_none_holds(
    open_search: Open, shelf: Shelf
) -> None:
    shelf.put("tv", "the lamp blinks")
    for number in range(2 * explain.FEW):
        shelf.put(f"secret{number}", "the merger with Globex", groups=["inside"])
    searcher = open_search()

    mine, theirs = told(searcher, "lamp merger acquisition"), told(searcher, "lamp merger acquisition", INSIDER)

    assert [found for _, _, found in terms(mine)] == [True, False, False]
    assert [found for _, _, found in terms(theirs)] == [True, True, False]


def test_a_word_is_found_behind_many_that_are_hidden(open_search: Open, shelf: Shelf) -> None:
    for number in range(2 * explain.FEW):
        shelf.put(f"secret{number}", "merger", groups=["inside"])
    shelf.put("public", "the lamp blinks", "of a merger of two companies is told here at length " * 5)

    (best,) = (result := open_search().search(READER, "the lamp blinks merger", k=1, explain=True)).passages

    assert "merger" not in best.passage.text
    assert result.explanation is not None
    assert ("merger", "merger", True) in terms(result.explanation)


def test_a_mended_spelling_is_told_only_to_who_can_read_it(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "the lamp blinks")
    shelf.put("secret", "the merger with Globex", groups=["inside"])
    searcher = open_search()

    assert terms(told(searcher, "lamp globexx", INSIDER))[1] == ("globexx", "globex", True)
    assert terms(told(searcher, "lamp globexx"))[1] == ("globexx", "globexx", False)


def test_an_identifier_is_told_whole_where_it_stands(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "Error E-1042.7 means that the fan is blocked.")
    shelf.put("secret", "Project X-77 is secret.", groups=["inside"])

    explanation = told(open_search(), "error e1042.7 or x77")

    assert ("e1042.7", "e1042.7", True) in terms(explanation)
    assert not any(found for typed, _, found in terms(explanation) if "77" in typed)
    (found,) = explanation.matched.values()
    assert ("e1042.7", 1) in [(each.term, each.text) for each in found]


def test_words_are_looked_for_within_what_was_searched(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "the lamp blinks", collection="tv")
    shelf.put("radio", "the warranty lasts two years", collection="radio")
    only = Filters(collections=frozenset({"tv"}))

    explanation = told(open_search(), "lamp warranty", filters=only)

    assert [found for _, _, found in terms(explanation)] == [True, False]
    assert explanation.filters == only


def test_who_may_see_what_and_how_far_was_looked(open_search: Open, shelf: Shelf) -> None:
    shelf.put("tv", "the lamp blinks", "the warranty lasts two years")
    searcher = open_search()
    assert told(searcher, "lamp").whole
    shelf.put("secret", "the lamp of the merger", groups=["inside"])

    mine, theirs = told(searcher, "lamp", INSIDER), told(searcher, "lamp", OPERATOR)

    assert (mine.groups, mine.whole) == (frozenset({"inside"}), False)
    assert (theirs.groups, theirs.whole) == (None, True)
    assert (theirs.looked.dense, theirs.looked.lexical, theirs.looked.read) == (3, 2, 3)
    assert told(searcher, "lamp").looked.dense == 2


def test_a_copy_says_why_and_ranks_tell_what_the_reranker_moved(open_search: Open, shelf: Shelf) -> None:
    shelf.put("a", "the warranty lasts two years")
    copy = shelf.put("b", "the warranty lasts two years")
    shelf.put("c", "the warranty " + "of parts that wear out " * 3)

    result = open_search(reranker=LengthReranker()).search(READER, "warranty two years", k=5, explain=True)

    assert result.explanation is not None
    assert list(result.explanation.alike.values()) == ["the same words"]
    assert copy in {hit.passage.document_id for hit in result.passages}
    assert sorted(hit.fused_rank or 0 for hit in result.passages) == [1, 2]


def test_an_empty_library_explains_that_no_word_was_found(open_search: Open) -> None:
    assert terms(told(open_search(), "lamp")) == [("lamp", "lamp", False)]
