"""The pattern recognizers of Presidio that Vouch uses, and its own where Presidio's are weak: addresses, phones, cards.

Knows no model. Which entity types are replaced is in `ingest.redaction.policy`.
"""

from __future__ import annotations

import ipaddress

import regex  # type: ignore[import-untyped]
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer
from presidio_analyzer import predefined_recognizers as predefined
from tldextract import TLDExtract

_FLAGS = regex.MULTILINE | regex.DOTALL
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None)
"""The public suffixes that come with the package; no list is downloaded."""

_WORD = r"[\p{Lu}\p{Lt}][\p{L}'’.-]+"
_KIND = (
    r"(?:Streets?|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Squares?|Sq|Parkway|Pkwy"
    r"|Terrace|Highway|Hwy|Crescent|Close|Circle|Trail|Alley|Parade|Grove|Mews|Row|Quay|Esplanade|Coves|Parks?|Route"
    r"|Turnpike|Rapids|Crossroad|Hill|Isle|Point|Union)"
)
_SUFFIX = (
    r"(?:stra(?:ß|ss)e|str\.|gasse|platz|allee|weg|damm|ufer|gata|gaten|gade|vej|vägen|veien|väg|katu|tie|gatan|straat"
    r"|laan|plein|gränd|stien|bakken|stræti)"
)
_PREFIX = (
    r"(?:rue|avenue|avda\.?|av\.|via|viale|piazza|corso|calle|avenida|rua|praça|ulica|ul\.|boulevard|chemin|plaza|paseo"
    r"|trg|Λεωφόρος|οδός)"
)
_OF = r"(?:(?:de|des|du|dei|degli|della|delle|del|la|le|do|da|dos)\s)?"
_BEHIND = r"(?:u\.|utca|útja?|tér|krt\.|ulice|näm\.|terrasse|terasse)"
_UNIT = r"(?i:apt|apartment|suite|ste|unit|flat|floor|p\.?\s?o\.?\s?box)\.?\s?#?\s?\d[\w-]{0,5}"
_ZIP = r"(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|\d{3}\s\d{2}|\d{4,6}(?:-\d{3,4})?)"
_TOWN = r"(?:\p{Lu}[\p{L}'’()-]*\.?(?:\s(?:\p{Lu}[\p{L}'’()-]*|de|do|du|la|na|am|an)){0,4})"
_REST = rf"(?:[\s,.]{{1,4}}{_UNIT})?(?:\s?[,\n]\s{{0,3}}(?:{_TOWN}|nan)(?:,?\s{_ZIP})?){{0,4}}(?:[\s,]{{1,4}}{_ZIP})?"
_AFTER_UNIT = rf"(?:[\s,.]{{1,4}}{_UNIT})(?:[\s,]{{1,4}}(?:{_TOWN}|nan)){{0,4}}(?:[\s,]{{1,4}}{_ZIP})?"
_ADDRESS = (
    Pattern(
        "number and street",
        rf"\b\d{{1,6}}[a-zA-Z]?,?\s(?:[NSEW]\.?\s)?(?:\d{{1,4}}(?:st|nd|rd|th)?\s)?(?:{_WORD}\s){{1,4}}{_KIND}\b"
        rf"(?:\s{_WORD}\s{_KIND}\b)?\.?(?:{_AFTER_UNIT}|{_REST})",
        0.7,
    ),
    Pattern(
        "street with its kind inside",
        rf"\b(?:\d{{4,6}}\s)?(?:{_WORD}\s)?\p{{L}}[\p{{L}}'’-]{{2,}}{_SUFFIX}\s\d{{1,4}}\s?[a-z]?\b"
        rf"(?:\s{_WORD}\s{_KIND}\b)?(?:{_AFTER_UNIT}|{_REST})",
        0.7,
    ),
    Pattern(
        "kind, name, number",
        rf"\b(?:\d{{2,6}}\s)?(?i:{_PREFIX})\s{_OF}(?:{_WORD}\s){{1,4}}\d{{1,4}}\b(?:{_AFTER_UNIT}|{_REST})",
        0.6,
    ),
    Pattern(
        "number, kind, name",
        rf"\b\d{{1,4}},?\s(?:bis\s|\d{{1,4}}\s)?(?i:{_PREFIX})\s{_OF}{_WORD}(?:\s{_WORD}){{0,3}}(?:{_AFTER_UNIT}|{_REST})",
        0.6,
    ),
    Pattern(
        "name, kind, number",
        rf"\b(?:\d{{2,6}}\s)?(?:{_WORD}\s|\p{{Ll}}+\s){{1,3}}{_BEHIND}\s\d{{1,4}}\b\.?(?:{_AFTER_UNIT}|{_REST})",
        0.6,
    ),
    Pattern("flat", rf"\b(?:\d{{1,6}}\s)?(?:[\p{{L}}'’.\d-]+\s){{1,5}}(?<=\d\s|\d\.\s){_AFTER_UNIT}", 0.6),
    Pattern("flat behind a street", rf"\b\d{{1,6}}\s(?:[\p{{L}}'’.\d-]+\s){{1,5}}(?<=\s){_UNIT}(?:{_REST})", 0.6),
    Pattern(
        "postcode, street, number",
        rf"\b\d{{3,6}}\s(?:\p{{L}}[\p{{L}}'’.-]+\s){{1,4}}\d{{1,4}}(?=\s?[,\n]\s{{0,3}}[\p{{L}},]){_REST}",
        0.5,
    ),
    Pattern(
        "military",
        r"\b(?i:(?:PSC|Unit|CMR)\s\d+,?\sBox\s\d+\s{0,3},?\s{0,3}(?:APO|FPO|DPO)\s(?:AA|AE|AP)\s\d{5})",
        0.95,
    ),
    Pattern(
        "box", rf"\b(?:P\.?\s?O\.?\s?Box|Postfach|Postboks|Casilla|Postbox)\s\d{{1,6}}\b(?:{_AFTER_UNIT}|{_REST})", 0.6
    ),
    Pattern(
        "corner",
        r"\b(?:the\s)?corner of\s(?:[\p{Lu}\d][\p{L}\d'’.-]*\s){1,4}and\s(?:[\p{Lu}\d][\p{L}\d'’-]*\s?){1,4}",
        0.6,
    ),
    Pattern(
        "after the word",
        r"(?<=\b(?i:address|lives? (?:at|on)|reside[sd]? at|home at)(?: is| was)?:?\s{1,3})"
        r"\d{1,6}\s(?:[\p{L}\d'’.-]+\s?){1,5}",
        0.6,
    ),
)
_PHONE = (
    Pattern(
        "international",
        r"(?<![\w.])\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}(?![\w.]?\d)",
        0.75,
    ),
    Pattern(
        "north american",
        r"(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w-])",
        0.7,
    ),
    Pattern("extension", r"(?<![\w.-])\d{3}[ .-]\d{3,4}[ .-]\d{4}x\d{1,5}\b", 0.8),
    Pattern("pairs", r"(?<![\w.,-])0\d(?:([ .-])\d{2})(?:\1\d{2}){3}(?![\w-]|[.,]\d)", 0.7),
    Pattern(
        "after the word",
        r"(?<=\b(?i:phone|tel|telephone|mobile|cell|cellphone|fax|call|desk|text|texts|whatsapp|hotline|reach|answering"
        r"|messages|registered|dial|ring|(?:my|his|her|our|their|your|new|old|home|work|contact)\snumber)\b"
        r"[^.!?\n\d]{0,24}[.:]?\s{0,3})[+(]?\d[\d ().\-/]{5,18}\d(?:x\d{1,5})?\b",
        0.8,
    ),
)
_LICENSE = Pattern(
    "after the word",
    r"(?<=(?i:driver'?s?|driving)\s(?i:licen[cs]e)(?i: number| no\.?| nr)?(?i: is| was)?[:# ]{1,3})"
    r"(?=[A-Z\d-]*\d)[A-Z\d][A-Z\d-]{5,18}\b",
    0.9,
)
_PASSPORT = Pattern(
    "after the word",
    r"(?<=\b(?i:passport)(?i: number| no\.?| nr)?(?i: is| was)?[:# ]{1,3})(?=[A-Z\d]*\d)[A-Z\d]{6,10}\b",
    0.9,
)
_CARD = Pattern(
    "after the word", r"(?<=(?i:card|cc)(?i: number| no\.?)?(?i: is)?[:# ]{1,3})\d(?:[ -]?\d){10,18}\b", 0.9
)
_IBAN = Pattern(
    "after the word",
    r"(?<=\b(?i:iban)(?i: is| number)?[:# ]{1,3})(?i:[a-z]{2}\d{2}(?:\s?[a-z\d]{4}){2,7}[a-z\d]{0,4})\b",
    0.9,
)


