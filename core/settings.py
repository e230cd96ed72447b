"""All settings, read from `VOUCH_*`, `.env` and `VOUCH_*_FILE`. Nothing else reads the environment.

A profile is a set of these URLs. No other module asks which profile runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from core.errors import SettingsError

PREFIX = "VOUCH_"
TREE = Path(__file__).resolve().parent.parent
ADVANCED: JsonDict = {"advanced": True}
"""Marks a setting that nearly nobody changes: its default was measured, or it is calibrated by a command."""
SECRETS = frozenset(
    {"database_url", "broker_url", "blobs_url", "index_url", "generator_url", "generator_api_key", "metrics_token"}
)


class Settings(BaseModel):
    """Everything that can be set. The variable of a field is `VOUCH_` and the field's name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(Path("./var"), description="Folder that holds all data of the embedded profile.")
    models_dir: Path = Field(TREE / ".models", description="Folder of the weights that `vouch models pull` fetches.")

    database_url: str = Field("", description="sqlite:///FILE or postgresql://…; default: a file in home.")
    broker_url: str = Field("", description="filesystem://FOLDER, redis://… or amqp://…; default: a folder in home.")
    blobs_url: str = Field("", description="file://FOLDER or s3://BUCKET/PREFIX?endpoint=…; default: a folder in home.")
    index_url: str = Field(
        "",
        description="faiss:///FOLDER?device=cpu|cuda:0&kind=auto or milvus://HOST:PORT/NAME; default: a folder in home "
        "and the CPU.",
    )
    embedder_url: str = Field(
        "onnx://bge-small-en-v1.5",
        description="Turns texts into vectors: onnx://NAME or sentence-transformers://NAME?device=….",
    )
    late_url: str = Field(
        "onnx://answerai-colbert-small-v1",
        description="Encodes passages token by token in advance, for a better order: onnx://NAME; none:// for none.",
        json_schema_extra=ADVANCED,
    )
    reranker_url: str = Field(
        "onnx://ms-marco-minilm-l-12-v2",
        description="Scores question and passage together: onnx://NAME, sentence-transformers://NAME?device=…; "
        "none:// for none.",
    )
    reader_url: str = Field(
        "onnx://vouch-reader-2",
        description="Reads the passages found and selects the answer in them: onnx://NAME, torch://NAME?device=…; "
        "none:// lets the reranker read each part, which is slower and worse.",
    )
    generator_url: str = Field(
        "transformers://smollm2-135m-answers",
        description="Phrases answers: transformers://NAME?device=…, openai+http://HOST/v1?model=…; none:// for quotes "
        "only.",
    )
    generator_api_key: str = Field("", description="Key for an OpenAI-compatible generator.")

    redact: bool = Field(True, description="Replace personal data before anything is stored for search.")
    pii_entities: str = Field("", description="Presidio entity types to replace, separated by commas; empty: default.")
    max_upload_mb: int = Field(100, ge=1, description="Largest file that is accepted, in MiB.")
    parse_timeout_s: int = Field(300, ge=1, description="Seconds that parsing one document may take.")
    parse_memory_mb: int = Field(3072, ge=256, description="MiB that parsing may use in addition to the idle parser.")
    ocr_languages: str = Field("eng", description="tesseract languages, joined by +.")
    revisions: str = Field(
        "accepted",
        pattern="^(accepted|original|both)$",
        description="Recorded changes and struck-through text of documents: accepted, original, or both, marked.",
    )

    lease_s: float = Field(
        30.0,
        gt=0,
        description="Seconds without a sign of life after which another worker gets a job.",
        json_schema_extra=ADVANCED,
    )
    sweep_s: float = Field(
        10.0, gt=0, description="Seconds between searches for jobs that no worker has.", json_schema_extra=ADVANCED
    )
    max_attempts: int = Field(
        3, ge=1, description="Times that a job is tried before it fails.", json_schema_extra=ADVANCED
    )
    merge_after: int = Field(
        5000, ge=1, description="Chunks in the index's fresh part that start a merge.", json_schema_extra=ADVANCED
    )

    search_k: int = Field(
        8, ge=1, le=100, description="Passages that a search returns by default.", json_schema_extra=ADVANCED
    )
    rerank_budget_ms: int = Field(
        600, ge=0, description="Milliseconds that reranking may take for a question; 0: no reranking."
    )
    answer_budget_s: float = Field(
        20.0, gt=0, description="Seconds after which quotes replace a phrased answer that is not finished."
    )
    support_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Refuse below this support; default: as calibrated.",
        json_schema_extra=ADVANCED,
    )

    remember_approved: bool = Field(
        True, description="Reuse an approved answer for the same or nearly the same question."
    )
    remember_recent_min: int = Field(
        60, ge=0, description="Minutes for which any answer is reused for callers with the same rights; 0: never."
    )
    same_question: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Cosine from which a question in other words may be the same; 1: none; default: as measured.",
        json_schema_extra=ADVANCED,
    )

    train_every_h: float = Field(24.0, ge=0, description="Hours between scheduled fine-tunings; 0: never.")
    train_min_examples: int = Field(20, ge=1, description="New approved examples that a scheduled fine-tuning needs.")
    train_steps: int = Field(200, ge=1, description="Optimiser steps of a fine-tuning.", json_schema_extra=ADVANCED)
    tainted_models: str = Field(
        "base",
        pattern="^(serve|base)$",
        description="What a model does that was tuned on a document that was withdrawn since: serve goes on until the "
        "next one, base leaves it at once for the newest untainted version or the base model.",
        json_schema_extra=ADVANCED,
    )
    keep_answers_days: int = Field(180, ge=1, description="Days after which answers and their feedback are deleted.")
    keep_conversations_days: int = Field(
        30, ge=1, description="Days after its last question after which a conversation is deleted."
    )
    conversation_turns: int = Field(20, ge=1, le=200, description="Questions, the newest, that a conversation stores.")

    questions_at_once: int = Field(
        8,
        ge=1,
        description="Questions and searches that are worked on at the same time.",
        json_schema_extra=ADVANCED,
    )
    questions_waiting: int = Field(
        24, ge=0, description="Further ones that wait; all others get status 503 at once.", json_schema_extra=ADVANCED
    )
    question_wait_s: float = Field(
        10.0, gt=0, description="Seconds that one waits before it gets status 503.", json_schema_extra=ADVANCED
    )
    rate_per_minute: int = Field(600, ge=0, description="Requests per key and minute; 0: no limit.")
    bad_keys_per_minute: int = Field(
        30, ge=0, description="Requests with an unknown key per client address and minute; 0: no limit."
    )
    max_connections: int = Field(1000, ge=1, description="Open connections of one API process, files permitting.")
    max_connections_per_client: int = Field(
        100, ge=1, description="Open connections of one client address; trusted proxies have no such limit."
    )
    client_timeout_s: float = Field(
        15.0,
        gt=0,
        description="Seconds for a request's head, and for a pause while a body or a response is transferred.",
        json_schema_extra=ADVANCED,
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed.",
    )
    metrics_token: str = Field(
        "", pattern=r"^(\S{16,})?$", description="Bearer token, 16 characters or more, that may only read /metrics."
    )
    cors_origins: str = Field("", description="Origins whose pages may call the API, separated by commas.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")
    threads: int = Field(0, ge=0, description="Threads per model; 0: as many as suit the machine's cores.")

    @classmethod
    def advanced(cls) -> frozenset[str]:
        """Return the names of the settings whose defaults fit nearly every installation."""
        return frozenset(name for name, field in cls.model_fields.items() if field.json_schema_extra == ADVANCED)

    def masked(self) -> dict[str, str]:
        """Return every setting as text, with passwords and keys replaced by ***."""
        return {name: _mask(name, str(value)) for name, value in self.model_dump().items()}


