"""A home in which documents are in every place: answered, approved, cached, learned from, and in a published index."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.reloadable import Reloadable
from core.settings import Settings
from core.store import conversations, journal, reading
from core.store.erasure.receipts import Receipt
from core.store.index.token_vectors import store_tokens
from core.store.journal import Opinion
from core.store.learned import answer_cache, lineage
from core.store.learned.answer_cache import QuestionDigests
from core.store.learned.lineage import Example, ModelVersion
from core.store.passages import embed_text, sha256
from core.types import OPERATOR, Caller, Passage
from learning import registry
from learning.tuning import adapter_files
from retrieval.lifecycle.publish import build_snapshot
from service.compose import Services, open_store
from service.forget import forget
from service.receipts.places import Store
from tests.api.doubles import RecordedQueue, SmithRedactor, opened
from tests.core.conftest import MODEL, Library
from tests.service.conftest import _no_models

ASKER = Caller("key_asker", frozenset({"ask"}))
ADMIN = Caller("key_admin", frozenset({"admin"}))
TOKENS = "late/4-0123abcd"
BASE = "tiny"
SAME = QuestionDigests("w" * 64, "s" * 64)
DAYS = 30


@dataclass(frozen=True, slots=True)
class House:
    """A real SQLite home with real blobs and a real index, and how documents get into every place of it."""

    services: Services
    library: Library

    @property
    def store(self) -> Store:
        return Store(self.services.settings, self.services.db, self.services.blobs)

    @property
    def home(self) -> Path:
        return self.services.settings.home

    def serve(self, name: str) -> str:
        """Publish a document of two passages, with its file, vectors of both kinds; return its id."""
        texts = (f"Hold the button of the {name}.", f"The {name} has a cable.")
        self.services.blobs.put("".join(texts).encode())
        document_id = self.library.serve(name, *texts)
        digests = [sha256(embed_text("Title", passage)) for passage in self.passages(document_id)]
        with self.services.db.write() as session:
            store_tokens(session, TOKENS, dict.fromkeys(digests, b"packed"))
        return document_id

    def passages(self, document_id: str) -> list[Passage]:
        with self.services.db.read() as session:
            return reading.document_chunks(session, document_id, OPERATOR)

    def answer(self, document_id: str, conversation_id: str | None = None) -> str:
        """Store an answer that quotes the document's first passage."""
        answer_id, (first, *_) = journal.new_answer_id(), self.passages(document_id)
        cited = {"id": 1, "document_id": document_id, "quote": first.text, "start": 0, "end": len(first.text)}
        reference = {"chunk_id": first.chunk_id, "document_id": document_id, "version": 1, "sha256": first.sha256}
        with self.services.db.write() as session:
            journal.record_answer(
                session,
                answer_id,
                ASKER,
                question="How?",
                mode="auto",
                body={"id": answer_id, "status": "answered", "text": first.text, "citations": [cited]},
                passages=[reference],
                versions={},
                conversation_id=conversation_id,
            )
            session.flush()
        return answer_id

    def discuss(self, document_id: str) -> None:
        """Answer from it in a conversation, keep the answer for reuse, and approve it."""
        db = self.services.db
        with db.write() as session:
            conversation_id = conversations.begin(session, ASKER, DAYS).id
        answer_id = self.answer(document_id, conversation_id)
        with db.write() as session:
            conversations.add_turn(
                session,
                conversation_id,
                ASKER,
                answer_id,
                question="How?",
                standalone=None,
                keep_turns=9,
                keep_days=DAYS,
            )
            feedback = journal.give_feedback(session, answer_id, ASKER, Opinion("up"))
            feedback = journal.review_feedback(session, feedback.id, OPERATOR, "approved")
            answer_cache.store_approved(session, feedback, SAME, [document_id])
            answer_cache.store_recent(session, answer_id, "here", SAME, [document_id])

    def dataset(self, *document_ids: str) -> str:
        """Store a dataset with one example of each document; return its id."""
        examples = [
            Example("train", {"kind": "answer", "question": "How?", "target": f"As in {each}."}, None, (each,))
            for each in document_ids
        ]
        with self.services.db.write() as session:
            return lineage.add_dataset(session, examples, "-".join(document_ids)[-64:], "operator").id

    def tune(self, dataset_id: str | None, base: str = BASE) -> ModelVersion:
        """Register a version whose adapter holds a few bytes, promote it, and unpack it as a running service would."""
        folder = self.home / "scratch"
        folder.mkdir(exist_ok=True)
        (folder / adapter_files.WEIGHTS).write_text(f"weights of {dataset_id} on {base}")
        (folder / adapter_files.CONFIG).write_text(json.dumps({"peft_type": "LORA"}))
        adapter_files.write_card(folder, base=base, tuning={})
        key = registry.save_adapter(self.services.blobs, folder)
        with self.services.db.write() as session:
            model = lineage.add_model_version(
                session,
                role="generator",
                base=base,
                adapter_blob=key,
                dataset_id=dataset_id,
                job_id=None,
                state="candidate",
                report={},
            )
        registry.promote(self.services.db, OPERATOR, model.id)
        registry.adapter_folder(self.services.settings, self.services.blobs, model)
        return model

    def index(self) -> None:
        """Build and publish a snapshot of all that serves."""
        assert build_snapshot(self.services.db, self.services.settings, MODEL, 4) is not None

    def fill(self, document_id: str) -> ModelVersion:
        """Put a document into every place; return the model that was tuned on it, which is active."""
        self.discuss(document_id)
        model = self.tune(self.dataset(document_id))
        self.index()
        return model

    def forget(self, document_id: str) -> Receipt:
        return forget(self.services, ADMIN, document_id).receipt

    def active(self) -> str | None:
        with self.services.db.read() as session:
            model = lineage.active_model(session)
        return model.id if model is not None else None


@pytest.fixture
def house(settings: Settings) -> House:
    db, blobs = open_store(settings)
    engine = Reloadable.once("models", _no_models)
    services = Services(settings, db, blobs, RecordedQueue(), engine, opened(SmithRedactor()))
    return House(services, Library(db))


@pytest.fixture
def lock(house: House) -> str:
    """The id of a document that is in every place, beside another one that nobody asked about."""
    house.serve("kettle")
    document_id = house.serve("lock")
    house.fill(document_id)
    return document_id
