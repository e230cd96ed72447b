"""Replaces personal data in texts with typed placeholders: Presidio with a small English model and patterns.

Languages other than English get only the patterns. The rules for names are in `ingest.redaction.names`, the patterns in
`ingest.redaction.recognizers`; `ingest.redaction.redactor` opens the redactor.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import spacy
from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer
from spacy.language import Language
from spacy.tokens import Doc

from core.errors import SettingsError
from core.types import PiiSpan, Redacted
from ingest.redaction.gazetteer import load_gazetteer
from ingest.redaction.names import NameRules
from ingest.redaction.policy import DEFAULT_ENTITIES
from ingest.redaction.recognizers import recognizers

MODEL = "en-core-web-sm"
OTHER = "xx"
"""The analyzer's code for every language except English."""
THRESHOLD = 0.5
BATCH = 64
_WINS_OVERLAP = ("STREET_ADDRESS", "EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD")


class PresidioRedactor:
    """A redactor (see `core.ports.Redactor`). Do not use it from several threads at once."""

    def __init__(self, model: Path, entities: Sequence[str]) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        self._entities = list(entities)
        engine = _Engine(model)
        registry = RecognizerRegistry(supported_languages=["en", OTHER])
        registry.add_recognizer(SpacyRecognizer(supported_language="en", supported_entities=list(_NER)))
        for language in ("en", OTHER):
            for recognizer in recognizers(language):
                registry.add_recognizer(recognizer)
        analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en", OTHER])
        self._require_known(analyzer.get_supported_entities("en"))
        self._batch = BatchAnalyzerEngine(analyzer)
        self._names = NameRules(load_gazetteer(), engine.words(), engine.plain_words())
        self._supported = {language: set(analyzer.get_supported_entities(language)) for language in ("en", OTHER)}

    @property
    def name(self) -> str:
        policy = "default policy" if tuple(self._entities) == DEFAULT_ENTITIES else "+".join(self._entities)
        return f"presidio 2 with {MODEL} and own patterns, {policy}; names in English only; v2"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        """Return each text with placeholders. The texts of one call are taken as one document."""
        code = "en" if language in {None, "en"} else OTHER
        entities = [entity for entity in self._entities if entity in self._supported[code]]
        if not texts or not entities:
            return [Redacted(text) for text in texts]
        searched = [*entities, *(_PLACES if "PERSON" in entities and code == "en" else ())]
        found = self._batch.analyze_iterator(
            list(texts), code, batch_size=BATCH, entities=searched, score_threshold=THRESHOLD
        )
        spans = [_spans(text, results) for text, results in zip(texts, found, strict=True)]
        if "PERSON" in entities:
            spans = self._with_names(texts, spans)
        wanted = set(entities)
        spans = [[span for span in of_text if span.label in wanted] for of_text in spans]
        return [_with_placeholders(text, _without_overlap(of_text)) for text, of_text in zip(texts, spans, strict=True)]

    def _with_names(self, texts: Sequence[str], spans: Sequence[Sequence[PiiSpan]]) -> list[list[PiiSpan]]:
        """Check the model's guesses at people; then look for the names found in all texts of the document."""
        lower = self._names.find_non_names(texts)
        people = [
            self._names.find(
                text,
                [span for span in of_text if span.label == "PERSON"],
                lower,
                [span for span in of_text if span.label in _PLACES and " " in text[span.start : span.end]],
            )
            for text, of_text in zip(texts, spans, strict=True)
        ]
        names = {text[span.start : span.end] for text, found in zip(texts, people, strict=True) for span in found}
        known = self._names.identifying_words(names, lower)
        return [
            [
                *(span for span in of_text if span.label != "PERSON"),
                *(_trim(text, span) for span in [*found, *self._names.find_repeated(text, known)]),
            ]
            for text, of_text, found in zip(texts, spans, people, strict=True)
        ]

    def _require_known(self, known: Iterable[str]) -> None:
        for entity in self._entities:
            if entity not in known:
                raise SettingsError(
                    f"VOUCH_PII_ENTITIES: {entity!r} is not a known type.",
                    hint=f"Known types: {', '.join(sorted(known))}.",
                )