class _Email(predefined.EmailRecognizer):  # type: ignore[misc]
    """Checks the domain's suffix against the list in the package."""

    def validate_result(self, pattern_text: str) -> bool:
        return bool(_SUFFIXES(pattern_text).fqdn)


class _PublicIp(predefined.IpRecognizer):  # type: ignore[misc]
    """Ignores addresses that identify nobody: private networks, loopback, examples, versions such as 1.2.3.4."""

    def invalidate_result(self, pattern_text: str) -> bool:
        try:
            address = ipaddress.ip_address(pattern_text.split("/")[0])
        except ValueError:
            return True
        return not address.is_global or (address.version == 4 and int(address) >> 24 <= 9)


def recognizers(language: str) -> list[EntityRecognizer]:
    """Return every pattern recognizer for a language of the analyzer ("en", or "xx" for all others)."""
    own = [
        ("STREET_ADDRESS", list(_ADDRESS)),
        ("PHONE_NUMBER", list(_PHONE)),
        ("US_DRIVER_LICENSE", [_LICENSE]),
        ("PASSPORT", [_PASSPORT]),
        ("CREDIT_CARD", [_CARD]),
        ("IBAN_CODE", [_IBAN]),
    ]
    patterns: list[EntityRecognizer] = [
        PatternRecognizer(
            supported_entity=entity,
            name=f"vouch {entity.lower()}",
            patterns=found,
            supported_language=language,
            global_regex_flags=_FLAGS,
        )
        for entity, found in own
    ]
    lettered = [kind(supported_language=language) for kind in _LETTERED]
    for recognizer in lettered:  # lower-case letters before digits name genes, files and parts
        recognizer.global_regex_flags = _FLAGS
    return [*patterns, *lettered, *(kind(supported_language=language) for kind in _PREDEFINED)]


_LETTERED = (predefined.UkNinoRecognizer, predefined.MedicalLicenseRecognizer)


_PREDEFINED = (
    _Email,
    _PublicIp,
    predefined.CreditCardRecognizer,
    predefined.CryptoRecognizer,
    predefined.IbanRecognizer,
    predefined.UsItinRecognizer,
    predefined.UsPassportRecognizer,
    predefined.UsSsnRecognizer,
    predefined.NhsRecognizer,
    predefined.EsNifRecognizer,
    predefined.EsNieRecognizer,
    predefined.ItFiscalCodeRecognizer,
    predefined.PlPeselRecognizer,
    predefined.SgFinRecognizer,
    predefined.AuTfnRecognizer,
    predefined.InAadhaarRecognizer,
    predefined.FiPersonalIdentityCodeRecognizer,
    predefined.UrlRecognizer,
    predefined.MacAddressRecognizer,
    predefined.UsBankRecognizer,
    predefined.DateRecognizer,
)
"""The last four are off by default: manuals are full of what they find."""
