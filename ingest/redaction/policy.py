"""Which personal data is taken out, and who takes it out: the policy, and the redactor that the settings ask for.

Light to import: Presidio and spaCy load with the first redactor (`ingest.redaction.presidio`). Organisations, products,
dates and countries stay, because manuals must stay useful.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.ports import Redactor
from core.settings import Settings
from core.types import Redacted
from core.weights.models import folder
from ingest.masked_imports import hidden

MODEL = "en-core-web-sm"
POLICY = (
    "PERSON",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "CREDIT_CARD",
    "IBAN_CODE",
    "IP_ADDRESS",
    "CRYPTO",
    "US_SSN",
    "US_ITIN",
    "US_PASSPORT",
    "US_DRIVER_LICENSE",
    "PASSPORT",
    "MEDICAL_LICENSE",
    "UK_NHS",
    "UK_NINO",
    "ES_NIF",
    "ES_NIE",
    "IT_FISCAL_CODE",
    "PL_PESEL",
    "SG_NRIC_FIN",
    "AU_TFN",
    "IN_AADHAAR",
    "FI_PERSONAL_IDENTITY_CODE",
)


def open_redactor(settings: Settings) -> Redactor:
    """Return the redactor that the settings ask for. Raises SettingsError (unknown type), WeightsError."""
    if not settings.redact:
        return Unredacted()
    with hidden("torch", "transformers"):  # both try for them, 6 s and 300 MiB, to no use here
        from ingest.redaction.presidio import PresidioRedactor
    wanted = [name.strip().upper() for name in settings.pii_entities.split(",") if name.strip()]
    return PresidioRedactor(folder(settings.models_dir, MODEL), tuple(wanted) or POLICY)


class Unredacted:
    """Finds nothing, and says so."""

    @property
    def name(self) -> str:
        return "none (redaction is off)"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        return [Redacted(text) for text in texts]
