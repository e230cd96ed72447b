"""The user guide covers every setting, command and error code, and its built chapters match their sources."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer.main
from typer.core import TyperGroup

from api.errors import STATUS
from cli.main import app as command_line
from core.settings import TREE, Settings
from ingest.formats.media import EXTENSIONS
from ingest.redaction.policy import DEFAULT_ENTITIES

GUIDE = TREE / "docs" / "guide"
CHAPTERS = sorted(path for path in GUIDE.iterdir() if path.suffix in {".md", ".pdf", ".docx"})
TEXTS = [*GUIDE.glob("*.md"), *GUIDE.glob("src/*.md"), TREE / "docs" / "operate.md"]


ONLY_JOBS = {"lost_lease", "training_failed"}
"""Error codes that no response has."""


def commands(group: TyperGroup, prefix: str = "vouch") -> set[str]:
    """Return the commands that `--help` lists, with their groups."""
    found = set()
    for name, command in group.commands.items():
        if command.hidden:
            continue
        found |= commands(command, f"{prefix} {name}") if isinstance(command, TyperGroup) else {f"{prefix} {name}"}
    return found


def group() -> TyperGroup:
    found = typer.main.get_group(command_line)
    assert isinstance(found, TyperGroup)
    return found


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("guide_build", GUIDE / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


def test_the_table_of_settings_has_each_once_and_no_other() -> None:
    rows = re.findall(r"^\| `VOUCH_(\w+)` \|", (GUIDE / "08-settings.md").read_text(), re.MULTILINE)

    assert sorted(rows) == sorted(name.upper() for name in Settings.model_fields)


def test_the_advanced_settings_are_listed_as_such() -> None:
    section = (GUIDE / "08-settings.md").read_text().split("### Advanced settings\n")[1].split("\n## ")[0]

    assert set(re.findall(r"`VOUCH_(\w+)`", section)) == {name.upper() for name in Settings.advanced()}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"VOUCH_([A-Z_]+[A-Z])", path.read_text())) - {"KEY", "LOCK"}
    named = {name.removesuffix("_FILE") for name in named}

    assert named <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    known = commands(group())
    named = re.findall(r"`(vouch(?: [a-z]+(?:-[a-z]+)*)+)", path.read_text())

    for name in named:
        assert any(name == command or name.startswith(f"{command} ") for command in known), name


def test_the_command_line_chapter_has_every_command() -> None:
    text = (GUIDE / "10-command-line.md").read_text()

    assert [name for name in sorted(commands(group())) if f"`{name}" not in text] == []


def test_every_error_that_the_api_gives_is_explained() -> None:
    text = (GUIDE / "11-troubleshooting.md").read_text()
    codes = {kind.code: status for kind, status in STATUS.items() if kind.code not in ONLY_JOBS}

    assert {code for code, status in codes.items() if f"| `{code}` | {status} |" not in text} == set()


def test_the_table_of_formats_has_every_kind_and_no_other() -> None:
    rows = re.findall(r"^\| [A-Z][\w ]+ \| (.+) \|$", (GUIDE / "03-documents.md").read_text(), re.MULTILINE)
    listed = {word for row in rows for word in re.findall(r"[a-z]+", row.split(", and ")[0])} & set(EXTENSIONS)

    assert {EXTENSIONS[extension] for extension in listed} == set(EXTENSIONS.values())


def test_every_type_that_is_redacted_by_default_is_named() -> None:
    text = (GUIDE / "04-redaction.md").read_text()

    assert [entity for entity in DEFAULT_ENTITIES if f"`{entity}`" not in text] == []


@pytest.mark.parametrize("name", ["05-keys.pdf", "06-review.docx"])
def test_a_built_chapter_is_what_its_source_says(name: str) -> None:
    assert builder().build(name) == (GUIDE / name).read_bytes(), "run docs/guide/build.py"


def test_the_demonstration_asks_each_kind_of_chapter_and_something_that_none_answers() -> None:
    paths = [entry["path"] for entry in json.loads((GUIDE / "demo.json").read_text())]
    names = {path.name for path in CHAPTERS}

    assert {Path(path).suffix for path in paths if path} == {".md", ".pdf", ".docx"}
    assert set(paths) - {None} <= names
    assert None in paths
