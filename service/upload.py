"""Upload a file: check it, store its bytes, store document, version and job in one transaction, send the hint.

A failure before the commit leaves at most bytes that no row refers to. Bytes that were damaged or missing in the blob
store are whole again afterwards, also for other documents that have them. The next step is `service.build_document`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from core.errors import Forbidden, Invalid, TooLarge
from core.store import blob_checks
from core.store.access import audit
from core.store.uploads import Upload, Uploaded, register_upload
from core.types import Caller, Json
from ingest.formats.media import sniff
from service.compose import Services

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class File:
    """A file and its attributes. An attribute that is None keeps the value of the earlier version at the same path.

    `media_type` is the sender's claim; the content decides. `path` defaults to the name. `former_path` is the
    path that an earlier release gave to the file.
    """

    data: bytes
    name: str
    collection: str = "default"
    media_type: str | None = None
    path: str | None = None
    title: str | None = None
    language: str | None = None
    groups: frozenset[str] | None = None
    metadata: Mapping[str, Json] | None = None
    former_path: str | None = None


def upload(services: Services, caller: Caller, file: File) -> Uploaded:
    """Register the file and send a hint. Raises as `register` does."""
    made = register(services, caller, file)
    queued = [*([made.job_id] if made.fresh and made.job_id is not None else ()), *made.repaired]
    if queued:
        services.queue.send(queued, "ingest")
    return made


def register(services: Services, caller: Caller, file: File) -> Uploaded:
    """Register the file and its job, and send no hint: a caller with many files sends one when all are registered.

    Raises TooLarge, Forbidden, Invalid, and what the type check, the blob store and the database raise.
    """
    require_size(services, len(file.data))
    require_own_groups(caller, file.groups)
    name = file_name(file.name)
    media = sniff(file.data, name, file.media_type)
    new = Upload(
        file.collection,
        name,
        media.media_type,
        len(file.data),
        services.blobs.put(file.data),
        path=file.path,
        title=file.title,
        language=file.language,
        groups=file.groups,
        metadata=file.metadata,
        former_path=file.former_path,
    )
    with services.db.write() as session:
        made = register_upload(session, new, caller)
        made = replace(made, repaired=tuple(blob_checks.repaired(session, new.blob)))
        audit.record(
            session,
            caller,
            "document.upload",
            made.document_id,
            version=made.version,
            job=made.job_id,
            groups=None if new.groups is None else sorted(new.groups),
        )
    if not services.blobs.exists(new.blob):  # a purge of the same bytes deleted them between `put` and the commit
        services.blobs.put(file.data)
    return made


def require_size(services: Services, size: int) -> None:
    """Raise TooLarge for a file with more bytes than the settings allow."""
    limit = services.settings.max_upload_mb
    if size > limit << 20:
        raise TooLarge(f"The file is larger than {limit} MiB.", hint="See VOUCH_MAX_UPLOAD_MB.")


def require_own_groups(caller: Caller, groups: frozenset[str] | None) -> None:
    """Raise Forbidden for a group that the caller is not in: they could neither see nor replace the document."""
    if groups and not caller.sees_all and not groups <= caller.groups:
        raise Forbidden(f"This key is not in the group {sorted(groups - caller.groups)[0]!r}.")


def file_name(given: str) -> str:
    """Return the last part of a file's name, without control characters. Raises Invalid if nothing is left."""
    name = _CONTROL.sub("", PurePath(given.replace("\\", "/")).name).strip()
    if not name:
        raise Invalid("The file has no name.", hint="Send a `filename` with the part `file`.")
    return name if len(name) <= MAX_NAME else name[-MAX_NAME:]
