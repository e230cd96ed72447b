"""Take a file in: look at it, keep its bytes, write document, version and job together, then send the hint.

A failure before the commit leaves at most bytes that nothing refers to. What happens to the file next is
`service.build_document`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath

from api.schemas.documents import UploadForm
from core.errors import Forbidden, Invalid, TooLarge
from core.store import audit
from core.store.uploads import Upload, Uploaded, register_upload
from core.types import Caller
from ingest.formats.media import sniff
from service.compose import Services

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_NAME = 255


def take_upload(services: Services, caller: Caller, form: UploadForm, data: bytes) -> Uploaded:
    """Register the file. Raises TooLarge, Forbidden, Invalid, and what sniffing, the store and the database raise."""
    limit = services.settings.max_upload_mb
    if len(data) > limit << 20:
        raise TooLarge(f"The file is larger than {limit} MiB.", hint="See VOUCH_MAX_UPLOAD_MB.")
    require_own_groups(caller, form.group_names)
    name = file_name(form.file.filename or "")
    media = sniff(data, name, form.file.content_type)
    upload = Upload(
        form.collection,
        name,
        media.media_type,
        len(data),
        services.blobs.put(data),
        path=form.path,
        title=form.title,
        language=form.language,
        groups=form.group_names,
        metadata=form.metadata,
    )
    with services.db.write() as session:
        made = register_upload(session, upload, caller)
        audit.record(
            session,
            caller,
            "document.upload",
            made.document_id,
            version=made.version,
            job=made.job_id,
            groups=None if upload.groups is None else sorted(upload.groups),
        )
    if not services.blobs.exists(upload.blob):  # a purge of the same bytes was under way when they were kept
        services.blobs.put(data)
    if made.fresh and made.job_id is not None:
        services.send([made.job_id], "ingest")
    return made


def require_own_groups(caller: Caller, groups: frozenset[str] | None) -> None:
    """Raise Forbidden for groups that the caller is not in: he could not see what he sent, nor replace it."""
    if groups and not caller.sees_all and not groups <= caller.groups:
        raise Forbidden(f"This key is not in the group {sorted(groups - caller.groups)[0]!r}.")


def file_name(given: str) -> str:
    """Return the last part of a file's name, without what could do harm in a header. Raises Invalid for none."""
    name = _CONTROL.sub("", PurePath(given.replace("\\", "/")).name).strip()
    if not name:
        raise Invalid("The file has no name.", hint="Send a `filename` with the part `file`.")
    return name if len(name) <= MAX_NAME else name[-MAX_NAME:]


def fingerprint(form: UploadForm, data: bytes) -> bytes:
    """Return what tells one upload from another: its fields and its bytes."""
    fields = form.model_dump_json(exclude={"file"}) + (form.file.filename or "")
    return fields.encode() + hashlib.sha256(data).digest()
