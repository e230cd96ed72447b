"""The picture of the architecture, held: who may import whom, in which order rooms are, what stays in its adapters."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LEARNING = {"core", "ingest", "retrieval", "generation", "learning"}
MAY_IMPORT = {
    "core": set(),
    "ingest": {"core"},
    "retrieval": {"core"},
    "generation": {"core"},
    "learning": LEARNING - {"learning"},
    "service": LEARNING,
    "evaluation": LEARNING | {"service"},
    "workers": LEARNING | {"service"},
    "api": LEARNING | {"service", "workers"},
    "cli": LEARNING | {"service", "evaluation", "workers", "api"},
}
ROOMS = {
    "core": ["weights", "store", "disk"],
    "ingest": ["formats", "hidden_text", "blocks", "readers", "sandbox", "redaction", "chunking"],
    "retrieval": ["models", "lexical", "dense", "milvus", "ranking", "lifecycle"],
    "generation": ["english", "question", "evidence", "units", "phrasing", "refusal", "models"],
    "learning": ["dataset", "tuning", "gate", "answer_cache"],
    "service": ["content", "receipts"],
    "api": ["schemas", "serving", "middleware", "routes", "openai", "mcp", "web"],
}
"""The rooms of a package in the order in which they stand: one imports those before it, never one behind it."""
MOST_FILES = 16
LONG = 400
HEAVY = {
    "faiss", "torch", "transformers", "onnxruntime", "presidio_analyzer", "unstructured", "spacy", "tantivy", "peft",
    "sentence_transformers", "onnx", "pymilvus", "milvus_lite", "grpc",
}  # fmt: skip
SQL = {"sqlalchemy", "alembic", "sqlite3", "psycopg"}


def files(package: str) -> Iterator[Path]:
    """Yield the modules of a package, without migrations: those know the past."""
    yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "versions" not in path.parts)


@cache
def modules() -> Mapping[str, Path]:
    """Return every module of the product by its dotted name."""
    found = {path: path.relative_to(ROOT).with_suffix("").parts for package in MAY_IMPORT for path in files(package)}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path for path, parts in found.items()}


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the dotted names that a file imports, anywhere in it: at its top, in functions, and for types alone."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (inside & modules().keys()) or {node.module}
    return frozenset(names)


def roots(names: frozenset[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def room(package: str, name: str) -> str:
    """Return the room that a module of the package is in; "" for the package itself."""
    first = name.removeprefix(f"{package}.").split(".")[0]
    return first if first in ROOMS[package] else ""


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    for path in files(package):
        others = roots(imports(path)) & set(MAY_IMPORT) - {package}
        assert others <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {others - MAY_IMPORT[package]}"


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_rooms_that_stand_before_it(package: str) -> None:
    order = ROOMS[package]
    against = [
        f"{name} imports {used}"
        for name, path in modules().items()
        if name.startswith(f"{package}.") and (own := room(package, name))
        for used in imports(path)
        if used.startswith(f"{package}.") and (other := room(package, used)) and order.index(other) > order.index(own)
    ]
    assert against == []


def test_every_folder_in_a_package_with_rooms_is_in_its_order() -> None:
    for package, order in ROOMS.items():
        folders = {path.relative_to(ROOT / package).parts[0] for path in files(package) if path.parent.name != package}
        assert folders == set(order)


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: imports(path) & modules().keys() - {name} for name, path in modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" is imported by ".join(error.args[1]))


@pytest.mark.parametrize("package", [name for name in MAY_IMPORT if name != "core"])
def test_sql_stands_in_core_alone(package: str) -> None:
    for path in files(package):
        assert not roots(imports(path)) & SQL, f"{path.relative_to(ROOT)} speaks SQL"
        assert "core.store.tables" not in imports(path), f"{path.relative_to(ROOT)} touches tables"


def test_of_the_workers_the_api_imports_only_the_queue() -> None:
    for path in files("api"):
        used = {name for name in imports(path) if name.split(".")[0] == "workers"}
        assert used <= {"workers.queue"}, f"{path.relative_to(ROOT)} imports {used}"


@pytest.mark.parametrize("package", ["core", "service", "evaluation", "api", "workers", "cli"])
def test_heavy_libraries_stay_in_their_adapters(package: str) -> None:
    for path in files(package):
        assert not roots(imports(path)) & HEAVY, f"{path.relative_to(ROOT)} imports a heavy library"


def test_importing_the_api_loads_no_model_library() -> None:
    code = f"import sys, api.app; print(sorted(set({sorted(HEAVY)!r}) & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"


def test_a_folder_is_one_look() -> None:
    folders = {path.parent for package in (*MAY_IMPORT, "bench", "tests") for path in files(package)}
    full = {str(folder.relative_to(ROOT)): count for folder in folders if (count := count_files(folder)) > MOST_FILES}
    assert full == {}


def count_files(folder: Path) -> int:
    return len(list(folder.glob("*.py")))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_room_says_what_lives_there(package: str) -> None:
    for path in files(package):
        if path.name == "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text())), f"{path.relative_to(ROOT)} says nothing"


def test_a_long_module_is_looked_at() -> None:
    """Warn, and fail nothing: whether a module is one noun or two is for people to judge."""
    for package in MAY_IMPORT:
        for path in files(package):
            if (lines := len(path.read_text().splitlines())) > LONG:
                warnings.warn(f"{path.relative_to(ROOT)} has {lines} lines: is it two nouns?", stacklevel=1)
