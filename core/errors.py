"""All errors that Vouch raises on purpose: a code for programs, a message and a hint for people.

The message says what happened, the hint what to do. `api.errors` chooses the HTTP status, `cli` the exit code.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class VouchError(Exception):
    """Base of all errors that are raised on purpose. Any other exception is a bug."""

    code = "internal"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class NotFound(VouchError):
    """The object does not exist, or the caller may not know that it does."""

    code = "not_found"


class Conflict(VouchError):
    """The object is in a state that does not allow this."""

    code = "conflict"


class Invalid(VouchError):
    """The request is well formed, but a value in it is not valid here."""

    code = "invalid"


class Unauthenticated(VouchError):
    """There is no API key, or it is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(VouchError):
    """The API key is valid but does not have the scope."""

    code = "forbidden"


class TooLarge(VouchError):
    """The request exceeds a documented limit."""

    code = "too_large"


class UnsupportedMedia(VouchError):
    """The file is of a kind that cannot be read here; the message says why."""

    code = "unsupported_media"


class DocumentRejected(VouchError):
    """The file cannot become a document: encrypted, truncated, hostile or empty. Retrying does not help."""

    code = "document_rejected"


class LimitExceeded(DocumentRejected):
    """Parsing was stopped at its time or memory limit."""

    code = "limit_exceeded"


class SettingsError(VouchError):
    """A setting is unknown or malformed, or what it names does not exist."""

    code = "settings"


class WeightsError(VouchError):
    """A weight file is missing or differs from the manifest."""

    code = "weights"


class Unavailable(VouchError):
    """Something that Vouch depends on does not answer now: the database, the broker, a model server."""

    code = "unavailable"


class Busy(Unavailable):
    """More questions are being answered than this machine can work on; this one was not begun."""

    code = "busy"


class StorageFull(Unavailable):
    """There is no space to store what was sent; nothing of it was stored."""

    code = "storage_full"


class DatabaseDamaged(Unavailable):
    """The database's file is damaged. Waiting does not mend it: a backup must be restored."""

    code = "database_damaged"


class BlobDamaged(VouchError):
    """Stored bytes are not the ones that were stored. They are never returned; storing them again repairs them."""

    code = "damaged"


class BlobMissing(BlobDamaged):
    """Bytes that the database names are not in the blob store. Storing them again repairs this."""


class IndexCorrupt(VouchError):
    """A snapshot fails its checks; the last valid one keeps serving."""

    code = "index_corrupt"


class TrainingFailed(VouchError):
    """A fine-tuning ran out of memory or its loss was no longer a number; the active model is unchanged."""

    code = "training_failed"


class LostLease(VouchError):
    """Another process has the lease now; what this one did since is discarded."""

    code = "lost_lease"


class Cancelled(VouchError):
    """The job was cancelled while it ran."""

    code = "cancelled"


def unknown_scheme(setting: str, url: str, known: Iterable[str]) -> SettingsError:
    """Return the error for a URL whose scheme has no backend, with the known schemes."""
    names = sorted(known)
    scheme = url.split(":", 1)[0]
    near = get_close_matches(scheme, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known schemes: {', '.join(names)}."
    return SettingsError(f"{setting}: there is no backend for the scheme {scheme!r}.", hint=hint)


def missing_extra(package: str, extra: str) -> SettingsError:
    """Return the error for a backend whose package is not installed, with the extra that installs it."""
    return SettingsError(
        f"The package {package!r} is not installed.",
        hint=f"Install the extra: .venv/bin/pip install 'vouch[{extra}]' or see docs/operate.md.",
    )