_PLACES = ("LOCATION", "ORGANIZATION")
"""Searched too: several words that the model takes for one of these are not a person only because of a list."""
_NER = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "NORP": "NRP", "ORG": "ORGANIZATION"}


class _Engine(SpacyNlpEngine):  # type: ignore[misc]
    """Runs only the model's entity recognizer; where Presidio asks for lemmas, each word is its own lemma."""

    def __init__(self, model: Path) -> None:
        configuration = NerModelConfiguration(
            model_to_presidio_entity_mapping=_NER | {label: label for label in _NER.values()},
            labels_to_ignore=[
                "DATE",
                "TIME",
                "CARDINAL",
                "ORDINAL",
                "QUANTITY",
                "MONEY",
                "PERCENT",
                "FAC",
                "PRODUCT",
                "EVENT",
                "WORK_OF_ART",
                "LAW",
                "LANGUAGE",
            ],
        )
        super().__init__(models=[{"lang_code": "en", "model_name": str(model)}], ner_model_configuration=configuration)
        english = spacy.load(model, exclude=["tagger", "parser", "senter", "attribute_ruler", "tok2vec"])
        self._lemmas = english.get_pipe("lemmatizer").lookups.get_table("lemma_index")
        english.remove_pipe("lemmatizer")
        self.nlp = {"en": english, OTHER: spacy.blank("xx")}
        for pipeline in self.nlp.values():
            pipeline.max_length = 1 << 30
            pipeline.add_pipe("vouch_plain_lemmas", last=True)

    def words(self) -> frozenset[str]:
        """Return the lower-case words in the model's vocabulary."""
        return frozenset(word for word in self.nlp["en"].vocab.strings if word.isalpha() and word.islower())

    def plain_words(self) -> frozenset[str]:
        """Return the verbs, adjectives and adverbs that the model's lemmatizer lists."""
        return frozenset(word for kind in ("verb", "adj", "adv") for word in self._lemmas[kind] if word.isalpha())


@Language.component("vouch_plain_lemmas")  # type: ignore[untyped-decorator]
def _plain_lemmas(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def _spans(text: str, results: Iterable[RecognizerResult]) -> list[PiiSpan]:
    return [_trim(text, PiiSpan(r.start, r.end, r.entity_type, round(float(r.score), 2))) for r in results]


def _trim(text: str, span: PiiSpan) -> PiiSpan:
    """Cut blanks, commas and a possessive off a span's ends, so that the placeholder reads well."""
    found = text[span.start : span.end]
    for tail in ("'s", "’s"):
        if span.label == "PERSON" and found.rstrip().endswith(tail):
            found = found.rstrip()[: -len(tail)]
    start = span.start + len(found) - len(found.lstrip(" \t\n,;:-"))
    end = span.start + len(found.rstrip(" \t\n,;:-"))
    return PiiSpan(start, max(end, start), span.label, span.score)


def _without_overlap(spans: Sequence[PiiSpan]) -> list[PiiSpan]:
    """Return spans without overlap: the types of `_WINS_OVERLAP` win, then the longer span, then the higher score."""

    def weight(span: PiiSpan) -> tuple[int, int, float]:
        return (span.label in _WINS_OVERLAP, span.end - span.start, span.score)

    kept: list[PiiSpan] = []
    for span in sorted(spans, key=weight, reverse=True):
        if span.end > span.start and all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _with_placeholders(text: str, spans: Sequence[PiiSpan]) -> Redacted:
    parts: list[str] = []
    last = 0
    for span in spans:
        parts += [text[last : span.start], f"[{span.label}]"]
        last = span.end
    parts.append(text[last:])
    return Redacted("".join(parts), tuple(spans))
