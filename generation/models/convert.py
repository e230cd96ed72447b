"""Convert a GGUF file, and the adapter next to it if there is one, to safetensors, tokenizer and config, once.

transformers reads GGUF, but dequantises it for many seconds at each start; the converted folder opens in one second.
Knows the form of weights only: `generation.models.local` loads and runs them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from core.errors import StorageFull, WeightsError
from core.types import Json

ADAPTER = "adapter"
"""Folder of the adapter that is part of a model: it is merged into the weights when they are converted."""
WEIGHTS = "adapter_model.safetensors"
MANIFEST = "manifest.json"
CONVERTED = "converted"
FORMAT = 1


def converted(folder: Path) -> Path:
    """Return a folder that `from_pretrained` opens: `folder` itself, or `folder/converted`, written if it is missing.

    Raises WeightsError if the folder contains neither config.json nor exactly one GGUF file, StorageFull if the result
    cannot be written.
    """
    if (folder / "config.json").is_file():
        return folder
    sources = sorted(folder.glob("*.gguf"))
    if len(sources) != 1:
        reason = f"{folder} contains neither config.json nor exactly one GGUF file."
        raise WeightsError(reason, hint="Run `vouch models pull`.")
    target = folder / CONVERTED
    if not _is_complete(target, sources[0]):
        _convert(sources[0], target)
    return target


def _is_complete(target: Path, source: Path) -> bool:
    """Return whether an earlier conversion of this same file was finished: the manifest is written last."""
    try:
        manifest = json.loads((target / MANIFEST).read_text())
        sizes = {name: (target / name).stat().st_size for name in manifest["files"]}
    except (OSError, ValueError, KeyError):
        return False
    same = all(manifest.get(name) == value for name, value in _identity(source).items())
    return bool(same and sizes == manifest["files"])


def _identity(source: Path) -> dict[str, Json]:
    """Return the manifest entries that identify a conversion: the format, the GGUF file and the adapter."""
    adapter = source.parent / ADAPTER / WEIGHTS
    return {
        "format": FORMAT,
        "source": source.name,
        "source_size": source.stat().st_size,
        "adapter_sha256": hashlib.sha256(adapter.read_bytes()).hexdigest() if adapter.is_file() else None,
    }


def _convert(source: Path, target: Path) -> None:
    staged = Path()
    try:
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".converting-"))
        files = _write(source, staged)
        (staged / MANIFEST).write_text(json.dumps(_identity(source) | {"files": files}, indent=2))
        staged.chmod(
            0o755
        )  # mkdtemp made it private; a worker may run as another user than the one who pulled the model
        for path in staged.iterdir():
            path.chmod(0o644)
        _swap(staged, target)
    except OSError as error:
        raise StorageFull(f"The weights could not be converted into {target}: {error}.") from error
    finally:
        if staged.name:
            shutil.rmtree(staged, ignore_errors=True)


def _write(source: Path, staged: Path) -> dict[str, int]:
    from generation.models.gguf import write  # imports torch, so only when there is something to convert

    adapter = source.parent / ADAPTER
    return write(source, staged, adapter if (adapter / WEIGHTS).is_file() else None)


def _swap(staged: Path, target: Path) -> None:
    """Move the finished folder to its place. If another process was quicker, its folder is used."""
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
