"""A manual with questions and feedback on it, and a language model that is trained in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from core.blobs import FileBlobs
from core.settings import Settings, load_settings
from core.store import documents, journal, passages, reading, uploads
from core.store.database import Database, migrate
from core.store.journal import Feedback, Opinion
from core.store.learned import lineage
from core.store.learned.lineage import ModelVersion
from core.types import OPERATOR, Caller, Chunk, ModelState, Passage, Redacted
from generation.phrasing.prompt import PHRASE_2
from learning import registry
from learning.tuning import adapter_files

CLARA = Caller("key_clara", frozenset({"ask"}))
DENIS = Caller("key_denis", frozenset({"ask"}))
DEVICES = (
    "kettle", "toaster", "blender", "router", "printer", "scanner", "thermostat", "doorbell",
    "projector", "speaker", "headset", "monitor", "keyboard", "camera", "lantern", "heater",
    "cooler", "washer", "dryer", "mixer", "grinder", "juicer", "freezer", "oven",
)  # fmt: skip
BUTTONS = ("power", "mode", "reset", "menu", "home", "light")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class Office:
    """A manual per device, callers who ask, and a reviewer who approves."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def serve(self, path: str, *texts: str, groups: frozenset[str] | None = None) -> str:
        """Publish a document with one chunk per text and return its id; the same path again is a new version."""
        blob = passages.sha256("".join(texts))
        upload = uploads.Upload("manuals", path, "text/plain", 1, blob, path=path, groups=groups)
        chunks = [Chunk(ordinal, text) for ordinal, text in enumerate(texts)]
        vectors = {passages.sha256(passages.embed_text(path, c)): np.ones(4, np.float32) for c in chunks}
        with self.db.write() as session:
            uploaded = uploads.register_upload(session, upload, OPERATOR)
            passages.store_vectors(session, "test", vectors)
            passages.publish(session, uploaded.document_id, uploaded.version, path, chunks, {})
        return uploaded.document_id

    def passages(self, document_id: str) -> list[Passage]:
        with self.db.read() as session:
            return reading.document_chunks(session, document_id, OPERATOR)

    def withdraw(self, document_id: str) -> None:
        with self.db.write() as session:
            documents.delete_document(session, document_id, OPERATOR)

    def answer(
        self,
        question: str,
        sources: Sequence[Passage],
        quote: str = "",
        by: Caller = CLARA,
        text: str | None = None,
        kind: str = "fact",
    ) -> str:
        """Record an answer that quotes the first passage, or a refusal if there is no quote; return its id."""
        first = sources[0]
        start = first.text.index(quote)
        cited = {"id": 1, "document_id": first.document_id, "version": first.version, "quote": quote}
        body = {
            "status": "answered" if quote else "refused",
            "text": text if text is not None else f"“{quote}” [1]",
            "citations": [cited | {"start": start, "end": start + len(quote)}] if quote else [],
            "units": [{"kind": kind, "text": f"“{quote}” [1]", "citations": [1]}] if quote else [],
        }
        references = [
            {"chunk_id": p.chunk_id, "document_id": p.document_id, "version": p.version, "sha256": p.sha256}
            for p in sources
        ]
        answer_id = journal.new_answer_id()
        with self.db.write() as session:
            journal.record_answer(
                session, answer_id, by, question=question, mode="auto", body=body, passages=references, versions={}
            )
        return answer_id

    def judge(self, answer_id: str, opinion: Opinion, by: Caller = CLARA, *, approved: bool = True) -> Feedback:
        reader = Caller(by.key_id, by.scopes | {"review"})
        with self.db.write() as session:
            feedback = journal.give_feedback(session, answer_id, reader, opinion)
            return journal.review_feedback(session, feedback.id, OPERATOR, "approved") if approved else feedback

    def praise(self, device: str, by: Caller = CLARA) -> Feedback:
        """Publish a device's manual, ask about the device, and approve the answer."""
        found = self.passages(self.serve(device, *manual(device)))
        return self.judge(self.answer(question(device), found, quote=manual(device)[0], by=by), Opinion("up"), by)

    def fill(self, devices: Sequence[str] = DEVICES, by: Caller = CLARA) -> None:
        for device in devices:
            self.praise(device, by)


class OneNameRedactor:
    """A Redactor that finds one name."""

    name = "one-name"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        return [Redacted(text.replace("Ada Lovelace", "[PERSON]")) for text in texts]


class Registrar:
    """Registers adapters that hold a few bytes."""

    def __init__(self, db: Database, blobs: FileBlobs, scratch: Path, base: str) -> None:
        self._db, self._blobs, self._scratch, self._base = db, blobs, scratch, base

    def add(
        self,
        weights: str,
        *,
        state: ModelState = "candidate",
        base: str | None = None,
        dataset_id: str | None = None,
    ) -> ModelVersion:
        folder = self._scratch / weights
        folder.mkdir()
        (folder / adapter_files.WEIGHTS).write_text(weights)
        (folder / adapter_files.CONFIG).write_text(json.dumps({"peft_type": "LORA"}))
        adapter_files.write_card(folder, base=base or self._base, tuning={})
        key = registry.save_adapter(self._blobs, folder)
        with self._db.write() as session:
            return lineage.add_model_version(
                session,
                role="generator",
                base=base or self._base,
                adapter_blob=key,
                dataset_id=dataset_id,
                job_id=None,
                state=state,
                report={"verdict": "as the test says"},
            )


def question(device: str) -> str:
    return f"How do I reset the {device}?"


def manual(device: str) -> tuple[str, str]:
    """Return the passage that answers `question(device)` and one that does not."""
    index = DEVICES.index(device)
    button, seconds = BUTTONS[index % len(BUTTONS)], 3 + index % 7
    return (
        f"Hold the {button} button of the {device} for {seconds} seconds.",
        f"The {device} comes with a cable and a warranty of {index + 1} months.",
    )


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """With matrices this small, more threads are slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """SQLite only: what both databases must do is tested in `tests/core`."""
    database = Database(f"sqlite:///{tmp_path}/vouch.db")
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def office(db: Database) -> Office:
    return Office(db)


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return FileBlobs(tmp_path / "blobs")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model: a random Llama with two layers and a tokenizer trained on the manuals' words."""
    folder = tmp_path_factory.mktemp("tiny") / "base"
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=["<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [text for device in DEVICES for text in (*manual(device), question(device))]
    tokenizer.train_from_iterator([*texts, PHRASE_2.system, PHRASE_2.source, PHRASE_2.user], trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>")
    wrapped.chat_template = CHATML
    wrapped.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(wrapped),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=wrapped.eos_token_id,
        pad_token_id=wrapped.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tuned(tmp_path: Path, tiny: Path) -> Settings:
    """Settings whose generator is the tiny model, with a short training."""
    return load_settings(
        {},
        home=tmp_path / "home",
        generator_url=f"transformers://{tiny}",
        train_steps=30,
        train_min_examples=20,
        redact=False,
        threads=1,
    )


@pytest.fixture
def registrar(db: Database, blobs: FileBlobs, tmp_path: Path, tiny: Path) -> Registrar:
    return Registrar(db, blobs, tmp_path, str(tiny))
