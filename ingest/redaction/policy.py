"""Which types of personal data are replaced by default.

Organisations, products, dates and countries stay, because manuals must stay useful. Knows no library: the redactor that
follows the policy is in `ingest.redaction.redactor`.
"""

from __future__ import annotations

DEFAULT_ENTITIES = (
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
"""Presidio's names of the types; `VOUCH_PII_ENTITIES` chooses others."""
