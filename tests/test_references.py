"""References in docs and docstrings lead somewhere: a file that is named is there, a dotted name is a module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = "core|ingest|retrieval|generation|learning|service|evaluation|workers|api|cli|bench|tests"
FILE = re.compile(rf"`((?:{PACKAGES}|docs|scripts)/[\w/.-]+\.\w+)`")
DOTTED = re.compile(rf"`((?:{PACKAGES})(?:\.\w+)+)`")
COMMAND = re.compile(rf"python -m ((?:{PACKAGES})(?:\.\w+)+)")


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text that may name a part of the product."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    code = [path for package in PACKAGES.split("|") for path in (ROOT / package).rglob("*.py")]
    for path in (*pages, *code):
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def is_ours(name: str) -> bool:
    """Return whether a dotted name is a module, a package, or stands in a module under that name."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        module = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if module.is_file():
            rest = parts[length : length + 1]
            return not rest or re.search(rf"\b{rest[0]}\b", module.read_text(encoding="utf-8")) is not None
    return False


@pytest.mark.parametrize(
    ("pattern", "exists"),
    [(FILE, lambda name: (ROOT / name).exists()), (DOTTED, is_ours), (COMMAND, is_ours)],
    ids=["files", "modules", "commands"],
)
def test_what_is_named_is_there(pattern: re.Pattern[str], exists: object) -> None:
    assert callable(exists)
    missing = {f"{path}: {name}" for path, text in texts() for name in pattern.findall(text) if not exists(name)}
    assert sorted(missing) == []
