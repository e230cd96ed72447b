"""All tables: keys, documents, the index's journal, jobs, answers, learning, receipts.

Only modules in `core.store` import this one; all others get frozen values. Times are UTC. Who may read the rows of a
table is decided in the module that queries it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.types import ElementKind, FeedbackState, JobKind, JobState, Json, ModelState, Rating, Split

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite assigns ids only to INTEGER keys


class UtcDateTime(TypeDecorator[datetime]):
    """A time that is aware on both databases: SQLite drops the zone, so it is added again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Table(DeclarativeBase):
    """Base of all tables; maps Python types to column types."""

    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        Json: JSON(),
        str: Text(),
        int: BigInteger().with_variant(Integer, "sqlite"),
        float: Float(53),
        bool: Boolean(),
        bytes: LargeBinary(),
    }


class KeyRow(Table):
    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[Json]
    groups: Mapped[Json]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionRow(Table):
    __tablename__ = "sessions"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class AuditRow(Table):
    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    key_id: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[Json]


class IdempotencyRow(Table):
    __tablename__ = "idempotency"
    key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[Json | None]
    body: Mapped[bytes | None]
    created_at: Mapped[datetime]


class DocumentRow(Table):
    __tablename__ = "documents"
    __table_args__ = (
        Index(
            "one_live_document_per_path",
            "collection",
            "path",
            "path_number",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    collection: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    path_number: Mapped[int] = mapped_column(server_default="0")
    title: Mapped[str]
    language: Mapped[str | None]
    meta: Mapped[Json]
    serving_version: Mapped[int | None]
    latest_version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]


class DocumentGroupRow(Table):
    __tablename__ = "document_groups"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)


class VersionRow(Table):
    __tablename__ = "versions"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    blob: Mapped[str] = mapped_column(String(64), index=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    report: Mapped[Json]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    groups: Mapped[Json | None]  # who may see this version; [] for everyone, NULL for nobody but administrators
    reader: Mapped[int | None]  # `core.store.reread.READER` when it was read last, also in vain
    given: Mapped[Json] = mapped_column(server_default="{}")  # whose title and language are: see `core.store.given`


class TextRow(Table):
    """The redacted text of the version that serves, with its tree of blocks: JSON, compressed."""

    __tablename__ = "texts"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    body: Mapped[bytes]


class BlobCheckRow(Table):
    """When the bytes of a blob that is needed were last compared with its key, and the result."""

    __tablename__ = "blob_checks"
    blob: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    checked_at: Mapped[datetime] = mapped_column(index=True)


class ChunkRow(Table):
    __tablename__ = "chunks"
    # An id is never used twice, not even after a purge: answers, feedback and indexes refer to it.
    __table_args__ = (
        UniqueConstraint("document_id", "version", "ordinal", name="chunk_once"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    version: Mapped[int]
    ordinal: Mapped[int]
    text: Mapped[str]
    heading: Mapped[Json]
    page: Mapped[int | None]
    boxes: Mapped[Json]
    kind: Mapped[ElementKind] = mapped_column(String(20))
    blocks: Mapped[Json] = mapped_column(server_default="[]")  # read for the passages that are shown only
    sha256: Mapped[str] = mapped_column(String(64))
    embed_sha256: Mapped[str] = mapped_column(String(64), index=True)


class VectorRow(Table):
    """One vector per embedded text and embedding space, so that an unchanged chunk is never embedded again."""

    __tablename__ = "vectors"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    vector: Mapped[bytes]


class IndexChangeRow(Table):
    """The journal that every index follows: chunk added (+1) or removed (-1), in order."""

    __tablename__ = "index_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)
    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    chunk_id: Mapped[int]
    sign: Mapped[int]


class IndexPositionRow(Table):
    """How far a shared dense engine has applied the journal, and which process applies it now."""

    __tablename__ = "index_positions"
    engine: Mapped[str] = mapped_column(String(400), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    leased_by: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class PointerRow(Table):
    """What is active now and what was active before; changing one row publishes or rolls back."""

    __tablename__ = "pointers"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str | None]
    previous: Mapped[str | None]
    updated_at: Mapped[datetime]


class JobRow(Table):
    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[JobKind] = mapped_column(String(20))
    state: Mapped[JobState] = mapped_column(String(20), index=True)
    stage: Mapped[str]
    progress: Mapped[float]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    payload: Mapped[Json]
    document_id: Mapped[str | None] = mapped_column(String(40), index=True)
    version: Mapped[int | None]
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AnswerRow(Table):
    __tablename__ = "answers"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(40), index=True)
    groups: Mapped[Json]
    conversation_id: Mapped[str | None] = mapped_column(String(80))
    question: Mapped[str]
    mode: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    body: Mapped[Json]
    passages: Mapped[Json]
    versions: Mapped[Json]
    collections: Mapped[Json | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class FeedbackRow(Table):
    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("answer_id", "key_id", name="one_opinion_per_caller"),)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"))
    key_id: Mapped[str] = mapped_column(String(40))
    rating: Mapped[Rating] = mapped_column(String(10))
    reasons: Mapped[Json]
    correction: Mapped[str | None]
    wrong_citations: Mapped[Json]
    right_passages: Mapped[Json] = mapped_column(server_default="[]")
    comment: Mapped[str | None]
    state: Mapped[FeedbackState] = mapped_column(String(20), index=True)
    reviewed_by: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ConversationRow(Table):
    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class TurnRow(Table):
    """A question of a conversation as typed and as understood; deleted with its answer."""

    __tablename__ = "conversation_turns"
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    standalone: Mapped[str | None]


class CachedAnswerRow(Table):
    """An answer that may be reused; its text is in the row of the answer, and this row is deleted with that one."""

    __tablename__ = "remembered_answers"
    __table_args__ = (
        Index("remembered_by_words", "scope", "words"),
        Index("remembered_by_shape", "scope", "shape"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    feedback_id: Mapped[str | None] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), unique=True)
    scope: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(String(64))
    shape: Mapped[str] = mapped_column(String(64))
    embedder: Mapped[str | None] = mapped_column(String(200))
    vector: Mapped[bytes | None]
    document_ids: Mapped[Json]
    created_at: Mapped[datetime]


class DatasetRow(Table):
    __tablename__ = "datasets"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    counts: Mapped[Json]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class ExampleRow(Table):
    __tablename__ = "dataset_examples"
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    split: Mapped[Split] = mapped_column(String(20))
    feedback_id: Mapped[str | None] = mapped_column(String(40))
    document_ids: Mapped[Json]
    content: Mapped[Json]


class ModelVersionRow(Table):
    __tablename__ = "model_versions"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    base: Mapped[str]
    adapter_blob: Mapped[str] = mapped_column(String(64))
    dataset_id: Mapped[str | None] = mapped_column(String(40))
    job_id: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[ModelState] = mapped_column(String(20))
    report: Mapped[Json]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ReceiptRow(Table):
    """What was found of a document that is forgotten, as ids by place, and the signed receipt.

    `number` and `body` are NULL until all of it is erased: then the row gets its place in the chain of receipts.
    """

    __tablename__ = "receipts"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(40), index=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    found: Mapped[Json]
    body: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
