"""Reading what a caller may see: through an index, for every caller, and only with valid metadata keys."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from core.errors import Invalid
from core.store.database import Database
from core.store.reading import hydrate, visible_among, visible_ids
from core.types import Caller, Filters
from tests.core.conftest import INSIDER, READER, Library

CALLERS = [READER, INSIDER, Caller("odd", frozenset({"ask"}), frozenset({"%", "in_ide", "' OR 1=1 --", "ü"}))]


def test_visible_chunks_are_listed_without_reading_every_chunk(db: Database, library: Library) -> None:
    library.serve("a", "one", "two", groups=["inside"])
    statements: list[tuple[str, tuple[str, ...]]] = []
    event.listen(db.engine, "before_cursor_execute", lambda _, __, sql, values, *___: statements.append((sql, values)))
    with db.read() as session:
        visible_ids(session, INSIDER)
    if not db.is_sqlite:  # how PostgreSQL goes about it follows from its statistics
        return
    with db.engine.connect() as connection:
        plan = [
            row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[-1][0]}", statements[-1][1])
        ]

    assert any(step.startswith("SEARCH chunks USING COVERING INDEX") for step in plan), plan
    assert not any(step.startswith("SCAN chunks") for step in plan), plan


@pytest.mark.parametrize("caller", CALLERS)
def test_the_three_ways_to_read_visible_chunks_agree(library: Library, caller: Caller) -> None:
    library.serve("a", "one", "two", groups=["inside"])
    library.serve("b", "three")
    library.serve("b", "four", "five")  # the second version
    library.serve("c", "six", groups=["ü"])
    with library.db.read() as session:
        everything = list(range(1, 20))
        ids = visible_ids(session, caller).tolist()

        assert ids == sorted(hydrate(session, caller, everything)) == sorted(visible_among(session, caller, everything))


@pytest.mark.parametrize("key", ['a"."b', "", "é", "a b", "$.a", "[0]", 'a"[', "'; DROP TABLE chunks; --", "a\x00"])
def test_a_metadata_key_is_never_a_path(library: Library, key: str) -> None:
    with library.db.read() as session, pytest.raises(Invalid, match="metadata key"):
        visible_ids(session, READER, Filters(metadata={key: "x"}))
    with library.db.read() as session:
        assert session.scalar(text("SELECT count(*) FROM chunks")) == 0


def test_thousands_of_documents_fit_into_a_filter(library: Library) -> None:
    document = library.serve("a", "one")
    many = Filters(document_ids=frozenset({document, *(f"doc_{number}" for number in range(5000))}))
    crowd = Caller("crowd", frozenset({"ask"}), frozenset(f"group{number}" for number in range(500)))
    with library.db.read() as session:
        assert (
            len(visible_ids(session, crowd, many)) == len(visible_among(session, crowd, list(range(1200)), many)) == 1
        )
