"""Presidio's pattern recognizers that Vouch uses, and its own where those are weak on letters, addresses and phones.

Knows no model. Which entity types count is the redactor's policy; see `ingest.redact`.
"""

from __future__ import annotations

import ipaddress

import regex  # type: ignore[import-untyped]
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer
from presidio_analyzer import predefined_recognizers as predefined
from tldextract import TLDExtract

_FLAGS = regex.MULTILINE | regex.DOTALL
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None)
"""The public suffixes that come with the package: no list is fetched."""

_WORD = r"[\p{Lu}\p{Lt}][\p{L}'’.-]+"
_KIND = (
    r"(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Squares?|Sq|Parkway|Pkwy"
    r"|Terrace|Highway|Hwy|Crescent|Close|Circle|Trail|Alley|Parade|Grove|Mews|Row|Quay|Esplanade|Streets|Coves|Parks?)"
)
_SUFFIX = r"(?:stra(?:ß|ss)e|str\.|gasse|platz|allee|weg|damm|ufer|gata|gaten|gade|vej|vägen|veien|väg|katu|tie|gatan|straat|laan|plein)"
_PREFIX = r"(?:rue|avenue|via|viale|piazza|corso|calle|avenida|rua|praça|ulica|ul\.|utca|place|boulevard|chemin|plaza|paseo)"
_UNIT = r"(?:,?\s*(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor)\.?\s*#?\s?[\w-]{1,6})"
_TOWN = r"(?:\s*[,\n]\s*(?:[\p{Lu}][\p{L}'’.-]+\s?){1,4}(?:,\s?(?:[A-Z]{2}|[\p{Lu}][\p{L} ]{3,20}))?,?\s*(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2}[ -])?(?:\d{3,6}(?:[ -]\d{2,4})?)?)"
_REST = rf"{_UNIT}?{_TOWN}{{0,3}}"
_ADDRESS = (
    Pattern("number and street", rf"\b\d{{1,6}}[a-zA-Z]?,?\s(?:[NSEW]\.?\s)?(?:\d{{1,4}}(?:st|nd|rd|th)?\s)?(?:{_WORD}\s){{1,4}}{_KIND}\b\.?{_REST}", 0.7),
    Pattern("street with its kind inside", rf"\b(?:{_WORD}\s)?[\p{{Lu}}\p{{L}}][\p{{L}}'’-]{{2,}}{_SUFFIX}\s\d{{1,4}}\s?[a-z]?\b{_REST}", 0.7),
    Pattern("kind, name, number", rf"\b(?i:{_PREFIX})\s(?:(?:de|des|du|della|del|la|le|do|da)\s)?(?:{_WORD}\s?){{1,4}},?\s?\d{{1,4}}\b{_REST}", 0.6),
    Pattern("number, kind, name", rf"\b\d{{1,4}},?\s(?:bis\s)?(?i:{_PREFIX})\s(?:(?:de|des|du|della|del|la|le|do|da)\s)?(?:{_WORD}\s?){{1,4}}{_REST}", 0.6),
    Pattern("flat", rf"\b\d{{1,6}}\s(?:[\p{{L}}'’.\d-]+\s){{1,5}},?\s?(?i:apt|suite|apartment)\.?\s?\d{{1,5}}{_TOWN}{{0,3}}", 0.7),
    Pattern("military", r"\b(?:PSC|Unit|CMR)\s\d+,?\s(?:Box\s\d+)\s*,?\s*(?:APO|FPO|DPO)\s(?:AA|AE|AP)\s\d{5}", 0.95),
    Pattern("box", r"\b(?:P\.?\s?O\.?\s?Box|Postfach|Postboks|Casilla)\s\d{1,6}\b", 0.6),
    Pattern("after the word", rf"(?<=\b(?i:address|lives? (?:at|on)|reside[sd]? at|home at)(?: is| was)?:?\s{{1,3}})\d{{1,6}}\s(?:[\p{{L}}\d'’.-]+\s?){{1,5}}", 0.6),
)
_PHONE = (
    Pattern("international", r"(?<![\w.])\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}(?![\w.]?\d)", 0.75),
    Pattern("north american", r"(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w-])", 0.7),
    Pattern("extension", r"(?<![\w.-])\d{3}[ .-]\d{3,4}[ .-]\d{4}x\d{1,5}\b", 0.8),
    Pattern(
        "after the word",
        r"(?<=\b(?i:phone|tel|telephone|mobile|cell|cellphone|fax|call(?: me| us)?(?: at| on)?|desk|text me at|whatsapp|hotline|reach (?:me|us) at|answering at|messages to|registered)(?: number| no)?[.:]{0,2}(?: is)?:?\s{0,3})"
        r"[+(]?\d[\d ().\-/x]{5,20}\d\b", 0.8,
    ),
)
_LICENSE = Pattern(
    "after the word", r"(?<=(?i:driver'?s?|driving)\s(?i:licen[cs]e)(?i: number| no\.?| nr)?(?i: is| was)?[:# ]{1,3})(?=[A-Z\d-]*\d)[A-Z\d][A-Z\d-]{5,18}\b", 0.9
)
_PASSPORT = Pattern(
    "after the word", r"(?<=\b(?i:passport)(?i: number| no\.?| nr)?(?i: is| was)?[:# ]{1,3})(?=[A-Z\d]*\d)[A-Z\d]{6,10}\b", 0.9
)
_CARD = Pattern(
    "after the word", r"(?<=(?i:card|cc)(?i: number| no\.?)?(?i: is)?[:# ]{1,3})\d(?:[ -]?\d){10,18}\b", 0.9
)


