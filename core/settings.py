"""One frozen Settings, read from `VOUCH_*`, `.env` and `VOUCH_*_FILE`; the only place that knows the environment.

A profile is a handful of these URLs. Nothing else in Vouch asks which profile runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import SettingsError

PREFIX = "VOUCH_"
TREE = Path(__file__).resolve().parent.parent
SECRETS = frozenset({"database_url", "broker_url", "blobs_url", "index_url", "generator_url", "generator_api_key"})


class Settings(BaseModel):
    """Everything that can be set. The field's name in capitals behind `VOUCH_` is the variable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(Path("./var"), description="Folder that holds everything the embedded profile keeps.")
    models_dir: Path = Field(TREE / ".models", description="Folder of the weights that `vouch models pull` fetches.")

    database_url: str = Field("", description="sqlite:///FILE or postgresql://…; default: a file in home.")
    broker_url: str = Field("", description="filesystem://FOLDER, redis://…, amqp://…; default: a folder in home.")
    blobs_url: str = Field("", description="file://FOLDER or s3://BUCKET/PREFIX?endpoint=…; default: a folder in home.")
    index_url: str = Field(
        "",
        description="faiss:///FOLDER?device=cpu|cuda:0&kind=auto, milvus://HOST:PORT/NAME; default: in home, on CPU.",
    )
    embedder_url: str = Field(
        "onnx://bge-small-en-v1.5", description="onnx://NAME or sentence-transformers://NAME?device=…"
    )
    late_url: str = Field(
        "onnx://answerai-colbert-small-v1", description="Reads passages ahead, token by token: onnx://NAME, none://"
    )
    reranker_url: str = Field(
        "onnx://ms-marco-minilm-l-12-v2", description="onnx://NAME, sentence-transformers://NAME?device=…, none://"
    )
    generator_url: str = Field(
        "transformers://smollm2-135m-answers",
        description="transformers://NAME?device=…, openai+http://HOST/v1?model=…, none://",
    )
    generator_api_key: str = Field("", description="Key for an OpenAI-compatible generator.")

    redact: bool = Field(True, description="Replace personal data before anything is stored for search.")
    pii_entities: str = Field("", description="Comma-separated Presidio entity types; empty: the default policy.")
    max_upload_mb: int = Field(100, ge=1, description="Largest file accepted, in MiB.")
    parse_timeout_s: int = Field(300, ge=1, description="Seconds of wall time one document may take to parse.")
    parse_memory_mb: int = Field(3072, ge=256, description="MiB of memory a parse may take beyond the idle parser.")
    ocr_languages: str = Field("eng", description="tesseract languages, joined by +.")

    lease_s: float = Field(30.0, gt=0, description="Seconds after which a silent worker's job is given to another.")
    sweep_s: float = Field(10.0, gt=0, description="Seconds between sweeps for jobs without a live lease.")
    max_attempts: int = Field(3, ge=1, description="Times a job is tried before it has failed.")
    merge_after: int = Field(5000, ge=1, description="Chunks in the index's fresh part that start a merge.")

    search_k: int = Field(8, ge=1, le=100, description="Passages that a search returns when it does not say.")
    rerank_budget_ms: int = Field(600, ge=0, description="Milliseconds reranking may take per question; 0: none.")
    answer_budget_s: float = Field(20.0, gt=0, description="Seconds after which the quotes are the answer.")
    support_threshold: float | None = Field(None, ge=0, le=1, description="Refuse below this; default: as calibrated.")

    remember_approved: bool = Field(True, description="Give an approved answer again to the same question.")
    remember_recent_min: int = Field(
        60, ge=0, description="Minutes for which any answer is given again to callers with the same rights; 0: never."
    )
    same_question: float | None = Field(
        None, ge=0, le=1, description="Cosine from which questions are the same; 1: by their words; default: measured."
    )

    train_every_h: float = Field(24.0, ge=0, description="Hours between scheduled fine-tunings; 0: never.")
    train_min_examples: int = Field(20, ge=1, description="Approved examples a scheduled fine-tuning waits for.")
    train_steps: int = Field(200, ge=1, description="Optimiser steps of a fine-tuning.")
    keep_answers_days: int = Field(180, ge=1, description="Days after which answer rows are deleted.")
    keep_conversations_days: int = Field(
        30, ge=1, description="Days without a question after which a conversation is deleted."
    )
    conversation_turns: int = Field(20, ge=1, le=200, description="Questions that a conversation keeps, the newest.")

    rate_per_minute: int = Field(600, ge=0, description="Requests per key and minute; 0: no limit.")
    cors_origins: str = Field("", description="Comma-separated origins whose pages may call the API.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    threads: int = Field(0, ge=0, description="Threads per model; 0: what the machine has.")

    def masked(self) -> dict[str, str]:
        """Return every setting as text, passwords and keys replaced by ***."""
        return {name: _mask(name, str(value)) for name, value in self.model_dump().items()}


def load_settings(env: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings in force: overrides, then the environment, then `.env`, then the defaults.

    Raises SettingsError for an unknown name (with the nearest known one) or a value that does not fit.
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
        raise SettingsError(f"{name}: {first['msg']}.", hint="`vouch config` lists every setting.") from None
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
    hint = f"Did you mean {PREFIX}{near[0].upper()}?" if near else "`vouch config` lists every setting."
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
