"""Documents, their versions and passages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import UploadFile
from pydantic import BeforeValidator, Field, Json, StringConstraints, computed_field, model_validator

from api.schemas.blocks import BlockView
from api.schemas.boxes import BoxView
from api.schemas.common import Body, Name, PageQuery, Slug, Sorted, View
from api.schemas.reports import ReportView
from core import types
from core.marks import Mark, marks

EVERYONE = "*"
VersionState = Literal["queued", "serving", "superseded", "failed", "deleted"]
MetadataKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
MetadataValue = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue], Field(max_length=50, json_schema_extra={"additionalProperties": False})
]


def _blank_is_absent(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _split(value: object) -> object:
    """Return group names that are repeated, separated by commas, or both, as one list."""
    if not isinstance(value, list):
        return value
    return [name.strip() for item in value for name in str(item).split(",") if name.strip()] or None


Blank = Annotated[str, StringConstraints(pattern=r"^\s*$")]
LogicalPath = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Group = Annotated[str, StringConstraints(pattern=r"^(\*|[^\x00-\x1f\x7f,*]{1,120})$")]


class UploadForm(Body):
    """A file and its attributes. An attribute that is missing or blank stays as in the previous version."""

    file: UploadFile
    collection: Slug = "default"
    path: Annotated[
        LogicalPath | None,
        BeforeValidator(_blank_is_absent, json_schema_input_type=Blank | LogicalPath | None),
        Field(description="The logical path; an upload to the same path is a new version. Default: the file's name."),
    ] = None
    title: Annotated[Name | None, BeforeValidator(_blank_is_absent, json_schema_input_type=Blank | Name | None)] = None
    language: Annotated[
        Language | None, BeforeValidator(_blank_is_absent, json_schema_input_type=Blank | Language | None)
    ] = None
    groups: Annotated[
        list[Group] | None,
        BeforeValidator(_split),
        Field(description=f"The groups that may see it, repeated or separated by commas; `{EVERYONE}`: everyone."),
    ] = None
    metadata: Annotated[
        Json[Metadata] | None,
        BeforeValidator(_blank_is_absent, json_schema_input_type=Blank | Json[Metadata] | None),
        Field(description="A JSON object of strings."),
    ] = None

    @property
    def group_names(self) -> frozenset[str] | None:
        """The groups to set; an empty set means everyone, None means unchanged."""
        return None if self.groups is None else frozenset(self.groups) - {EVERYONE}


class UploadView(View):
    """The result of an upload. For an existing file, `job_id` is the job that reads it, null if it is done."""

    document_id: str
    version: int
    job_id: str | None
    status: str


class DocumentView(View):
    """A document; `state`, `reason` and `report` are those of its latest version."""

    id: str
    collection: str
    path: str
    title: str
    language: str | None
    groups: Sorted
    metadata: dict[str, types.Json]
    serving_version: int | None
    latest_version: int
    state: VersionState
    reason: str | None
    report: ReportView
    filename: str
    media_type: str
    size: int
    created_at: datetime
    updated_at: datetime


class DocumentQuery(PageQuery):
    """Filters of the list of documents."""

    collection: Slug | None = None
    state: VersionState | None = None


class DeletedView(View):
    """A deleted document: answers no longer cite it; the job erases its data."""

    document_id: str
    job_id: str
    status: Literal["deleted"] = "deleted"


class VersionView(View):
    """A version of a document; `report` counts pages, chunks and redactions by type."""

    document_id: str
    version: int
    filename: str
    media_type: str
    size: int
    sha256: Annotated[str, Field(validation_alias="blob", description="SHA-256 of the uploaded bytes.")]
    state: VersionState
    reason: str | None
    report: ReportView
    created_at: datetime
    published_at: datetime | None


class ChunkView(View):
    """A passage of a document as search and answers use it: redacted."""

    chunk_id: int
    document_id: str
    version: int
    ordinal: int
    text: str
    heading: list[str]
    page: int | None
    boxes: list[BoxView]
    kind: types.ElementKind
    blocks: list[BlockView]

    @computed_field(description="Suspicious content of the text; mostly empty.")  # type: ignore[prop-decorator]
    @property
    def marks(self) -> list[Mark]:
        return list(marks(self.text))


class ExcerptQuery(Body):
    """Which passage, by its id or its position in the document, and how many neighbours."""

    chunk_id: int | None = Field(None, ge=0)
    ordinal: int | None = Field(None, ge=0, description="Its position in the document, counted from 0.")
    before: int = Field(1, ge=0, le=20)
    after: int = Field(1, ge=0, le=20)

    @model_validator(mode="after")
    def _one_reference(self) -> ExcerptQuery:
        if (self.chunk_id is None) == (self.ordinal is None):
            raise ValueError("give either chunk_id or ordinal")
        return self


class ExcerptView(View):
    """A passage of the serving version, with its neighbours in reading order.

    `ordinal` is the position of the requested passage; `of` is the number of passages in the document.
    """

    document_id: str
    version: int
    collection: str
    title: str
    ordinal: int
    of: int
    passages: list[ChunkView]


class ContentView(View):
    """The text of the version that serves, as it was read and redacted; offsets of `blocks` are places in `text`."""

    document_id: str
    version: int
    title: str
    text: str
    blocks: list[BlockView]


class CollectionView(View):
    """A collection, and the number of its documents that this caller may see."""

    name: str
    documents: int
