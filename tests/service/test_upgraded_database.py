"""A database of every released schema still answers after its upgrade, and only to keys that may read its text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.answering import stored_view
from core.ports import Embedder, Reranker
from core.settings import Settings, load_settings
from core.store import journal
from core.store.access import keys
from core.store.database import Database, migrate
from core.types import Answer, Caller
from generation.answering import Answerer
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.embedder import open_embedder
from retrieval.models.readers.open import open_reader
from retrieval.models.reranker import open_reranker
from retrieval.search import open_searcher
from tests.core.store.schemas import content, shipped


@pytest.fixture(params=shipped.shipped())
def upgraded(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    settings.home.mkdir()
    database = shipped.load(request.param, settings.home / "vouch.db")
    assert database.url == settings.database_url
    migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(load_settings({}, embedder_url=content.EMBEDDER))


@pytest.fixture(scope="module")
def reranker() -> Reranker:
    opened = open_reranker(load_settings({}))
    assert opened is not None
    return opened


def caller(database: Database, key_id: str) -> Caller:
    with database.read() as session:
        return keys.caller_of(session, content.TOKENS[key_id])


@pytest.mark.weights
def test_a_question_is_answered_with_a_quote_of_the_stored_text(
    upgraded: Database, settings: Settings, embedder: Embedder, reranker: Reranker
) -> None:
    settings = settings.model_copy(update={"late_url": "none://", "generator_url": "none://"})
    assert build_snapshot(upgraded, settings, embedder.name, embedder.dimension) is not None
    searcher = open_searcher(settings, upgraded, embedder=embedder, reranker=reranker)
    answerer = Answerer(searcher, open_reader(settings, reranker), lambda: None, settings)

    def asked(question: str, key_id: str) -> Answer:
        return answerer.answer(caller(upgraded, key_id), question, mode="quotes")

    oil = asked(content.QUESTION, "key_desk")
    hidden, shown = (asked(content.SECRET_QUESTION, key_id) for key_id in ("key_desk", "key_inside"))
    searcher.close()

    assert oil.citations[0].quote.startswith(content.QUOTE)
    assert oil.citations[0].passage.document_id == content.HANDBOOK
    assert shown.citations[0].quote.startswith(content.SECRET)
    assert content.SERVICE_NOTE not in {citation.passage.document_id for citation in hidden.citations}


def test_an_old_answer_is_shown_with_its_quotes(upgraded: Database) -> None:
    desk, reviewer = caller(upgraded, "key_desk"), caller(upgraded, "key_review")
    with upgraded.read() as session:
        own = stored_view(session, journal.get_answer(session, "ans_oil", desk), desk)
        hidden = stored_view(session, journal.get_answer(session, "ans_code", reviewer), reviewer)
        refused = stored_view(session, journal.get_answer(session, "ans_none", desk), desk)

    assert (own.citations[0].quote, own.withdrawn) == (content.QUOTE, False)
    assert (hidden.citations, hidden.text, hidden.withdrawn) == ([], "", True)
    assert refused.refusal is not None
    assert refused.refusal.code == "not_answered"