class _Email(predefined.EmailRecognizer):  # type: ignore[misc]
    """Checks the domain's suffix against the list in the package."""

    def validate_result(self, pattern_text: str) -> bool:
        return bool(_SUFFIXES(pattern_text).fqdn)


class _PublicIp(predefined.IpRecognizer):  # type: ignore[misc]
    """Leaves addresses that point at nobody: private networks, loopback, examples, versions such as 1.2.3.4."""

    def invalidate_result(self, pattern_text: str) -> bool:
        try:
            address = ipaddress.ip_address(pattern_text.split("/")[0])
        except ValueError:
            return True
        return not address.is_global or int(address) >> 24 <= 9 and address.version == 4


def recognizers(language: str) -> list[EntityRecognizer]:
    """Return every pattern recognizer for a language of the analyzer ("en", or "xx" for all others)."""
    own = [
        ("STREET_ADDRESS", list(_ADDRESS)), ("PHONE_NUMBER", list(_PHONE)), ("US_DRIVER_LICENSE", [_LICENSE]),
        ("PASSPORT", [_PASSPORT]), ("CREDIT_CARD", [_CARD]),
    ]
    patterns: list[EntityRecognizer] = [
        PatternRecognizer(
            supported_entity=entity, name=f"vouch {entity.lower()}", patterns=found, supported_language=language,
            global_regex_flags=_FLAGS,
        )
        for entity, found in own
    ]
    return [*patterns, *(kind(supported_language=language) for kind in _PREDEFINED)]


_PREDEFINED = (
    _Email, _PublicIp, predefined.CreditCardRecognizer, predefined.CryptoRecognizer, predefined.IbanRecognizer,
    predefined.MedicalLicenseRecognizer, predefined.UsItinRecognizer, predefined.UsPassportRecognizer,
    predefined.UsSsnRecognizer, predefined.NhsRecognizer, predefined.UkNinoRecognizer, predefined.EsNifRecognizer,
    predefined.EsNieRecognizer, predefined.ItFiscalCodeRecognizer, predefined.PlPeselRecognizer,
    predefined.SgFinRecognizer, predefined.AuTfnRecognizer, predefined.InAadhaarRecognizer,
    predefined.FiPersonalIdentityCodeRecognizer, predefined.UrlRecognizer, predefined.MacAddressRecognizer,
    predefined.UsBankRecognizer, predefined.UsLicenseRecognizer, predefined.DateRecognizer,
)
"""The last five are off by default: they find what manuals are full of."""
