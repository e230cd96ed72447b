"""Opens the redactor that the settings ask for.

Light to import: Presidio and spaCy load with the first redactor (`ingest.redaction.presidio`). Which types are replaced
by default is in `ingest.redaction.policy`.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.ports import Redactor
from core.settings import Settings
from core.types import Redacted
from core.weights.models import folder
from ingest.masked_imports import masked
from ingest.redaction.policy import DEFAULT_ENTITIES


def open_redactor(settings: Settings) -> Redactor:
    """Return the redactor that the settings ask for. Raises SettingsError (unknown type), WeightsError."""
    if not settings.redact:
        return NoRedaction()
    with masked("torch", "transformers"):  # spaCy and Presidio would load both: 6 s and 300 MiB, unused here
        from ingest.redaction.presidio import MODEL, PresidioRedactor
    wanted = [name.strip().upper() for name in settings.pii_entities.split(",") if name.strip()]
    return PresidioRedactor(folder(settings.models_dir, MODEL), tuple(wanted) or DEFAULT_ENTITIES)


class NoRedaction:
    """A redactor that leaves every text as it is."""

    @property
    def name(self) -> str:
        return "none (redaction is off)"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        return [Redacted(text) for text in texts]
