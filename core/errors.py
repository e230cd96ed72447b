"""One base for every error that Vouch means to raise: a code for programs, a sentence for people.

The sentence says what happened and what to do. HTTP status is chosen in `api.errors`, exit codes in `cli`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class VouchError(Exception):
    """Base of all errors that are meant; anything else is a defect."""

    code = "internal"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class NotFound(VouchError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"


class Conflict(VouchError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class Invalid(VouchError):
    """The request is well formed but means nothing here."""

    code = "invalid"


class Unauthenticated(VouchError):
    """No key, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(VouchError):
    """The key is good but lacks the scope."""

    code = "forbidden"


class TooLarge(VouchError):
    """More than a stated limit."""

    code = "too_large"


class UnsupportedMedia(VouchError):
    """A file of a kind that cannot be read here; `code` of the reason in the message."""

    code = "unsupported_media"


class DocumentRejected(VouchError):
    """A file that cannot become a document: encrypted, truncated, hostile, empty. Retrying will not help."""

    code = "document_rejected"


class LimitExceeded(DocumentRejected):
    """Parsing was stopped at its limit of time or memory."""

    code = "limit_exceeded"


class SettingsError(VouchError):
    """A setting is unknown, malformed or points nowhere."""

    code = "settings"


class WeightsError(VouchError):
    """A weight file is missing or is not the one that the manifest names."""

    code = "weights"


class Unavailable(VouchError):
    """A service that Vouch depends on does not answer now: the database, the broker, a model server."""

    code = "unavailable"


class StorageFull(Unavailable):
    """There is no room left to keep what was sent; nothing of it was kept."""

    code = "storage_full"


class IndexCorrupt(VouchError):
    """A snapshot fails its checks; the last good one keeps serving."""

    code = "index_corrupt"


class TrainingFailed(VouchError):
    """A fine-tuning ran out of memory or its loss stopped being a number; what serves is not touched."""

    code = "training_failed"


class LostLease(VouchError):
    """Another worker holds this job now; whatever this one did since is discarded."""

    code = "lost_lease"


class Cancelled(VouchError):
    """The job was cancelled while it ran."""

    code = "cancelled"


def unknown_scheme(setting: str, url: str, known: Iterable[str]) -> SettingsError:
    """Make the error for a URL whose scheme no backend answers to; it lists the known ones."""
    names = sorted(known)
    scheme = url.split(":", 1)[0]
    near = get_close_matches(scheme, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known schemes: {', '.join(names)}."
    return SettingsError(f"{setting}: no backend for the scheme {scheme!r}.", hint=hint)  # URLs may hold passwords


def missing_extra(package: str, extra: str) -> SettingsError:
    """Make the error for a backend whose package is not installed; it names the extra."""
    return SettingsError(
        f"The package {package!r} is not installed.",
        hint=f"Install the extra: .venv/bin/pip install 'vouch[{extra}]' or see docs/operate.md.",
    )