def load_settings(env: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Return the current settings. Overrides win over the environment, then `.env`, then the defaults.

    Raises SettingsError for an unknown name, with the nearest known one, and for a value that is not valid.
    """
    source = dict(os.environ if env is None else env)
    if env is None and Path(".env").is_file():
        dotenv = {k: v for k, v in dotenv_values(".env").items() if v is not None and k.startswith(PREFIX)}
        source = dotenv | source
    values: dict[str, object] = {}
    for key, value in source.items():
        if key.startswith(PREFIX):
            values.update(_setting(key, value))
    values.update({k: v for k, v in overrides.items() if v is not None})
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise SettingsError(f"{name}: {first['msg']}.", hint="`vouch config --all` lists every setting.") from None
    return _fill(settings)


def _setting(key: str, value: str) -> dict[str, object]:
    name = key.removeprefix(PREFIX).lower()
    if name in Settings.model_fields:
        return {name: value}
    from_file = name.removesuffix("_file")
    if name.endswith("_file") and from_file in Settings.model_fields:
        try:
            return {from_file: Path(value).read_text().strip()}
        except OSError as error:
            raise SettingsError(f"{key}={value!r} cannot be read: {error.strerror}.") from error
    if name in {"key", "lock", "test"} or name.startswith("test_"):  # read by `vouch mcp`, scripts/setup, the tests
        return {}
    near = get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
    hint = f"Did you mean {PREFIX}{near[0].upper()}?" if near else "`vouch config --all` lists every setting."
    raise SettingsError(f"{key} is not a setting of Vouch.", hint=hint)


def _fill(settings: Settings) -> Settings:
    home = settings.home.expanduser().absolute()
    return settings.model_copy(
        update={
            "home": home,
            "models_dir": settings.models_dir.expanduser().absolute(),
            "database_url": settings.database_url or f"sqlite:///{home / 'vouch.db'}",
            "broker_url": settings.broker_url or f"filesystem://{home / 'queue'}",
            "blobs_url": settings.blobs_url or f"file://{home / 'blobs'}",
            "index_url": settings.index_url or f"faiss://{home / 'index'}?device=cpu",
        }
    )


def _mask(name: str, value: str) -> str:
    if name not in SECRETS or not value:
        return value
    if "://" not in value:
        return "***"
    scheme, rest = value.split("://", 1)
    if "@" not in rest:
        return value
    credentials, host = rest.rsplit("@", 1)
    user = credentials.split(":", 1)[0]
    return f"{scheme}://{user}:***@{host}" if ":" in credentials else value
