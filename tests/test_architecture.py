"""The picture of the architecture, held: who may import whom, and which libraries stay in their adapters."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "core": set(),
    "ingest": {"core"},
    "retrieval": {"core"},
    "generation": {"core"},
    "learning": {"core", "ingest", "retrieval", "generation"},
    "service": {"core", "ingest", "retrieval", "generation", "learning"},
    "evaluation": {"core", "ingest", "retrieval", "generation", "learning", "service"},
    "workers": {"core", "ingest", "retrieval", "generation", "learning", "service"},
    "api": {"core", "ingest", "retrieval", "generation", "learning", "service", "workers"},
    "cli": {"core", "ingest", "retrieval", "generation", "learning", "service", "evaluation", "workers", "api"},
}
HEAVY = {
    "faiss", "torch", "transformers", "onnxruntime", "presidio_analyzer", "unstructured", "spacy", "tantivy", "peft",
    "sentence_transformers", "onnx", "pymilvus", "milvus_lite", "grpc",
}  # fmt: skip
SQL = {"sqlalchemy", "alembic", "sqlite3", "psycopg"}


def modules(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in MAY_IMPORT:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    for path in modules(package):
        others = roots(imports(path)) & set(MAY_IMPORT) - {package}
        assert others <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {others - MAY_IMPORT[package]}"


@pytest.mark.parametrize("package", [name for name in MAY_IMPORT if name != "core"])
def test_sql_stands_in_core_alone(package: str) -> None:
    for path in modules(package):
        assert not roots(imports(path)) & SQL, f"{path.relative_to(ROOT)} speaks SQL"
        assert "core.store.tables" not in imports(path), f"{path.relative_to(ROOT)} touches tables"


def test_of_the_workers_the_api_imports_only_the_queue() -> None:
    for path in modules("api"):
        used = {name for name in imports(path) if name.split(".")[0] == "workers"}
        assert used <= {"workers.queue"}, f"{path.relative_to(ROOT)} imports {used}"


@pytest.mark.parametrize("package", ["core", "service", "api", "workers", "cli"])
def test_heavy_libraries_stay_out_of_the_entry_points(package: str) -> None:
    for path in modules(package):
        assert not roots(imports(path)) & HEAVY, f"{path.relative_to(ROOT)} imports a heavy library"


def test_importing_the_api_loads_no_model_library() -> None:
    code = f"import sys, api.app; print(sorted(set({sorted(HEAVY)!r}) & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"


def test_no_module_outgrows_three_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in MAY_IMPORT
        for path in modules(package)
        if "migrations/versions" not in path.as_posix() and (lines := len(path.read_text().splitlines())) > 300
    }
    assert long == {}
