"""docker-compose.yml without Docker: its form by a schema, and every command, variable and path against the project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
import yaml

from cli.main import app
from core.blobs import open_blobs
from core.settings import load_settings
from core.store.database import Database
from tests.test_architecture import MAY_IMPORT
from workers.queue import make_celery

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}

strings = {"type": "array", "items": {"type": "string"}}
string_map = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
        "services": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["image"],
                "additionalProperties": False,
                "properties": {
                    "build": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"context": {"type": "string"}, "args": string_map},
                    },
                    "image": {"type": "string", "pattern": r"^[a-z0-9./_-]+:[A-Za-z0-9._-]+$"},
                    "command": strings,
                    "entrypoint": strings,
                    "environment": string_map,
                    "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:\d+:\d+$"}},
                    "profiles": strings,
                    "restart": {"enum": ["unless-stopped"]},
                    "volumes": strings,
                    "depends_on": {"type": ["array", "object"]},
                    "deploy": {"type": "object"},
                    "healthcheck": {
                        "type": "object",
                        "required": ["test"],
                        "additionalProperties": False,
                        "properties": {
                            "test": strings,
                            **{key: {"type": "string"} for key in ("interval", "timeout", "start_period")},
                        },
                    },
                },
            },
        },
    },
}


def test_its_form_is_that_of_a_compose_file() -> None:
    jsonschema.validate(COMPOSE, SCHEMA)


def test_the_promised_profiles_exist() -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}

    assert profiles == {"gpu", "scaled", "observability"}
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["vouch"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_ours_is_one_that_vouch_has(name: str) -> None:
    program, command, *rest = OURS[name]["command"]
    options = [word for word in rest if word.startswith("--")]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]

    assert program == "vouch"
    known = {option for parameter in commands[command].params for option in parameter.opts}
    assert set(options) <= known


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_a_setting_that_opens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {key: plain(value) for key, value in OURS[name].get("environment", {}).items()}
    for key, value in environment.items():
        monkeypatch.setenv(key, value)

    settings = load_settings({key: value for key, value in environment.items() if key.startswith("VOUCH_")})

    Database(settings.database_url if "postgres" in settings.database_url else "sqlite:///:memory:")
    if settings.broker_url.startswith("amqp"):
        make_celery(settings)
    open_blobs(settings.blobs_url)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_depends_on_is_there(name: str) -> None:
    profiles = set(SERVICES[name].get("profiles", []))

    for other in SERVICES[name].get("depends_on", []):
        assert profiles & set(SERVICES[other]["profiles"])


@pytest.mark.parametrize("name", SERVICES)
def test_named_volumes_and_mounted_files_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_what_the_image_copies_exists_and_is_all_that_is_imported() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    paths = {path for line in copied for path in line.split()}

    assert all((ROOT / path).exists() for path in paths)
    assert set(MAY_IMPORT) <= paths


def test_the_locks_that_the_images_name_exist_and_exclude_each_other() -> None:
    for name, service in OURS.items():
        kind = service["build"]["args"]["VOUCH_LOCK"]
        lock = (ROOT / "requirements" / f"{kind}.lock").read_text()
        other = "faiss-gpu" if kind == "cpu" else "faiss-cpu"
        assert f"faiss-{kind}==" in lock, name
        assert f"{other}==" not in lock, name


def test_every_secret_can_be_set_and_is_documented() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    variables = set(re.findall(r"(?<!\$)\$\{([A-Z_]+):-", text))

    documented = (ROOT / "docs" / "operate.md").read_text()
    assert variables == {"POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "MINIO_PASSWORD", "METRICS_TOKEN"}
    assert all(variable in documented for variable in variables)


def plain(value: str) -> str:
    """Return a value with compose's `${NAME:-default}` replaced by the default."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", str(value))
